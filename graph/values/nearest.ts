/**
 * The few names that are most like a wanted one, the most alike first; with few names all of them.
 * Ties go by name, so the answer does not depend on the order of the list.
 */
export function nearest(wanted: string, names: readonly string[], most = 3): readonly string[] {
  return [...new Set(names)]
    .map((name) => ({ name, steps: distance(wanted, name) }))
    .sort((a, b) => a.steps - b.steps || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** The name that somebody who wrote `wanted` most likely meant; undefined when none is near. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const [name] = nearest(wanted, names, 1);
  return name !== undefined && distance(wanted, name) <= limit ? name : undefined;
}

/** How many letters have to be put in, left out or changed; those that differ in case count nothing. */
function distance(a: string, b: string): number {
  const [from, to] = [Array.from(a.toLowerCase()), Array.from(b.toLowerCase())];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, left] of from.entries()) {
    const next = [line + 1];
    for (const [column, right] of to.entries()) {
      const changed = (row[column] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
