/** Requests to one API server: discovery, get, server-side apply, delete. */
import { Agent, request } from "node:https";
import { request as plainRequest } from "node:http";
import { readKubeconfig, type Access } from "./kubeconfig.js";
import type { Settings } from "./settings.js";
import { at, isObject, textAt, type Json, type JsonObject } from "./values.js";

/** A refusal by the API server, with the `Status` it answered. */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    readonly status: Json,
  ) {
    super(textAt(status, ["message"]) || `the API server answered ${code}`);
  }

  /** For example `AlreadyExists`, `Conflict`, `NotFound`. */
  get reason(): string {
    return textAt(this.status, ["reason"]);
  }
}

/** No connection, or no kubeconfig that leads to one. */
export class UnreachableError extends Error {}

/** The API server knows no such kind. */
export class NoMatchError extends Error {}

/** Where a kind is served. */
export interface Kind {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** One object to apply. */
export interface Apply {
  readonly object: JsonObject;
  readonly fieldManager: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** A client of one cluster; connects on first use. */
export class ApiServer {
  readonly #access: Access | Error;
  readonly #namespace: string | undefined;
  readonly #timeout: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #kinds = new Map<string, Promise<ReadonlyMap<string, Kind>>>();
  #reachable: Promise<string | undefined> | undefined;

  constructor(settings: Settings) {
    this.#timeout = settings.timeout * 1000;
    this.#namespace = settings.namespace;
    this.#access = access(settings);
  }

  /** For objects that name none: the provider's, else that of the kubeconfig's context. */
  get namespace(): string | undefined {
    return this.#namespace ?? (this.#access instanceof Error ? undefined : this.#access.namespace);
  }

  /** Why the cluster cannot be reached, `undefined` when it can; asked once. */
  async unreachable(): Promise<string | undefined> {
    this.#reachable ??= this.#send("GET", "/api/v1").then(
      () => undefined,
      (error: unknown) => (error instanceof UnreachableError ? error.message : undefined),
    );
    return this.#reachable;
  }

  /** Where a kind is served. @throws NoMatchError */
  async kind(apiVersion: string, kind: string): Promise<Kind> {
    const kinds = this.#kinds.get(apiVersion) ?? this.#discover(apiVersion);
    this.#kinds.set(apiVersion, kinds);
    const found = (await kinds).get(kind);
    if (found !== undefined) return found;
    this.#kinds.delete(apiVersion);
    throw new NoMatchError(
      `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
    );
  }

  /** The live object, `undefined` when there is none. */
  async get(object: JsonObject): Promise<JsonObject | undefined> {
    try {
      const live = await this.#send("GET", await this.#path(object));
      return isObject(live) ? live : undefined;
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply. @throws StatusError with reason `Conflict` unless forced */
  async apply({ object, fieldManager, force, dryRun }: Apply): Promise<JsonObject> {
    const query = new URLSearchParams({
      fieldManager,
      force: String(force),
      fieldValidation: "Strict",
    });
    if (dryRun) query.set("dryRun", "All");
    const path = `${await this.#path(object)}?${query.toString()}`;
    return (await this.#send("PATCH", path, object, "application/apply-patch+yaml")) as JsonObject;
  }

  /** Asks for deletion in the foreground; an object that is gone already is fine. */
  async delete(object: JsonObject): Promise<void> {
    const options = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" };
    try {
      await this.#send("DELETE", await this.#path(object), options, "application/json");
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
    }
  }

  async #path(object: JsonObject): Promise<string> {
    const apiVersion = textAt(object, ["apiVersion"]);
    const { plural, namespaced } = await this.kind(apiVersion, textAt(object, ["kind"]));
    const namespace = textAt(object, ["metadata", "namespace"]) || (this.namespace ?? "default");
    const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${root(apiVersion)}${scope}/${plural}/${encodeURIComponent(textAt(object, ["metadata", "name"]))}`;
  }

  async #discover(apiVersion: string): Promise<ReadonlyMap<string, Kind>> {
    const list = await this.#send("GET", root(apiVersion)).catch((error: unknown) => {
      if (error instanceof StatusError && error.code === 404) return {};
      this.#kinds.delete(apiVersion);
      throw error;
    });
    const resources = at(list, ["resources"]);
    const kinds = new Map<string, Kind>();
    for (const item of Array.isArray(resources) ? resources : []) {
      const plural = textAt(item, ["name"]);
      if (plural.includes("/")) continue;
      kinds.set(textAt(item, ["kind"]), {
        plural,
        namespaced: at(item, ["namespaced"]) === true,
      });
    }
    return kinds;
  }

  async #send(method: string, path: string, body?: JsonObject, type?: string): Promise<Json> {
    if (this.#access instanceof Error) throw new UnreachableError(this.#access.message);
    const { server, ca, serverName, insecure } = this.#access;
    const { cert, key, authorization } = await this.#access
      .credentials()
      .catch((error: unknown) => {
        throw new UnreachableError(error instanceof Error ? error.message : String(error));
      });
    const url = new URL(server + path);
    const isPlain = url.protocol === "http:";
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: "application/json",
      ...(authorization === undefined ? {} : { authorization }),
      ...(type === undefined ? {} : { "content-type": type }),
      ...(payload === undefined ? {} : { "content-length": payload.length }),
    };
    const tls = { ca, cert, key, servername: serverName, rejectUnauthorized: !insecure };
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        const reason = error.message === "" ? (error as NodeJS.ErrnoException).code : error.message;
        reject(
          new UnreachableError(
            `${method} ${JSON.stringify(server + path.replace(/\?.*/, ""))}: ${reason}`,
          ),
        );
      };
      const options = {
        method,
        headers,
        timeout: this.#timeout,
        ...(isPlain ? {} : { ...tls, agent: this.#agent }),
      };
      const sent = (isPlain ? plainRequest : request)(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          const answer = json(Buffer.concat(chunks).toString("utf8"));
          const code = response.statusCode ?? 0;
          if (code >= 200 && code < 300) resolve(answer);
          else reject(new StatusError(code, answer));
        });
      });
      sent.on("error", fail);
      sent.on("timeout", () =>
        sent.destroy(new Error(`no answer within ${this.#timeout / 1000} s`)),
      );
      sent.end(payload);
    });
  }
}

function access(settings: Settings): Access | Error {
  try {
    return readKubeconfig(settings.kubeconfig, settings.context);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function json(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { message: text };
  }
}
