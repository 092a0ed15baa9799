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

/** How many characters have to be put in, left out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [line, left] of Array.from(a).entries()) {
    const next = [line + 1];
    for (const [column, right] of Array.from(b).entries()) {
      const changed = (row[column] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
