import type { KubernetesObject } from "../../manifests/manifest.js";
import type { KustomizePatch, PatchTarget } from "../../manifests/kustomization-file.js";
import type { ObjectPatch } from "../../manifests/object-patch.js";
import { textsIn } from "../../manifests/substitution.js";
import { isPlainObject } from "../../manifests/printable.js";
import { printYaml } from "../../manifests/yaml.js";

/**
 * The patch with which kustomize turns one object into another of the same name, as JSON patch
 * operations: a merge patch would be merged by kustomize in ways of its own, such as lists by name.
 * Undefined when they are equal.
 */
export function changePatch(
  before: KubernetesObject,
  after: KubernetesObject,
): KustomizePatch | undefined {
  const operations = changes(before, after, "");
  if (operations.length === 0) return undefined;
  const patch = operations.map(printOperation).join("");
  return { target: targetOf(before), patch: closed(patch, operations) };
}

/**
 * A patch for objects that people wrote, as kustomize merges it.
 *
 * @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
 */
export function mergePatch({ target, patch }: ObjectPatch): KustomizePatch {
  const { kind, group, name, namespace } = target;
  const { metadata, ...rest } = patch;
  const apiVersion = group === undefined || group === "" ? "v1" : `${group}/v1`;
  // kustomize wants a name and a version here, and looks for objects by the target only.
  const named = { ...(isPlainObject(metadata) ? metadata : {}), name: name ?? "every" };
  return {
    target: {
      ...(group === undefined ? {} : { group: literal(group) }),
      kind,
      ...(name === undefined ? {} : { name: literal(name) }),
      ...(namespace === undefined ? {} : { namespace: literal(namespace) }),
    },
    patch: closed(printYaml([{ ...rest, apiVersion, kind, metadata: named }]), patch),
  };
}

interface Operation {
  readonly op: "add" | "remove" | "replace";
  readonly path: string;
  readonly value?: unknown;
}

function changes(before: unknown, after: unknown, path: string): readonly Operation[] {
  if (before === after) return [];
  if (!isPlainObject(before) || !isPlainObject(after)) {
    return isEqual(before, after) ? [] : [{ op: "replace", path, value: after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): readonly Operation[] => {
    const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const value = after[key];
    if (value === undefined) return before[key] === undefined ? [] : [{ op: "remove", path: at }];
    return before[key] === undefined
      ? [{ op: "add", path: at, value }]
      : changes(before[key], value, at);
  });
}

function isEqual(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function printOperation(operation: Operation): string {
  const [first = "", ...rest] = printYaml([operation]).trimEnd().split("\n");
  const lines = rest.map((line) => (line === "" ? "" : `  ${line}`));
  return [`- ${first}`, ...lines, ""].join("\n");
}

/** kustomize drops the last line end of a patch, which may be that of its last value. */
function closed(text: string, values: unknown): string {
  const texts: string[] = [];
  textsIn(values, (value) => texts.push(value));
  return texts.some((value) => value.endsWith("\n")) ? `${text}# end\n` : text;
}

function targetOf({ apiVersion, kind, metadata }: KubernetesObject): PatchTarget {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const { name, namespace } = metadata;
  return {
    ...(group === "" ? {} : { group: literal(group) }),
    version,
    kind,
    name: literal(name),
    ...(namespace === undefined ? {} : { namespace: literal(namespace) }),
  };
}

/** kustomize reads every field of a target as a regular expression. */
function literal(text: string): string {
  return text.replaceAll(".", "\\.");
}
