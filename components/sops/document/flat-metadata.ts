import { refusal } from "./refusal.js";
import { entry, isCollection, isComment, map } from "./tree.js";
import type { Entry, TreeMap, Value } from "./tree.js";

const prefix = "sops_";
const separator = /__(map|list)_/;

/** Whether a key of a flat file belongs to SOPS. */
export function isFlatMetadataKey(key: string): boolean {
  return key.startsWith(prefix);
}

/** The metadata as keys of a flat file: `sops_age__list_0__map_enc`. */
export function flatten(metadata: TreeMap): readonly Entry[] {
  return flattened(metadata, prefix);
}

function flattened(value: Value, key: string): readonly Entry[] {
  if (!isCollection(value)) return [entry(key, value)];
  if (value.kind === "map") {
    const start = key === prefix ? prefix : `${key}__map_`;
    return value.items.flatMap((item) =>
      isComment(item) ? [] : flattened(item.value, start + item.key),
    );
  }
  return value.items.flatMap((item, index) =>
    isComment(item) ? [] : flattened(item, `${key}__list_${index}`),
  );
}

type Branch = Map<string, Branch | Value>;

/** The metadata of a flat file as a tree. @throws FleetError SOPS_METADATA when keys contradict */
export function unflatten(entries: readonly Entry[]): TreeMap {
  const root: Branch = new Map();
  for (const { key, value } of entries) {
    // "age", "list", "0", "map", "enc"
    const [first = "", ...rest] = key.slice(prefix.length).split(separator);
    const path = [`map ${first}`];
    for (let i = 0; i + 1 < rest.length; i += 2) path.push(`${rest[i] ?? ""} ${rest[i + 1] ?? ""}`);
    place(root, path, value);
  }
  return map(entriesOf(root));
}

function place(root: Branch, path: readonly string[], value: Value): void {
  const last = path.at(-1) ?? "";
  let branch = root;
  for (const step of path.slice(0, -1)) {
    const next = branch.get(step) ?? new Map<string, Branch | Value>();
    if (!(next instanceof Map)) throw contradiction();
    branch.set(step, next);
    branch = next;
  }
  if (branch.has(last)) throw contradiction();
  branch.set(last, value);
}

function entriesOf(branch: Branch): readonly Entry[] {
  return [...branch].map(([step, value]) => entry(step.replace(/^map /, ""), valueOf(value)));
}

function valueOf(value: Branch | Value): Value {
  if (!(value instanceof Map)) return value;
  const steps = [...value.keys()];
  if (steps.every((step) => step.startsWith("map "))) return map(entriesOf(value));
  const items = steps.map((_, index) => value.get(`list ${index}`));
  if (items.includes(undefined)) throw contradiction();
  return { kind: "list", items: items.map((item) => valueOf(item ?? null)) };
}

function contradiction(): Error {
  return refusal(
    "SOPS_METADATA",
    "sops",
    "The `sops_` lines contradict each other.",
    "Restore the file from its history.",
  );
}
