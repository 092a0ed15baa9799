/** The calls the engine makes on a resource provider, for plain Kubernetes objects. */
import { randomBytes } from "node:crypto";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { ApiServer, NoMatchError, UnreachableError } from "./api-server.js";
import { ClusterObjects, mayPassLater } from "./cluster-objects.js";
import { changesBetween, isIgnored, type Change } from "./diff.js";
import type { EngineLog } from "./engine-log.js";
import * as objects from "./objects.js";
import { changedSettings, readSettings } from "./settings.js";
import { at, decode, encode, isObject, type JsonObject } from "./values.js";

const skipped = "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...";
const forgotten =
  "Cluster is unreachable and deleteUnreachable is set: Deleting the unreachable resource from Pulumi state";
const unreadable =
  "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can " +
  "remove this resource from Pulumi state by rerunning the operation with the " +
  'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** One provider instance: one process, one cluster. */
export class Provider {
  #cluster: ClusterObjects = clusterOf({});

  constructor(
    readonly version: string,
    readonly log: EngineLog,
  ) {}

  handshake(): rpc.ProviderHandshakeResponse {
    const response = new rpc.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    return response;
  }

  getPluginInfo(): PluginInfo {
    const info = new PluginInfo();
    info.setVersion(this.version);
    return info;
  }

  cancel(): Empty {
    return new Empty();
  }

  diffConfig(request: rpc.DiffRequest): rpc.DiffResponse {
    const before = decode(request.getOldInputs() ?? request.getOlds()).value;
    const { changed, replaces } = changedSettings(before, decode(request.getNews()).value);
    const changes = changed.map((path): Change => {
      return { path, kind: "update", replaces: replaces.includes(path) };
    });
    return diffResponse(changes, false);
  }

  configure(request: rpc.ConfigureRequest): rpc.ConfigureResponse {
    this.#cluster = clusterOf(decode(request.getArgs()).value);
    const response = new rpc.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    refuseUnsupported(request.getUrn());
    const response = new rpc.CheckResponse();
    const olds = decode(request.getOlds());
    const { skipUpdateUnreachable } = this.#cluster.settings;
    if (
      skipUpdateUnreachable &&
      "kind" in olds.value &&
      (await this.#unreachable()) !== undefined
    ) {
      await this.log.write(request.getUrn(), "warning", skipped);
      response.setInputs(request.getOlds());
      return response;
    }
    const news = decode(request.getNews());
    const metadata = { ...(isObject(news.value["metadata"]) ? news.value["metadata"] : {}) };
    const suffix = randomBytes(4).toString("hex");
    const urnName = request.getUrn().split("::").at(-1) ?? "";
    metadata["name"] ??= at(olds.value, ["metadata", "name"]) ?? `${urnName}-${suffix}`;
    const inputs = { ...news.value, metadata };
    response.setInputs(encode(inputs, objects.secretsOf(inputs, news)));
    return response;
  }

  diff(request: rpc.DiffRequest): rpc.DiffResponse {
    const state = decode(request.getOlds()).value;
    const before = decode(request.getOldInputs() ?? request.getOlds()).value;
    const after = decode(request.getNews()).value;
    const changes = changesBetween(before, after, this.#cluster.settings).filter(
      (change) => !isIgnored(change, request.getIgnorechangesList()),
    );
    const sameName = (["name", "namespace"] as const).every((key) => {
      const wanted = at(after, ["metadata", key]);
      return wanted === undefined || wanted === at(state, ["metadata", key]);
    });
    return diffResponse(changes, sameName);
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const inputs = decode(request.getProperties());
    const response = new rpc.CreateResponse();
    response.setProperties(request.getProperties());
    if (request.getPreview() && inputs.unknown) return response;
    try {
      const { id, outputs } = await this.#cluster.create(inputs.value, request.getPreview());
      response.setProperties(encode(outputs, objects.secretsOf(outputs, inputs)));
      if (!request.getPreview()) response.setId(id);
      return response;
    } catch (error) {
      if (request.getPreview() && mayPassLater(error)) return response;
      throw explained(
        error,
        `resource "${request.getUrn()}" was not successfully created by the Kubernetes API server`,
      );
    }
  }

  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const inputs = decode(request.getNews());
    const state = decode(request.getOlds()).value;
    const response = new rpc.UpdateResponse();
    response.setProperties(request.getNews());
    if (request.getPreview() && inputs.unknown) return response;
    try {
      const { outputs } = await this.#cluster.update(inputs.value, state, request.getPreview());
      response.setProperties(encode(outputs, objects.secretsOf(outputs, inputs)));
      return response;
    } catch (error) {
      if (request.getPreview() && mayPassLater(error)) return response;
      throw explained(error, `update of resource "${request.getUrn()}" failed`);
    }
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const response = new rpc.ReadResponse();
    if ((await this.#unreachable()) !== undefined) {
      const { deleteUnreachable, skipUpdateUnreachable } = this.#cluster.settings;
      if (!deleteUnreachable && !skipUpdateUnreachable) throw new Error(unreadable);
      await this.log.write(request.getUrn(), "warning", deleteUnreachable ? forgotten : skipped);
      if (deleteUnreachable) return response;
      response.setId(request.getId());
      response.setProperties(request.getProperties());
      response.setInputs(request.getInputs());
      return response;
    }
    const state = decode(request.getProperties()).value;
    const given = decode(request.getInputs());
    const live = await this.#live(
      objects.referenceOf(request.getId(), typeOf(request.getUrn()), state),
    );
    if (live === undefined) return response;
    const isImport = Object.keys(given.value).length === 0;
    const inputs = isImport
      ? objects.importedInputs(live)
      : objects.driftedInputs(given.value, state, live);
    const outputs = objects.outputsOf(live, inputs, objects.fieldManagerOf(inputs, state));
    response.setId(request.getId());
    response.setInputs(encode(inputs, objects.secretsOf(inputs, given)));
    response.setProperties(encode(outputs, objects.secretsOf(outputs, given)));
    return response;
  }

  async delete(request: rpc.DeleteRequest): Promise<Empty> {
    if ((await this.#unreachable()) !== undefined) {
      if (!this.#cluster.settings.deleteUnreachable) throw new Error(unreadable);
      await this.log.write(request.getUrn(), "warning", forgotten);
      return new Empty();
    }
    const seconds = request.getTimeout() > 0 ? request.getTimeout() : 600;
    const state = decode(request.getProperties()).value;
    await this.#cluster.delete(state, seconds).catch((error: unknown) => {
      if (!(error instanceof NoMatchError)) throw error;
    });
    return new Empty();
  }

  #unreachable(): Promise<string | undefined> {
    return this.#cluster.server.unreachable();
  }

  async #live(reference: JsonObject): Promise<JsonObject | undefined> {
    return this.#cluster.server.get(reference).catch((error: unknown) => {
      if (error instanceof NoMatchError) return undefined;
      throw error;
    });
  }
}

function clusterOf(args: JsonObject): ClusterObjects {
  const settings = readSettings(args);
  return new ClusterObjects(new ApiServer(settings), settings);
}

function diffResponse(changes: readonly Change[], deleteBeforeReplace: boolean): rpc.DiffResponse {
  const kinds = rpc.PropertyDiff.Kind;
  const response = new rpc.DiffResponse();
  const some = rpc.DiffResponse.DiffChanges;
  response.setChanges(changes.length > 0 ? some.DIFF_SOME : some.DIFF_NONE);
  response.setHasdetaileddiff(true);
  for (const { path, kind, replaces } of changes) {
    const entry = new rpc.PropertyDiff();
    const names = replaces
      ? ({ add: "ADD_REPLACE", delete: "DELETE_REPLACE", update: "UPDATE_REPLACE" } as const)
      : ({ add: "ADD", delete: "DELETE", update: "UPDATE" } as const);
    entry.setKind(kinds[names[kind]]);
    entry.setInputdiff(true);
    response.getDetaileddiffMap().set(path, entry);
    response.addDiffs(path.split(/[.[]/)[0] ?? path);
    if (replaces) response.addReplaces(path);
  }
  response.setDeletebeforereplace(deleteBeforeReplace && changes.some((change) => change.replaces));
  return response;
}

function explained(error: unknown, what: string): Error {
  if (error instanceof UnreachableError)
    return new Error(
      "configured Kubernetes cluster is unreachable: unable to load schema information from the " +
        `API server: ${error.message}`,
    );
  const reason = error instanceof Error ? error.message : String(error);
  const noKind =
    "the apiVersion for this resource does not exist. Verify that any required CRDs have been created";
  return new Error(
    error instanceof NoMatchError ? `${what}: ${noKind}: ${reason}` : `${what}: ${reason}`,
  );
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function refuseUnsupported(urn: string): void {
  const type = typeOf(urn);
  if (/Patch$|^kubernetes:(helm\.sh|yaml|kustomize)[/:]/.test(type))
    throw new Error(
      `the lab's stand-in for the Kubernetes provider does not have ${type}: only plain objects. ` +
        "Install the official plugin: pulumi plugin install resource kubernetes",
    );
}
