import type { ObjectFile } from "./contender.js";

/** Whether an API server takes the object; files for kustomize and sops have no name. */
export function isApiObject(object: object): boolean {
  return "metadata" in object;
}

/**
 * Throws unless both are the same objects, whatever the order of files, objects and keys.
 *
 * @param who - what wrote the first, for the message
 */
export function demandEqualContent(
  who: string,
  written: readonly object[],
  expected: readonly object[],
): void {
  const left = written.map(canonical).sort();
  const right = expected.map(canonical).sort();
  const at = right.findIndex((text, index) => left[index] !== text);
  if (left.length === right.length && at < 0) return;
  throw new Error(
    `${who} wrote other objects: ${String(left.length)} of ${String(right.length)}\n` +
      `${left[at] ?? "nothing"}\ninstead of\n${right[at] ?? "nothing"}`,
  );
}

/** All objects of some files. */
export function objectsOf(files: readonly ObjectFile[]): readonly object[] {
  return files.flatMap(({ objects }) => objects);
}

/** How many of the strings in the objects are different from all before them: 0 to 1. */
export function distinctShare(objects: readonly object[]): number {
  const seen = new Set<string>();
  let count = 0;
  const visit = (value: unknown): void => {
    if (typeof value === "string") {
      count += 1;
      seen.add(value);
    } else if (typeof value === "object" && value !== null) {
      Object.values(value).forEach(visit);
    }
  };
  objects.forEach(visit);
  return seen.size / count;
}

/** The object as text that is the same for every order of keys. */
function canonical(object: object): string {
  return JSON.stringify(object, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
