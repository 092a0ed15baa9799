/** Kubernetes objects as Pulumi sees them: inputs, live state, and what of it is secret. */
import { randomBytes } from "node:crypto";
import {
  at,
  isObject,
  textAt,
  type Json,
  type JsonObject,
  type Path,
  type Properties,
} from "./values.js";

/** Output that remembers the field manager of an object across updates. */
export const fieldManagerKey = "__fieldManager";

/** `namespace/name`, or the name alone. */
export function idOf(object: JsonObject): string {
  const namespace = at(object, ["metadata", "namespace"]);
  const name = textAt(object, ["metadata", "name"]);
  return typeof namespace === "string" ? `${namespace}/${name}` : name;
}

/** The least an object needs to be found again; from a resource's id and its Pulumi type. */
export function referenceOf(id: string, type: string, known: JsonObject): JsonObject {
  const [name, namespace] = id.split("/").reverse();
  const [, version, kind] = /^kubernetes:([^:]+):([^:]+)$/.exec(type) ?? [];
  const apiVersion = version?.replace(/^core\//, "").replace(/^([^./]+)\//, builtinGroup);
  return {
    apiVersion: known["apiVersion"] ?? apiVersion ?? "",
    kind: known["kind"] ?? kind ?? "",
    metadata: { name: name ?? "", ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** The field manager: the annotation, else the one of the state, else a new one as the official provider names it. */
export function fieldManagerOf(inputs: JsonObject, state: JsonObject): string {
  const chosen = annotation(inputs, "patchFieldManager") ?? state[fieldManagerKey];
  return typeof chosen === "string"
    ? chosen
    : `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/** A `pulumi.com/` annotation. */
export function annotation(object: JsonObject, name: string): Json | undefined {
  return at(object, ["metadata", "annotations", `pulumi.com/${name}`]);
}

/** What is stored as outputs: the live object, with the inputs' `stringData`, without bookkeeping. */
export function outputsOf(live: JsonObject, inputs: JsonObject, fieldManager: string): JsonObject {
  const metadata = { ...(live["metadata"] as JsonObject) };
  delete metadata["managedFields"];
  const stringData = inputs["stringData"];
  return {
    ...live,
    metadata,
    ...(stringData === undefined ? {} : { stringData }),
    [fieldManagerKey]: fieldManager,
  };
}

/** Where secrets are: wherever they were given, and always in the data of a Secret. */
export function secretsOf(object: JsonObject, given: Properties): readonly Path[] {
  if (object["apiVersion"] !== "v1" || object["kind"] !== "Secret") return given.secrets;
  const lastApplied = [
    "metadata",
    "annotations",
    "kubectl.kubernetes.io/last-applied-configuration",
  ];
  const always: Path[] = [["data"], ["stringData"], lastApplied];
  return [...given.secrets, ...always.filter((path) => at(object, path) !== undefined)];
}

/**
 * The inputs after a refresh: every field that was given, at its live value when that moved since
 * the recorded state, and without it when it is gone.
 */
export function driftedInputs(
  inputs: JsonObject,
  recorded: JsonObject,
  live: JsonObject,
): JsonObject {
  const drifted = drift(inputs, recorded, live);
  const stringData = inputs["stringData"];
  if (isObject(drifted) && isObject(stringData)) {
    const keys = Object.keys(stringData).filter((key) => at(live, ["data", key]) !== undefined);
    drifted["stringData"] = Object.fromEntries(keys.map((key) => [key, decoded(live, key)]));
  }
  return isObject(drifted) ? drifted : inputs;
}

function drift(input: Json, recorded: Json | undefined, live: Json | undefined): Json | undefined {
  if (isObject(input) && isObject(live)) {
    const entries = Object.keys(input).map((key): [string, Json | undefined] => [
      key,
      drift(input[key] ?? null, at(recorded, [key]), live[key]),
    ]);
    return Object.fromEntries(
      entries.filter((entry): entry is [string, Json] => entry[1] !== undefined),
    );
  }
  if (Array.isArray(input) && Array.isArray(live) && input.length === live.length)
    return input.map((item, i) => drift(item, at(recorded, [`${i}`]), live[i]) ?? null);
  return JSON.stringify(recorded) === JSON.stringify(live) ? input : live;
}

/** The inputs of an imported object: the live one without what only the server writes. */
export function importedInputs(live: JsonObject): JsonObject {
  const { name, namespace, labels, annotations } = live["metadata"] as JsonObject;
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, labels, annotations }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as JsonObject;
  const inputs: JsonObject = { ...live, metadata };
  delete inputs["status"];
  return inputs;
}

function decoded(live: JsonObject, key: string): string {
  return Buffer.from(textAt(live, ["data", key]), "base64").toString("utf8");
}

/** Pulumi's types leave out the domain of built-in groups. */
function builtinGroup(text: string, group: string): string {
  const domains: Record<string, string> = {
    "rbac.authorization": ".k8s.io",
    networking: ".k8s.io",
    apiextensions: ".k8s.io",
  };
  return `${group}${domains[group] ?? ""}/${text.slice(group.length + 1)}`;
}
