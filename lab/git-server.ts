import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { devNull } from "node:os";
import type { Duplex } from "node:stream";

import { gitRepositories } from "./git-repositories.js";
import type { GitRepositories } from "./git-repositories.js";

/** Someone who may sign in with basic authentication. */
export interface GitUser {
  readonly username: string;
  readonly token: string;
  /** May push; everyone may read. */
  readonly write: boolean;
}

/** Where and for whom a server runs. */
export interface GitServerArgs {
  /** Holds the bare repositories; must exist. */
  readonly directory: string;
  /** PEM, valid for the host. */
  readonly certificate: string;
  readonly key: string;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** @default a free port */
  readonly port?: number;
  readonly users: readonly GitUser[];
}

/** A running server, and its repositories without the detour over the network. */
export interface GitServer extends GitRepositories {
  /** `https://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The address of a repository. */
  repositoryUrl(name: string): string;
  /** Ends the server and every exchange that is still going on. */
  close(): Promise<void>;
}

/**
 * Serves bare repositories over HTTPS by `git http-backend`, as a Git host does: basic
 * authentication, partial clones, 401 without or with wrong credentials, 403 for a push by
 * someone who may only read.
 */
export async function startGitServer(args: GitServerArgs): Promise<GitServer> {
  const host = args.host ?? "127.0.0.1";
  const backends = new Set<ChildProcessWithoutNullStreams>();
  const server = createServer({ cert: args.certificate, key: args.key }, (request, response) => {
    const user = signedIn(request, args.users);
    if (user === undefined) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="lab"' }).end("sign in\n");
      return;
    }
    const address = new URL(request.url ?? "/", "https://lab");
    const isPush =
      address.pathname.endsWith("/git-receive-pack") ||
      address.searchParams.get("service") === "git-receive-pack";
    if (isPush && !user.write) {
      response.writeHead(403).end("this token may only read\n");
      return;
    }
    const backend = serve(request, response, address, user, args.directory);
    backends.add(backend);
    backend.on("close", () => backends.delete(backend));
  });
  const sockets = new Set<Duplex>(); // also those that have not finished their TLS handshake
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(args.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP, so this is not a pipe's name
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
  return {
    ...gitRepositories(args.directory),
    url,
    port,
    repositoryUrl: (name) => `${url}/${name}.git`,
    close: async () => {
      for (const backend of backends) backend.kill("SIGKILL");
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function signedIn(request: IncomingMessage, users: readonly GitUser[]): GitUser | undefined {
  const given = Buffer.from(request.headers.authorization ?? "");
  return users.find(({ username, token }) => {
    const basic = Buffer.from(`${username}:${token}`).toString("base64");
    const expected = Buffer.from(`Basic ${basic}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  address: URL,
  user: GitUser,
  directory: string,
): ChildProcessWithoutNullStreams {
  const { headers } = request;
  const header = (value: string | string[] | undefined): string => value?.toString() ?? "";
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: devNull,
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: header(headers["git-protocol"]),
      REQUEST_METHOD: request.method ?? "GET",
      PATH_INFO: decodeURIComponent(address.pathname),
      QUERY_STRING: address.search.slice(1),
      REMOTE_USER: user.username,
      REMOTE_ADDR: request.socket.remoteAddress ?? "",
      CONTENT_TYPE: header(headers["content-type"]),
      HTTP_CONTENT_ENCODING: header(headers["content-encoding"]),
      ...(headers["content-length"] === undefined
        ? {}
        : { CONTENT_LENGTH: headers["content-length"] }),
    },
  });
  backend.on("error", () => response.destroy());
  backend.stdin.on("error", () => undefined); // it may answer without reading everything
  request.pipe(backend.stdin);
  response.on("close", () => {
    if (!response.writableFinished) backend.kill("SIGKILL");
  });
  forwardAnswer(backend, response);
  return backend;
}

// A CGI answer: header lines, an empty line, the body.
function forwardAnswer(backend: ChildProcessWithoutNullStreams, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  let isBody = false;
  backend.stdout.on("data", (chunk: Buffer) => {
    if (isBody) {
      if (!response.write(chunk)) {
        backend.stdout.pause();
        response.once("drain", () => backend.stdout.resume());
      }
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    isBody = true;
    for (const line of head.toString("latin1", 0, end).split("\r\n")) {
      const [name = "", value = ""] = line.split(/:\s*/u, 2);
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  backend.stdout.on("end", () => {
    if (!isBody) response.statusCode = 500;
    response.end();
  });
}
