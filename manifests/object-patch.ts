import { isPlainObject } from "./printable.js";
import type { KubernetesObject } from "./manifest.js";

/** Which rendered objects a patch changes: those that match everything that is given. */
export interface PatchTarget {
  readonly kind: string;
  /** API group, for example `apps`. @default any */
  readonly group?: string;
  /** @default any */
  readonly name?: string;
  /** @default any */
  readonly namespace?: string;
}

/**
 * A change to rendered objects, as a JSON merge patch: maps are merged key by key, `null` removes,
 * everything else, lists included, is replaced as a whole.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
export interface ObjectPatch {
  readonly target: PatchTarget;
  readonly patch: Readonly<Record<string, unknown>>;
}

/** Whether a patch with this target changes the object. */
export function isTarget(object: KubernetesObject, target: PatchTarget): boolean {
  const { apiVersion, kind, metadata } = object;
  const slash = apiVersion.lastIndexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return (
    kind === target.kind &&
    (target.group === undefined || target.group === group) &&
    (target.name === undefined || target.name === metadata.name) &&
    (target.namespace === undefined || target.namespace === metadata.namespace)
  );
}

/** The object with every patch that targets it, in order; the same object when none does. */
export function patched(
  object: KubernetesObject,
  patches: readonly ObjectPatch[],
): KubernetesObject {
  if (patches.length === 0) return object;
  return patches
    .filter(({ target }) => isTarget(object, target))
    .reduce((result, { patch }) => merged(result, patch) as KubernetesObject, object); // validated: a patch never touches what names an object
}

/** A value with a JSON merge patch applied to it; neither is changed. */
export function merged(value: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch)) return patch;
  const fields = new Map(isPlainObject(value) ? Object.entries(value) : []);
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) fields.delete(key);
    else fields.set(key, merged(fields.get(key), change));
  }
  return Object.fromEntries(fields);
}
