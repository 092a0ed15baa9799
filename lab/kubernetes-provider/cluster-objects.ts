/** Creates, reads, updates and deletes objects of one cluster by the rules of the official provider. */
import { NoMatchError, StatusError, UnreachableError, type ApiServer } from "./api-server.js";
import { annotation, fieldManagerOf, idOf, outputsOf } from "./objects.js";
import type { Settings } from "./settings.js";
import { at, isObject, textAt, type JsonObject } from "./values.js";

/** Seconds the kind of a custom resource is waited for, because its CRD may just have been applied. */
const kindPatience = 10;

/** What a create or update left in the cluster. */
export interface Applied {
  readonly id: string;
  readonly outputs: JsonObject;
}

/** The operations behind the provider's calls; a `dryRun` answers as the server would and changes nothing. */
export class ClusterObjects {
  constructor(
    readonly server: ApiServer,
    readonly settings: Settings,
  ) {}

  /** @throws Error when it exists already, unless existing objects may be adopted. */
  async create(inputs: JsonObject, dryRun: boolean): Promise<Applied> {
    await this.#kindServed(inputs, dryRun);
    if (!this.settings.upsertExistingObjects && (await this.server.get(inputs)) !== undefined)
      throw await this.#alreadyExists(inputs);
    return this.#apply(inputs, fieldManagerOf(inputs, {}), dryRun);
  }

  /** @throws Error naming both field managers on a conflict. */
  async update(inputs: JsonObject, state: JsonObject, dryRun: boolean): Promise<Applied> {
    return this.#apply(inputs, fieldManagerOf(inputs, state), dryRun);
  }

  /** Deletes in the foreground and returns when the object is gone. @throws Error after `seconds`. */
  async delete(object: JsonObject, seconds: number): Promise<void> {
    const uid = at(object, ["metadata", "uid"]);
    await this.server.delete(object);
    const deadline = Date.now() + seconds * 1000;
    for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
      const live = await this.server.get(object);
      if (live === undefined || (uid !== undefined && at(live, ["metadata", "uid"]) !== uid))
        return;
      if (Date.now() > deadline)
        throw new Error(
          `${idOf(object)} was not gone after ${seconds} s: a finalizer still holds it`,
        );
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async #apply(inputs: JsonObject, fieldManager: string, dryRun: boolean): Promise<Applied> {
    const force = this.settings.enablePatchForce || annotation(inputs, "patchForce") === "true";
    const request = { object: withoutStringData(inputs), fieldManager, dryRun };
    const live = await this.server.apply({ ...request, force }).catch((error: unknown) => {
      if (!(error instanceof StatusError) || error.reason !== "Conflict") throw error;
      if (isOnlyKubectl(error)) return this.server.apply({ ...request, force: true });
      throw new Error(
        `The resource managed by field manager ${JSON.stringify(fieldManager)} had an apply conflict: ` +
          `${error.message}. Set the annotation pulumi.com/patchForce or the provider's ` +
          `enablePatchForce to take the fields over.`,
      );
    });
    return { id: idOf(live), outputs: outputsOf(live, inputs, fieldManager) };
  }

  async #kindServed(inputs: JsonObject, dryRun: boolean): Promise<void> {
    const deadline = Date.now() + (dryRun ? 0 : kindPatience * 1000);
    for (;;) {
      try {
        await this.server.kind(textAt(inputs, ["apiVersion"]), textAt(inputs, ["kind"]));
        return;
      } catch (error) {
        if (!(error instanceof NoMatchError) || Date.now() >= deadline) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  async #alreadyExists(inputs: JsonObject): Promise<StatusError> {
    const { plural } = await this.server.kind(
      textAt(inputs, ["apiVersion"]),
      textAt(inputs, ["kind"]),
    );
    const name = JSON.stringify(at(inputs, ["metadata", "name"]));
    const message = `${plural} ${name} already exists. Import it, or set the provider's upsertExistingObjects.`;
    return new StatusError(409, { reason: "AlreadyExists", message });
  }
}

/** Whether a dry run failed for a reason that the real run need not meet: something created before it. */
export function mayPassLater(error: unknown): boolean {
  if (error instanceof UnreachableError || error instanceof NoMatchError) return true;
  return error instanceof StatusError && [403, 404].includes(error.code)
    ? true
    : error instanceof StatusError && error.reason === "AlreadyExists";
}

/** `stringData` is write-only: applied as it is, a key removed later would stay in the Secret. */
function withoutStringData(inputs: JsonObject): JsonObject {
  const { stringData, ...object } = inputs;
  if (!isObject(stringData)) return object;
  const encoded = Object.entries(stringData).map(([key, value]): [string, string] => [
    key,
    Buffer.from(typeof value === "string" ? value : "").toString("base64"),
  ]);
  const data = isObject(object["data"]) ? object["data"] : {};
  return { ...object, data: { ...data, ...Object.fromEntries(encoded) } };
}

/** Fields that someone set by hand with kubectl are taken over. */
function isOnlyKubectl(conflict: StatusError): boolean {
  const causes = at(conflict.status, ["details", "causes"]);
  return (
    Array.isArray(causes) &&
    causes.length > 0 &&
    causes.every((cause) => textAt(cause, ["message"]).startsWith('conflict with "kubectl'))
  );
}
