/** A webhook of this machine that keeps what notification-controller sends. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An event as a Provider of type `generic` sends it. */
export interface SentEvent {
  /** Path that was posted to. */
  readonly path: string;
  readonly severity: string;
  readonly reason: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly involvedObject: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
}

/** Where events arrive. */
export interface EventSink {
  /** Address of a path. */
  address(path: string): string;
  /** Everything that arrived at a path, oldest first. */
  events(path: string): readonly SentEvent[];
  close(): Promise<void>;
}

/** Starts a sink on a free port of 127.0.0.1. */
export async function startEventSink(): Promise<EventSink> {
  const received: SentEvent[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // What a Provider of type `generic` sends is an event.
      const event = JSON.parse(Buffer.concat(chunks).toString("utf8")) as SentEvent;
      received.push({ ...event, path: request.url ?? "" });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    address: (path) => `http://127.0.0.1:${String(port)}${path}`,
    events: (path) => received.filter((event) => event.path === path),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
