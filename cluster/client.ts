import { KubeconfigAccess, type Endpoint } from "./kubeconfig.js";
import {
  at,
  listAt,
  textAt,
  refOf,
  type KubeObject,
  type ObjectKind,
  type ObjectRef,
} from "./objects.js";
import { clusterError, hasCode } from "./problems.js";
import { call, parseAnswer, type CallLimits } from "./requests.js";
import type { ApiRequest } from "./transport.js";

/** Settings of {@link clusterClient}. */
export interface ClusterClientOptions {
  /** The cluster's name, for messages. @defaultValue "cluster" */
  readonly name?: string;
  /** Milliseconds for one call with all its tries. @defaultValue 30000 */
  readonly timeoutMs?: number;
  /** Milliseconds for a single try. @defaultValue 10000 */
  readonly attemptTimeoutMs?: number;
  /** Tries of one call, the first one included. @defaultValue 4 */
  readonly attempts?: number;
}

/** What every call takes: it ends with the signal's reason when the signal is aborted. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Who writes, for server-side apply and patches. */
export interface WriteOptions extends CallOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers instead of failing. @defaultValue false */
  readonly force?: boolean;
}

/**
 * Requests to one API server. Every call is bounded in time, tries again when a fault may pass, renews credentials that
 * expired, and fails with a `FleetError` that names the cluster and quotes no credential: `CLUSTER_KUBECONFIG_INVALID`,
 * `CLUSTER_CREDENTIALS_FAILED`, `CLUSTER_UNREACHABLE`, `CLUSTER_CERTIFICATE_UNTRUSTED`, `CLUSTER_UNAUTHORIZED`,
 * `CLUSTER_FORBIDDEN`, `CLUSTER_CONFLICT`, `CLUSTER_REQUEST_REFUSED`, `CLUSTER_KIND_UNKNOWN`, `CLUSTER_OBJECT_MISSING`.
 */
export interface ClusterClient {
  readonly name: string;
  /** Server and digest of the kubeconfig; asks no server. */
  endpoint(): Promise<Endpoint>;
  /** The Kubernetes version, for example `v1.36.2`. */
  version(options?: CallOptions): Promise<string>;
  /** Whether the API server answers for the kind; a new definition is Established a moment before that. */
  serves(kind: ObjectKind, options?: CallOptions): Promise<boolean>;
  /** The object, or undefined when it (or its kind) does not exist. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>;
  /** All objects of a kind, page by page; none when the API server does not serve the kind. */
  list(
    kind: ObjectKind,
    options?: CallOptions & {
      readonly namespace?: string | undefined;
      readonly labelSelector?: string;
    },
  ): Promise<readonly KubeObject[]>;
  /** Server-side apply. */
  apply(object: KubeObject, options: WriteOptions): Promise<KubeObject>;
  /** Creates the object; `CLUSTER_CONFLICT` when it exists. */
  create(object: KubeObject, options: WriteOptions): Promise<KubeObject>;
  /** JSON merge patch. `subresource` for example `status`. */
  patch(
    ref: ObjectRef,
    patch: object,
    options: WriteOptions & { readonly subresource?: string },
  ): Promise<KubeObject>;
  /** Asks for deletion; nothing happens when the object does not exist. */
  delete(ref: ObjectRef, options?: CallOptions): Promise<void>;
  /** Closes kept connections; the client can still be used afterwards. */
  close(): void;
}

/** A client for the cluster of a kubeconfig's current context. Nothing is read or connected before the first call. */
export function clusterClient(
  kubeconfig: string,
  options: ClusterClientOptions = {},
): ClusterClient {
  return new HttpClusterClient(kubeconfig, options);
}

interface ServedKind {
  readonly plural: string;
  readonly namespaced: boolean;
}

const pageSize = 500;

class HttpClusterClient implements ClusterClient {
  readonly name: string;
  readonly #kubeconfig: KubeconfigAccess;
  readonly #limits: CallLimits;
  /** Kinds by `apiVersion`, then `kind`; only what was found is kept, because a missing CRD may appear. */
  readonly #kinds = new Map<string, ReadonlyMap<string, ServedKind>>();

  constructor(kubeconfig: string, options: ClusterClientOptions) {
    this.name = options.name ?? "cluster";
    this.#kubeconfig = new KubeconfigAccess(this.name, kubeconfig);
    this.#limits = {
      timeoutMs: options.timeoutMs ?? 30_000,
      attemptMs: options.attemptTimeoutMs ?? 10_000,
      attempts: options.attempts ?? 4,
    };
  }

  endpoint(): Promise<Endpoint> {
    return this.#kubeconfig.endpoint();
  }

  async version(options: CallOptions = {}): Promise<string> {
    const answer = await this.#call({ method: "GET", path: "/version" }, undefined, options);
    const version = textAt(answer, "gitVersion");
    if (version === undefined) throw this.#strange();
    return version;
  }

  async serves(kind: ObjectKind, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.#served(kind, options);
      return true;
    } catch (error) {
      if (hasCode(error, "CLUSTER_KIND_UNKNOWN")) return false;
      throw error;
    }
  }

  async get(ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject | undefined> {
    try {
      const path = await this.#pathOf(ref, options);
      return this.#object(await this.#call({ method: "GET", path }, ref, options));
    } catch (error) {
      if (hasCode(error, "CLUSTER_OBJECT_MISSING", "CLUSTER_KIND_UNKNOWN")) return undefined;
      throw error;
    }
  }

  async list(
    kind: ObjectKind,
    options: CallOptions & {
      readonly namespace?: string | undefined;
      readonly labelSelector?: string;
    } = {},
  ): Promise<readonly KubeObject[]> {
    try {
      const served = await this.#served(kind, options);
      const found: KubeObject[] = [];
      let next: string | undefined;
      do {
        const query = new URLSearchParams({ limit: String(pageSize) });
        if (options.labelSelector !== undefined) query.set("labelSelector", options.labelSelector);
        if (next !== undefined) query.set("continue", next);
        const path = `${collectionPath(kind.apiVersion, served, options.namespace)}?${query.toString()}`;
        const page = await this.#call({ method: "GET", path }, undefined, options);
        for (const item of listAt(page, "items")) {
          // Items of a list leave out what the list says once.
          found.push(this.#object({ ...(item as object), ...kind }));
        }
        next = textAt(page, "metadata", "continue");
      } while (next !== undefined);
      return found;
    } catch (error) {
      if (hasCode(error, "CLUSTER_OBJECT_MISSING", "CLUSTER_KIND_UNKNOWN")) return [];
      throw error;
    }
  }

  async apply(object: KubeObject, options: WriteOptions): Promise<KubeObject> {
    const ref = refOf(object);
    const query = new URLSearchParams({ fieldManager: options.fieldManager });
    if (options.force === true) query.set("force", "true");
    const path = `${await this.#pathOf(ref, options)}?${query.toString()}`;
    const body = JSON.stringify(object); // JSON is YAML
    const contentType = "application/apply-patch+yaml";
    return this.#object(
      await this.#call({ method: "PATCH", path, body, contentType }, ref, options),
    );
  }

  async create(object: KubeObject, options: WriteOptions): Promise<KubeObject> {
    const ref = refOf(object);
    const served = await this.#served(ref, options);
    const query = new URLSearchParams({ fieldManager: options.fieldManager });
    const path = `${collectionPath(ref.apiVersion, served, ref.namespace)}?${query.toString()}`;
    const body = JSON.stringify(object);
    return this.#object(await this.#call({ method: "POST", path, body }, ref, options));
  }

  async patch(
    ref: ObjectRef,
    patch: object,
    options: WriteOptions & { readonly subresource?: string },
  ): Promise<KubeObject> {
    const query = new URLSearchParams({ fieldManager: options.fieldManager });
    const sub = options.subresource === undefined ? "" : `/${options.subresource}`;
    const path = `${await this.#pathOf(ref, options)}${sub}?${query.toString()}`;
    const body = JSON.stringify(patch);
    const contentType = "application/merge-patch+json";
    return this.#object(
      await this.#call({ method: "PATCH", path, body, contentType }, ref, options),
    );
  }

  async delete(ref: ObjectRef, options: CallOptions = {}): Promise<void> {
    try {
      const path = `${await this.#pathOf(ref, options)}?propagationPolicy=Background`;
      await this.#call({ method: "DELETE", path }, ref, options);
    } catch (error) {
      if (!hasCode(error, "CLUSTER_OBJECT_MISSING", "CLUSTER_KIND_UNKNOWN")) throw error;
    }
  }

  close(): void {
    this.#kubeconfig.close();
  }

  async #call(
    request: ApiRequest,
    object: ObjectRef | undefined,
    options: CallOptions,
  ): Promise<unknown> {
    const about = { object, signal: options.signal };
    const answer = await call(this.#kubeconfig, this.name, request, this.#limits, about);
    return parseAnswer(answer, this.name);
  }

  async #pathOf(ref: ObjectRef, options: CallOptions): Promise<string> {
    const served = await this.#served(ref, options);
    const collection = collectionPath(ref.apiVersion, served, ref.namespace);
    return `${collection}/${encodeURIComponent(ref.name)}`;
  }

  async #served(kind: ObjectKind, options: CallOptions): Promise<ServedKind> {
    const known = this.#kinds.get(kind.apiVersion)?.get(kind.kind);
    if (known !== undefined) return known;
    const path = groupPath(kind.apiVersion);
    const kinds = new Map<string, ServedKind>();
    try {
      const answer = await this.#call({ method: "GET", path }, undefined, options);
      for (const resource of listAt(answer, "resources")) {
        const plural = textAt(resource, "name");
        const name = textAt(resource, "kind");
        if (plural === undefined || name === undefined || plural.includes("/")) continue;
        kinds.set(name, { plural, namespaced: at(resource, "namespaced") === true });
      }
    } catch (error) {
      if (!hasCode(error, "CLUSTER_OBJECT_MISSING")) throw error;
    }
    this.#kinds.set(kind.apiVersion, kinds);
    const served = kinds.get(kind.kind);
    if (served !== undefined) return served;
    throw clusterError(
      "CLUSTER_KIND_UNKNOWN",
      this.name,
      `its API server does not serve ${kind.kind} in ${kind.apiVersion}.`,
      "Install the custom resource definition, or check the version of Flux that the cluster declares.",
    );
  }

  #object(value: unknown): KubeObject {
    if (textAt(value, "metadata", "name") === undefined) throw this.#strange();
    return value as KubeObject; // kind, apiVersion and metadata come with every object of an API server
  }

  #strange(): Error {
    return clusterError(
      "CLUSTER_UNREACHABLE",
      this.name,
      "what answered at its address is no API server.",
      "Check the server in the kubeconfig, and any proxy in front of it.",
    );
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function collectionPath(
  apiVersion: string,
  served: ServedKind,
  namespace: string | undefined,
): string {
  const scope =
    served.namespaced && namespace !== undefined
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : "";
  return `${groupPath(apiVersion)}${scope}/${served.plural}`;
}
