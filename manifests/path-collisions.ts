import type { Finding } from "../errors.js";

interface Entry {
  /** The spelling that came first. */
  readonly spelling: string;
  readonly isFile: boolean;
}

/**
 * Finds every pair of paths that one checkout cannot hold side by side: the same path twice,
 * paths that differ in case or Unicode form only (macOS and Windows take them for one), and a file
 * where another path needs a directory. Directories count as well as files, so `Team/a` and
 * `team/b` are found. The order of the paths does not matter; takes them as they are, also those
 * of files that others wrote.
 */
export function pathCollisions(paths: Iterable<string>): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, Entry>();
  const reported = new Set<string>();
  let before = "";
  for (const path of inOrder(paths)) {
    let clear = true;
    let collides = false;
    // Directories that the path before has too were looked at with it.
    for (let end = path.indexOf("/", sharedDirectory(before, path)); ;) {
      const isFile = end === -1;
      const spelling = isFile ? path : path.slice(0, end);
      const key = fold(spelling);
      const other = seen.get(key);
      if (other === undefined) seen.set(key, { spelling, isFile });
      else if (isFile || other.isFile || other.spelling !== spelling) {
        collides = true;
        // One finding for a path, and one for a directory, not one for each file below it.
        if (clear && (isFile || !reported.has(spelling))) {
          findings.push(collision(path, spelling, isFile, other));
          if (!isFile) reported.add(spelling);
          clear = false;
        }
        if (isFile || other.isFile) break;
      }
      if (isFile) break;
      end = path.indexOf("/", end + 1);
    }
    before = collides ? "" : path;
  }
  return findings;
}

/** Length of the directories that both paths begin with, with the slash behind them. */
function sharedDirectory(a: string, b: string): number {
  let length = 0;
  for (let i = 0; i < a.length && a.charCodeAt(i) === b.charCodeAt(i); i++) {
    if (a[i] === "/") length = i + 1;
  }
  return length;
}

/** The paths sorted; those of a rendered fleet are. */
function inOrder(paths: Iterable<string>): readonly string[] {
  const all = [...paths];
  return all.every((path, index) => index === 0 || (all[index - 1] ?? "") <= path)
    ? all
    : all.sort();
}

/** One key for all spellings that some file system takes for one. */
function fold(text: string): string {
  // Nearly everything: printable ASCII without capitals.
  if (/^[!-@[-~]*$/.test(text)) return text;
  // ASCII has one Unicode form.
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  // HFS+ ignores the invisible ones. Upper case first: it brings "ß" and "ſ" to what they equal.
  const visible = text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, "");
  return visible.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

function collision(path: string, spelling: string, isFile: boolean, other: Entry): Finding {
  const remedy = "Give one of them another name.";
  const otherName = JSON.stringify(other.spelling);
  const code = "PATH_COLLISION";
  if (other.spelling === spelling && isFile && other.isFile) {
    return { code, path, problem: "The path occurs twice.", remedy: "Render it once." };
  }
  if (isFile !== other.isFile) {
    const problem = other.isFile
      ? `${otherName} is a file, and this path needs a directory there.`
      : `This file stands where other paths need the directory ${otherName}.`;
    return { code, path, problem, remedy };
  }
  const what = isFile ? "path" : `directory ${JSON.stringify(spelling)}`;
  const problem = `The ${what} and ${otherName} differ in case or Unicode form only, and are one on macOS and Windows.`;
  return { code, path, problem, remedy };
}
