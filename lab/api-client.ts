import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";

/** How to reach one API server as one user; certificates and keys as PEM. */
export interface ApiAccess {
  readonly server: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A Kubernetes object as JSON; the lab reads fields of many kinds and checks what it needs. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ApiMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** The part of ObjectMeta the lab reads. */
export interface ApiMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A list as the API server answers it. */
export interface ApiList<T = ApiObject> {
  readonly metadata: { readonly resourceVersion?: string };
  readonly items: readonly T[];
}

/** One line of a watch. */
export interface WatchEvent<T = ApiObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/** The API server's refusal. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    /** HTTP status, for example 404. */
    readonly status: number,
    /** Kubernetes' one-word reason, for example `AlreadyExists`. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** A small JSON client of one API server. Paths are API paths, for example `/api/v1/namespaces/default/pods`. */
export interface ApiClient {
  get<T = ApiObject>(path: string): Promise<T>;
  /** `undefined` when the object does not exist; other refusals are thrown. */
  find<T = ApiObject>(path: string): Promise<T | undefined>;
  create<T = ApiObject>(path: string, body: object): Promise<T>;
  /** Server-side apply with force; `fieldManager` default is `lab`. */
  apply<T = ApiObject>(path: string, body: object, fieldManager?: string): Promise<T>;
  /** JSON merge patch. */
  patch<T = ApiObject>(path: string, body: object): Promise<T>;
  delete(path: string, options?: object): Promise<void>;
  /** The raw answer, for paths such as `/readyz`. */
  text(path: string): Promise<string>;
  /** Calls back for each event until the server ends the watch or `signal` aborts; then resolves. */
  watch<T = ApiObject>(
    path: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Closes idle connections. */
  close(): void;
}

const requestTimeoutMs = 30_000;

class StaleConnection extends Error {}

/** Makes a client; nothing is connected before the first call. */
export function createApiClient(access: ApiAccess): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const base: RequestOptions = { ca: access.ca, cert: access.certificate, key: access.key, agent };

  const openOnce = (
    method: string,
    path: string,
    body?: object,
    type?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string> = { accept: "application/json" };
      if (payload !== undefined) {
        headers["content-type"] = type ?? "application/json";
        headers["content-length"] = String(Buffer.byteLength(payload));
      }
      const outgoing = request(
        new URL(path, access.server),
        { ...base, method, headers, ...(signal === undefined ? {} : { signal }) },
        resolve,
      );
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        const wasGone = outgoing.reusedSocket && error.code === "ECONNRESET";
        reject(wasGone ? new StaleConnection() : error);
      });
      if (signal === undefined) {
        outgoing.setTimeout(requestTimeoutMs, () => {
          outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`));
        });
      }
      outgoing.end(payload);
    });

  // A server may close a kept connection at the moment when it is used again.
  const open: typeof openOnce = async (...request) => {
    for (;;) {
      try {
        return await openOnce(...request);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  };

  const send = async (
    method: string,
    path: string,
    body?: object,
    type?: string,
  ): Promise<string> => readBody(await open(method, path, body, type), `${method} ${path}`);
  const json = async <T>(method: string, path: string, body?: object, type?: string): Promise<T> =>
    // The one place where the server's JSON gets its type.
    JSON.parse(await send(method, path, body, type)) as T;

  return {
    get: (path) => json("GET", path),
    find: (path) => json<never>("GET", path).catch(ifMissing),
    create: (path, body) => json("POST", path, body),
    apply: (path, body, manager = "lab") =>
      json(
        "PATCH",
        `${path}?fieldManager=${encodeURIComponent(manager)}&force=true`,
        body,
        "application/apply-patch+yaml",
      ),
    patch: (path, body) => json("PATCH", path, body, "application/merge-patch+json"),
    delete: async (path, options) => {
      await send("DELETE", path, options).catch(ifMissing);
    },
    text: (path) => send("GET", path),
    async watch(path, onEvent, signal) {
      const response = await open("GET", path, undefined, undefined, signal);
      if (response.statusCode !== 200) await readBody(response, `watch ${path}`);
      const lines = createInterface({ input: response, crlfDelay: Infinity });
      // An aborted or broken stream ends the loop below; the caller lists again.
      response.on("error", () => {
        lines.close();
      });
      for await (const line of lines) {
        if (signal.aborted) return;
        if (line !== "") onEvent(JSON.parse(line) as never);
      }
    },
    close: () => {
      agent.destroy();
    },
  };
}

async function readBody(response: IncomingMessage, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return body;
  let refusal: { readonly reason?: string; readonly message?: string } = {};
  try {
    refusal = JSON.parse(body) as typeof refusal;
  } catch {
    refusal = { message: body.slice(0, 500) };
  }
  throw new ApiError(
    status,
    refusal.reason ?? "Unknown",
    `${what}: ${String(status)} ${refusal.message ?? ""}`.trim(),
  );
}

function ifMissing(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined;
  throw error;
}
