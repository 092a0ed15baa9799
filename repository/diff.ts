import type { Change } from "./compare.js";
import { bounded, diffFields } from "./field-diff.js";
import type { DiffLimit } from "./field-diff.js";
import { ownerOf } from "./ownership-file.js";

export { diffFields } from "./field-diff.js";
export type { DiffLimit } from "./field-diff.js";

/** What describes a change beside its texts. */
export interface ChangeView extends DiffLimit {
  /** What can be told of files that `up` is going to encrypt, by path. @default nothing */
  readonly encrypted?: ReadonlyMap<string, string>;
}

/** What a status line is told beside the change. */
export interface SummaryContext {
  /** How many clusters read a file that changes. */
  readonly clusters: number;
  readonly branch: string;
  /** The head that was compared with; undefined for an unborn branch. */
  readonly commit: string | undefined;
}

/** One line for a status column: `7 files change on 2 clusters, against main@abc1234`. */
export function summarizeChange(change: Change, context: SummaryContext): string {
  const { clusters, branch, commit } = context;
  const against = commit === undefined ? `new branch ${branch}` : `${branch}@${commit.slice(0, 7)}`;
  const paths = visible([...change.added, ...change.changed, ...change.removed]);
  const count = paths.length + change.unknown.length;
  if (count === 0) {
    const what = change.isEmpty ? "no file changes" : "only the ownership record changes";
    return `${what}, against ${against}`;
  }
  const files = count === 1 ? "1 file changes" : `${String(count)} files change`;
  const where = clusters === 1 ? "1 cluster" : `${String(clusters)} clusters`;
  return `${files} on ${where}, against ${against}`;
}

/**
 * What a commit would change, for people: added and removed files as one line each, changed YAML
 * field by field. The ownership file is left out.
 *
 * @param before - texts at the head of the changed files
 * @param after - texts to be written
 * @param view - how much is told, and what of files that are not encrypted yet
 */
export function describeChange(
  change: Change,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  { limit = 40, encrypted = new Map() }: ChangeView = {},
): readonly string[] {
  const lines: string[] = [];
  const changed = new Set(change.changed);
  const all = [...change.added, ...change.changed, ...change.removed, ...change.unknown];
  const [added, removed] = [new Set(change.added), new Set(change.removed)];
  for (const path of visible(all).sort()) {
    if (added.has(path)) lines.push(`+ ${path}`);
    else if (removed.has(path)) lines.push(`- ${path}`);
    else if (!changed.has(path))
      lines.push(unknownLine(path, before.has(path), encrypted.get(path)));
    else if (lines.length > limit)
      lines.push(path); // only counted: reading thousands of files would take seconds
    else {
      const fields = diffFields(before.get(path), after.get(path), { limit: Infinity });
      lines.push(...fields.map((field) => `~ ${path} -> ${field}`));
    }
  }
  return bounded(lines, limit);
}

function unknownLine(path: string, exists: boolean, encrypted: string | undefined): string {
  if (encrypted === undefined) return `? ${path}: depends on a value that is not known yet`;
  return exists ? `~ ${path} -> is encrypted anew: ${encrypted}` : `+ ${path}: ${encrypted}`;
}

function visible(paths: readonly string[]): string[] {
  return paths.filter((path) => ownerOf(path) === undefined);
}
