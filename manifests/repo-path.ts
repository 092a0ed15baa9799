import { FleetError, type Finding } from "../errors.js";

/** A path inside the fleet repository that every checkout can hold: made by `repoPath` only. */
export type RepoPath = string & { readonly __repoPath: true };

/** Longest segment, in bytes: what ext4, APFS and NTFS allow. */
const longestSegment = 255;
/** Longest path, in bytes: PATH_MAX of macOS, a quarter of Linux's. */
const longestPath = 1024;

// The portable file name characters of POSIX, and four more that mean nothing to any file system.
const portable = /^[A-Za-z0-9._@+=,-]+$/;
const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(?:\.|$)/i;

// What nearly all paths are: lower case, no device name, no dot at either end of a segment and no
// dash before it. Only a shortcut for what the rules below accept as well.
const ordinarySegment =
  "(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[./]|$))[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?";
const ordinaryPath = new RegExp(`^${ordinarySegment}(?:/${ordinarySegment})*$`);

/**
 * Checks a path relative to the root of the repository and returns it unchanged.
 * One file has one spelling: `./a`, `a/`, `a//b` and `a/./b` are refused, not repaired. So is what
 * leaves the repository, what git or its host obeys (any name that begins with `.git`), and what
 * cannot be checked out everywhere: characters other than ASCII letters, digits and `._@+=,-`, a
 * leading `-`, a trailing dot, a Windows device name, a segment above 255 bytes, a path above 1024.
 *
 * @throws FleetError INVALID_PATH
 */
export function repoPath(text: string): RepoPath {
  const problem = pathProblem(text);
  if (problem !== undefined) throw new FleetError([invalidPath(text, "path", problem)]);
  return text as RepoPath;
}

/**
 * The path of a file below a directory that was checked; only what is new in it is looked at.
 *
 * @throws FleetError INVALID_PATH
 */
export function repoPathIn(directory: RepoPath, name: string): RepoPath {
  const path = `${directory}/${name}`;
  return path.length <= longestSegment && ordinaryPath.test(name)
    ? (path as RepoPath)
    : repoPath(path);
}

/**
 * Checks a Flux `path` or a `directory` and returns it relative to the root of the repository.
 * A leading `./` is taken as Flux takes it; `.` and `./` are the root itself, returned as ".".
 * Everything else is as strict as `repoPath`.
 *
 * @param at - where the path stands, as the user wrote it, for the finding
 * @throws FleetError INVALID_PATH
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#path
 */
export function sourcePath(text: string, at = "path"): RepoPath | "." {
  if (text === "." || text === "./") return ".";
  const relative = text.startsWith("./") ? text.slice(2) : text;
  const problem = pathProblem(relative);
  if (problem !== undefined) throw new FleetError([invalidPath(text, at, problem)]);
  return relative as RepoPath;
}

/** What is wrong, as the end of a sentence, and how to mend it. */
type PathProblem = readonly [problem: string, remedy: string];

function pathProblem(text: unknown): PathProblem | undefined {
  if (typeof text !== "string") return ["is not a string", "Give a path as text."];
  if (text.length <= longestSegment && ordinaryPath.test(text)) return undefined;
  if (text.trim() === "") return ["is empty", "Name a file or directory inside the repository."];
  if (/^[/\\]|^[A-Za-z]:/.test(text))
    return ["is absolute", "Start at the root of the repository."];
  if (text.length > longestPath || Buffer.byteLength(text) > longestPath) {
    return [`is longer than ${longestPath} bytes`, "Shorten it."];
  }
  if (text.endsWith("/")) return ["ends in a slash", "Leave the final slash out."];
  for (const segment of text.split("/")) {
    const problem = segmentProblem(segment);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function segmentProblem(segment: string): PathProblem | undefined {
  if (segment === "") return ["has an empty segment", "Write one slash."];
  if (segment === ".") return ['has a segment "."', "One file has one spelling: leave it out."];
  if (segment === "..") return ['has a segment ".."', "Stay inside the repository."];
  if (/^\.git/i.test(segment)) {
    return ["reaches what git or its host obeys", 'Use a name that does not begin with ".git".'];
  }
  if (segment.normalize("NFC") !== segment) {
    return ["is not in Unicode form NFC", "Use ASCII letters, digits and ._@+=,- only."];
  }
  if (!portable.test(segment)) {
    return [
      "holds a character that not every file system and shell takes literally",
      "Use ASCII letters, digits and ._@+=,- only.",
    ];
  }
  if (segment.startsWith("-")) {
    return ['has a segment that begins with "-"', "Programs would take it for an option."];
  }
  if (segment.endsWith(".")) {
    return ["has a segment that ends in a dot", "Windows drops it: leave it out."];
  }
  if (deviceName.test(segment)) {
    return ["has a segment that is a device name on Windows", "Choose another name."];
  }
  if (segment.length > longestSegment) {
    return [`has a segment longer than ${longestSegment} bytes`, "Shorten it."];
  }
  return undefined;
}

function invalidPath(text: unknown, at: string, [problem, remedy]: PathProblem): Finding {
  const given = typeof text === "string" ? JSON.stringify(text) : `A ${typeof text}`;
  const shown = given.length > 200 ? `${given.slice(0, 200)}…` : given;
  return {
    code: "INVALID_PATH",
    path: at,
    problem: `${shown} ${problem}.`,
    remedy,
  };
}
