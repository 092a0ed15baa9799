/** A webhook and a git host of this machine that keep what notification-controller sends. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An event as a Provider of type `generic` sends it. */
export interface SentEvent {
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

/** A status of a commit as it is sent to Gitea. */
export interface SentStatus {
  readonly state: string;
  readonly context: string;
}

/** Where events arrive. */
export interface EventSink {
  /** Address of a path. */
  address(path: string): string;
  /** Every event that arrived at a path, oldest first. */
  events(path: string): readonly SentEvent[];
  /** Every status that a commit of a repository got, `acme/payments`, as Gitea is told. */
  statuses(repository: string, commit: string): readonly SentStatus[];
  close(): Promise<void>;
}

/** Starts a sink on a free port of 127.0.0.1. */
export async function startEventSink(): Promise<EventSink> {
  const received: { readonly path: string; readonly body: unknown }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isPost = request.method === "POST";
      if (isPost) received.push({ path, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
      response.writeHead(isPost ? 201 : 200, { "content-type": "application/json" });
      response.end(isPost ? "{}" : path.endsWith("/version") ? '{"version":"1.22.0"}' : "[]");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const bodies = (path: string): readonly unknown[] =>
    received.filter((one) => one.path === path).map(({ body }) => body);
  return {
    address: (path) => `http://127.0.0.1:${String(port)}${path}`,
    // What a Provider of type `generic` sends is an event, and one of type `gitea` sends statuses.
    events: (path) => bodies(path) as readonly SentEvent[],
    statuses: (repository, commit) =>
      bodies(`/api/v1/repos/${repository}/statuses/${commit}`) as readonly SentStatus[],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
