import type { KubernetesObject } from "../../manifests/manifest.js";
import { isSetterMarked } from "../../manifests/marker.js";
import { fluxKindOf, groupOf, groupOfKind } from "./flux-kinds.js";
import { referenceTable } from "./reference-table.js";
import type { ReferenceRule } from "./reference-table.js";
import { identityKey } from "../objects.js";
import { isUnknown } from "../values/unknown-value.js";

/** One object that names another. */
export interface Reference {
  readonly rule: ReferenceRule;
  /** The field with its indices: `spec.valuesFrom[0]`. */
  readonly at: string;
  readonly group: string;
  readonly kind: string;
  /** Absent for kinds of the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** The key of the target, as the index has it. */
  readonly key: string;
  /** Whether Flux goes on without it. */
  readonly optional: boolean;
  /** Whether the field takes this kind. */
  readonly allowed: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const known = new WeakMap<object, readonly Reference[]>();

/**
 * Every reference that an object makes: to its Namespace, and what the table says of Flux. Wildcards, optional fields
 * that are absent and text that is only known on the cluster (`${VARIABLE}`) are none. Each object is
 * looked through once, however many clusters have it.
 */
export function referencesOf(object: KubernetesObject): readonly Reference[] {
  const found = known.get(object) ?? extract(object);
  known.set(object, found);
  return found;
}

/** The Namespace of any object at all. */
const homeRule: ReferenceRule = {
  field: "metadata.namespace",
  to: ["Namespace"],
  form: "text",
  missing: "Flux cannot apply it, nor anything else of its Kustomization.",
};

function extract(object: KubernetesObject): readonly Reference[] {
  const home = referenceAt(object, homeRule, homeRule.field, object.metadata.namespace);
  const kind = fluxKindOf(object);
  if (kind === undefined) return home;
  const remote = valuesAt(object, "spec.kubeConfig").length > 0;
  const own = referenceTable[kind].flatMap((rule) =>
    rule.remote === true && remote
      ? []
      : valuesAt(object, rule.field).flatMap(({ at, value }) =>
          referenceAt(object, rule, at, value),
        ),
  );
  return [...home, ...own];
}

function referenceAt(
  object: KubernetesObject,
  rule: ReferenceRule,
  at: string,
  value: unknown,
): readonly Reference[] {
  const fields = rule.form === "text" ? { name: value } : fieldsOf(value);
  const [first] = rule.to;
  const kind = fields["kind"] ?? (rule.to === "any" ? undefined : first);
  const { name } = fields;
  if (!isDecided(name) || name === "*" || !isDecided(kind)) return [];
  const stated = textAt(object, rule, fields);
  if (stated !== undefined && !isDecided(stated)) return [];
  const { apiVersion } = fields;
  const group =
    isDecided(apiVersion) && apiVersion.includes("/") ? groupOf(apiVersion) : groupOfKind(kind);
  const isClusterWide = kind === "Namespace" || (rule.to === "any" && stated === undefined);
  const namespace = isClusterWide ? undefined : (stated ?? object.metadata.namespace);
  return [
    {
      rule,
      at,
      group: group ?? "",
      kind,
      namespace,
      name,
      key: identityKey(group ?? "", kind, namespace, name),
      optional: fields["optional"] === true,
      allowed: rule.to === "any" || rule.to.some((allowed) => allowed === kind),
    },
  ];
}

/** The Namespace that a reference states. */
function textAt(object: KubernetesObject, rule: ReferenceRule, fields: Fields): unknown {
  if (rule.namespaceAt !== undefined) return valuesAt(object, rule.namespaceAt)[0]?.value;
  return rule.elsewhere === undefined ? undefined : fields["namespace"];
}

/** A value of an object and its path with indices. */
export interface FieldValue {
  readonly at: string;
  readonly value: unknown;
}

/** Every value at a path such as `spec.sources[].name`; absent ones are left out. */
export function valuesAt(object: unknown, path: string): readonly FieldValue[] {
  const parts = split.get(path) ?? path.split(".");
  split.set(path, parts);
  let found: FieldValue[] = [{ at: "", value: object }];
  for (const part of parts) {
    const isList = part.endsWith("[]");
    const key = isList ? part.slice(0, -2) : part;
    const next: FieldValue[] = [];
    for (const { at, value } of found) {
      const inner = fieldsOf(value)[key];
      if (inner === undefined || inner === null) continue;
      const here = at === "" ? key : `${at}.${key}`;
      if (!isList) next.push({ at: here, value: inner });
      else if (Array.isArray(inner)) {
        inner.forEach((item: unknown, index) => {
          next.push({ at: `${here}[${String(index)}]`, value: item });
        });
      }
    }
    if (next.length === 0) return next;
    found = next;
  }
  return found;
}

/** Paths that were asked for, in parts; there are as many as the table has fields. */
const split = new Map<string, readonly string[]>();

/** The text at a path of an object; undefined when there is none, or none that is known yet. */
export function textOf(object: unknown, path: string): string | undefined {
  const value = valuesAt(object, path)[0]?.value;
  return isDecided(value) ? value : undefined;
}

/** Whether a value is text that stands now, and not only after substitution on the cluster. */
export function isDecided(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("${") && !isUnknown(value);
}

/** A marker `{"$imagepolicy": "namespace:name"}` and where it stands. */
export interface MarkerUse {
  readonly at: string;
  readonly namespace: string;
  readonly name: string;
}

const knownMarkers = new WeakMap<object, readonly MarkerUse[]>();

/** Every marked string of an object; each object is looked through once. */
export function markersOf(object: KubernetesObject): readonly MarkerUse[] {
  const uses = knownMarkers.get(object) ?? markedStrings(object);
  knownMarkers.set(object, uses);
  return uses;
}

const noMarkers: readonly MarkerUse[] = [];

/** Whether there is a marker anywhere; hardly any object has one. */
function holdsMarker(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsMarker);
  if (isSetterMarked(value)) return true;
  for (const item of Object.values(value)) {
    if (typeof item === "object" && holdsMarker(item)) return true;
  }
  return false;
}

function markedStrings(object: KubernetesObject): readonly MarkerUse[] {
  if (!holdsMarker(object)) return noMarkers;
  const found: MarkerUse[] = [];
  const visit = (value: unknown, at: string): void => {
    if (isSetterMarked(value)) found.push(...markerUses(at, value.marker));
    else if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => {
        visit(item, `${at}[${String(index)}]`);
      });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value))
        visit(item, at === "" ? key : `${at}.${key}`);
    }
  };
  visit(object, "");
  return found;
}

/** Every marker in the comments of a hand-written file; `at` is its line. */
export function markersIn(text: string): readonly MarkerUse[] {
  if (!text.includes("$imagepolicy")) return [];
  return text.split("\n").flatMap((line, index) => {
    const marker = /#\s*\{\s*"\$imagepolicy"\s*:\s*"([^"]*)"/.exec(line)?.[1];
    return marker === undefined ? [] : markerUses(`line ${String(index + 1)}`, marker);
  });
}

function markerUses(at: string, marker: string): readonly MarkerUse[] {
  const [namespace = "", name = ""] = marker.split(":");
  return [{ at, namespace, name }];
}

/** The fields of a map; none for every other value. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}
