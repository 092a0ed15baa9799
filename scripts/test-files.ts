import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** The checkout these scripts belong to. */
export const root: string = join(__dirname, "..");

/**
 * Folders of `test/` whose files need built parts or a running lab, longest first. Every other
 * folder is pure: it runs in `npm run check`, with Node and git alone.
 */
export const partGroups = ["e2e", "cluster", "lab", "engine", "conformance"] as const;

/** One test file and the folder of `test/` it lies in. */
export interface TestFile {
  readonly path: string;
  readonly group: string;
}

/** Whether the tests of this group need parts that `npm run lab -- build` builds. */
export function needsParts(group: string): boolean {
  return (partGroups as readonly string[]).includes(group);
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
