import type { LineKinds } from "../../api/schema.js";
import { isPlainObject } from "../../manifests/printable.js";

/**
 * What turns the kinds of a line into those of the next older one, as a JSON merge patch. CRDs hold
 * no `null`, which such a patch cannot carry.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
export function lineDifference(newer: LineKinds, older: LineKinds): unknown {
  return difference(newer, older) ?? {};
}

function difference(from: unknown, to: unknown): unknown {
  if (!isPlainObject(from) || !isPlainObject(to)) {
    return JSON.stringify(from) === JSON.stringify(to) ? undefined : to;
  }
  const changes: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (to[key] === undefined) changes[key] = null;
  for (const [key, item] of Object.entries(to)) {
    const change = difference(from[key], item);
    if (change !== undefined) changes[key] = change;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}
