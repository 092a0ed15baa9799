import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Access } from "./kubeconfig.js";

/** One HTTP request to an API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Absolute path with query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
}

/** What an API server answered, whatever the status. */
export interface ApiAnswer {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly body: string;
}

/** No whole answer arrived. `code` is the system's or OpenSSL's code, `TIMEOUT` when the time was over. */
export class ConnectionFailure extends Error {
  readonly code: string;
  /** Whether the request may have reached the API server. */
  readonly sent: boolean;

  constructor(code: string, sent: boolean) {
    super(`connection failed: ${code}`);
    this.name = "ConnectionFailure";
    this.code = code;
    this.sent = sent;
  }
}

const largestAnswer = 256 * 1024 * 1024;

/** Sends one request and reads the whole answer within `timeoutMs`. Rejects with {@link ConnectionFailure} only. */
export async function send(
  access: Access,
  wanted: ApiRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ApiAnswer> {
  const url = new URL(access.server);
  const body = wanted.body === undefined ? undefined : Buffer.from(wanted.body);
  const clock = AbortSignal.timeout(Math.max(1, timeoutMs));
  const options = {
    method: wanted.method,
    agent: access.agent,
    signal: signal === undefined ? clock : AbortSignal.any([clock, signal]),
    headers: {
      ...access.headers,
      accept: "application/json",
      "user-agent": "pulumi-flux-fleet",
      ...(body !== undefined && {
        "content-type": wanted.contentType ?? "application/json",
        "content-length": String(body.length),
      }),
    },
  };
  const target = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}${wanted.path}`;
  return new Promise((resolve, reject) => {
    let sent = false;
    const fail = (error: Error & { code?: unknown }): void => {
      const code = clock.aborted
        ? "TIMEOUT"
        : typeof error.code === "string"
          ? error.code
          : error.name;
      reject(new ConnectionFailure(code, sent));
    };
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    try {
      const request = start(target, options, (response) => {
        readAnswer(response).then(resolve, fail);
      });
      request.on("error", fail);
      request.on("finish", () => {
        // A kept connection that the server had closed already never delivered the request.
        sent = !request.reusedSocket;
      });
      request.end(body);
    } catch (error) {
      // A certificate or key that OpenSSL cannot read.
      fail(error instanceof Error ? error : new Error("cannot connect"));
    }
  });
}

async function readAnswer(response: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestAnswer) {
      response.destroy();
      throw Object.assign(new Error("answer too large"), { code: "ANSWER_TOO_LARGE" });
    }
    chunks.push(chunk);
  }
  const retryAfter = Number(response.headers["retry-after"]);
  return {
    status: response.statusCode ?? 0,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
