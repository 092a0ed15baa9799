import type { Finding } from "../errors.js";

/**
 * Finds declared paths that cannot live beside the files of others: a file where the other has a
 * directory or the reverse, and names that differ only in case or Unicode form, which are one
 * file on many computers.
 *
 * @param declared - the paths of the tree to be
 * @param present - all paths at the head
 * @param owned - paths at the head that are ours, so that they may go
 */
export function neighbourConflicts(
  declared: readonly string[],
  present: Iterable<string>,
  owned: ReadonlySet<string>,
): readonly Finding[] {
  const mine = new Set(declared);
  const foreign = new Index();
  for (const path of present) if (!owned.has(path) && !mine.has(path)) foreign.add(path);
  return foreign.isEmpty ? [] : declared.flatMap((path) => foreign.conflictsWith(path));
}

class Index {
  readonly #files = new Set<string>();
  readonly #directories = new Map<string, string>(); // directory -> one file in it
  readonly #folded = new Map<string, string>(); // folded file or directory -> as it is written

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  add(path: string): void {
    this.#files.add(path);
    this.#folded.set(fold(path), path);
    for (const directory of parents(path)) {
      if (this.#directories.has(directory)) continue;
      this.#directories.set(directory, path);
      this.#folded.set(fold(directory), directory);
    }
  }

  conflictsWith(path: string): readonly Finding[] {
    const refuse = (problem: string): Finding[] => [
      { code: "PATH_CONFLICT", path, problem, remedy: "Rename one of the two." },
    ];
    const inside = this.#directories.get(path);
    if (inside !== undefined) return refuse(`It is a directory with the foreign file "${inside}".`);
    const above = parents(path);
    const file = above.find((directory) => this.#files.has(directory));
    if (file !== undefined) return refuse(`"${file}" is a foreign file, not a directory.`);
    for (const each of [path, ...above]) {
      const twin = this.#folded.get(fold(each));
      if (twin === undefined || twin === each || this.#directories.has(each)) continue;
      return refuse(`"${each}" and the foreign "${twin}" differ only in case or Unicode form.`);
    }
    return [];
  }
}

function parents(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}

function fold(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
