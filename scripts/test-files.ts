import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** The checkout these scripts belong to. */
export const root: string = join(__dirname, "..");

/**
 * Folders of `test/` whose files need built parts or a running lab, longest first. Every other
 * folder is pure: it runs in `npm run check`, with Node and git alone.
 */
export const partGroups = ["e2e", "cluster", "lab", "engine", "conformance"] as const;

/** Pure files that change their own process or measure time; they share it with no other file. */
const alone: readonly string[] = [
  "test/bench/speed.test.ts",
  "test/package/runner.test.ts",
  "test/repository/git-version.test.ts",
];

/** One test file and the folder of `test/` it lies in. */
export interface TestFile {
  readonly path: string;
  readonly group: string;
}

/** Whether the tests of this group need parts that `npm run lab -- build` builds. */
export function needsParts(group: string): boolean {
  return (partGroups as readonly string[]).includes(group);
}

/**
 * What runs in one process each: a file alone, or the pure files of a folder one after the other,
 * because loading the library costs each process a second. What takes longest comes first, so that
 * no long one is left over at the end.
 * @param seconds - what files took in an earlier run; others count by their size
 */
export function batches(
  files: readonly TestFile[],
  seconds: ReadonlyMap<string, number> = new Map(),
): readonly (readonly TestFile[])[] {
  const together = new Map<string, TestFile[]>();
  for (const file of files) {
    const isAlone = needsParts(file.group) || alone.includes(file.path);
    const key = isAlone ? file.path : file.group;
    together.set(key, [...(together.get(key) ?? []), file]);
  }
  const cost = (file: TestFile): number => seconds.get(file.path) ?? guessedSeconds(file);
  const total = (batch: readonly TestFile[]): number =>
    batch.reduce((sum, file) => sum + cost(file), 0);
  return [...together.values()].sort((a, b) => total(b) - total(a));
}

/** Tests on clusters take longest, and long files longer. */
function guessedSeconds({ group, path }: TestFile): number {
  const bytes = statSync(join(root, path), { throwIfNoEntry: false })?.size ?? 0;
  const perKilobyte = { e2e: 15, cluster: 4, lab: 4, engine: 4 }[group] ?? 0.5;
  return (bytes / 1000) * perKilobyte;
}

/** All test files in the order they should start: groups with parts first, then by path. */
export function testFiles(): readonly TestFile[] {
  const names = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
  const files = names
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => testFile(join(root, "test", name)));
  const rank = ({ group }: TestFile): number => {
    const index = (partGroups as readonly string[]).indexOf(group);
    return index === -1 ? partGroups.length : index;
  };
  return files.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

/** The test file at a path as a developer typed it. */
export function testFile(path: string): TestFile {
  const inCheckout = relative(root, path);
  return { path: inCheckout, group: inCheckout.split("/")[1] ?? "" };
}
