/** What `new kubernetes.Provider(...)` was given. */
import { isObject, type Json, type JsonObject } from "./values.js";

/** The provider's arguments, with the official defaults. */
export interface Settings {
  /** Contents of a kubeconfig, or the path of one; `KUBECONFIG` of the environment when it was not given. */
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly enableSecretMutable: boolean;
  readonly enableConfigMapMutable: boolean;
  readonly upsertExistingObjects: boolean;
  readonly enablePatchForce: boolean;
  readonly skipUpdateUnreachable: boolean;
  readonly deleteUnreachable: boolean;
  /** Seconds one request may take; from `kubeClientSettings.timeout`. @default 20 */
  readonly timeout: number;
}

/** Reads the arguments; values may be JSON in a string, as the SDK sends them. */
export function readSettings(args: JsonObject): Settings {
  const client = parsed(args["kubeClientSettings"]);
  const timeout = isObject(client) ? Number(client["timeout"]) : Number.NaN;
  return {
    kubeconfig: text(args["kubeconfig"]) ?? process.env["KUBECONFIG"] ?? "",
    context: text(args["context"]),
    namespace: text(args["namespace"]),
    enableSecretMutable: flag(args["enableSecretMutable"]),
    enableConfigMapMutable: flag(args["enableConfigMapMutable"]),
    upsertExistingObjects: flag(args["upsertExistingObjects"]),
    enablePatchForce: flag(args["enablePatchForce"]),
    skipUpdateUnreachable: flag(args["skipUpdateUnreachable"]),
    deleteUnreachable: flag(args["deleteUnreachable"]),
    timeout: timeout > 0 ? timeout : 20,
  };
}

/** Which arguments changed, and which of those mean another cluster, so that everything is replaced. */
export function changedSettings(
  before: JsonObject,
  after: JsonObject,
): { readonly changed: readonly string[]; readonly replaces: readonly string[] } {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = keys.filter(
    (key) => key !== "version" && JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  const identified =
    before["clusterIdentifier"] !== undefined && after["clusterIdentifier"] !== undefined;
  return {
    changed,
    replaces: identified && changed.includes("clusterIdentifier") ? ["clusterIdentifier"] : [],
  };
}

function parsed(value: Json | undefined): Json | undefined {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function flag(value: Json | undefined): boolean {
  return parsed(value) === true;
}

function text(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return isObject(value) ? JSON.stringify(value) : undefined;
}
