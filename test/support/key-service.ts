/**
 * Keeps the keys of test stacks, by the protocol of HashiCorp Vault's transit engine. From a
 * passphrase the engine derives its key anew in each process, which takes 0.2 processor seconds; the
 * tests that run the CLI as a user does keep to the passphrase.
 */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** The `secretsProvider` of a stack. */
export const keyServiceUrl = "hashivault://tests";

/** What is asked: to wrap a key, base64-encoded, or to unwrap one. */
interface KeyRequest {
  readonly plaintext?: string;
  readonly ciphertext?: string;
}

let started: Promise<Readonly<Record<string, string>>> | undefined;

/** Starts the service of this process, which ends with it. @returns environment of the CLI */
export function keyService(): Promise<Readonly<Record<string, string>>> {
  return (started ??= start());
}

async function start(): Promise<Readonly<Record<string, string>>> {
  const keys = new Map<string, string>();
  const answer = ({ ciphertext = "", plaintext }: KeyRequest): object => {
    if (plaintext === undefined) return { plaintext: keys.get(ciphertext) ?? "" };
    const wrapped = `vault:v1:${keys.size}`;
    keys.set(wrapped, plaintext);
    return { ciphertext: wrapped };
  };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      response.setHeader("content-type", "application/json");
      // The engine's own client of the service is the only one who asks.
      response.end(JSON.stringify({ data: answer(JSON.parse(body) as KeyRequest) }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo; // it listens on TCP, so this is not a pipe's name
  return { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: "tests" };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
