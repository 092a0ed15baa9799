import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import type { Clone } from "./clone.js";
import { openClone } from "./clone.js";
import { treeIdOfBlobs } from "./object-id.js";
import type { Ownership } from "./ownership-file.js";
import { ownerOf, ownershipPath, parseOwnership } from "./ownership-file.js";
import type { Remote } from "./remote.js";

/** One entry of the tree at the head. */
export interface HeadFile {
  readonly blob: string;
  /** `100644` an ordinary file, `100755` executable, `120000` a symbolic link, `160000` a submodule. */
  readonly mode: string;
}

/** A branch as it was read, once. */
export interface Head {
  /** Undefined when the branch does not exist yet. */
  readonly commit: string | undefined;
  readonly files: ReadonlyMap<string, HeadFile>;
  /** The ownership file at the head. */
  readonly ownership: Ownership | undefined;
  /** Path of the ownership file of the owner's former name; present when that is the one at the head. */
  readonly renamedFrom?: string;
  /** The last commit that changed the ownership file, whoever made it. */
  readonly ownershipCommit: string | undefined;
  /**
   * What our own last commit recorded. Differs from `ownership` when a later commit of somebody
   * else, such as a revert, changed the ownership file.
   */
  readonly published: Ownership | undefined;
  /** Paths of every other owner in this repository. */
  readonly otherOwners: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Who touched a path last. */
export interface Touch {
  readonly commit: string;
  readonly author: string;
  /** ISO 8601, as the author's clock said. */
  readonly date: string;
  readonly subject: string;
}

/** A head, and questions about its contents and history. Call `dispose` when done. */
export interface HeadReader {
  readonly head: Head;
  /** The text of one file at the head; undefined when there is none. */
  readText(path: string): Promise<string | undefined>;
  /** Texts of several files at the head, in one exchange with the server; absent files are left out. */
  readTexts(paths: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  /** Texts that were in the repository at any time, by git's names; unreadable ones are left out. */
  readBlobs(ids: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  /** Texts of files that are not at the head, from before they were last deleted; those that never were are left out. */
  readDeleted(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Tells whether `commit` is `ancestor` itself or has it in its history; false for unknown commits. */
  isDescendant(commit: string, ancestor: string): Promise<boolean>;
  /** The last commit at the head that touched a path, also one that deleted it. */
  lastTouch(path: string): Promise<Touch | undefined>;
  dispose(): Promise<void>;
}

/** The trailer that marks a commit as ours; its value is the tree of all owned files. */
export const treeTrailer = "Flux-Fleet-Tree";

/**
 * Reads the head of a branch into a temporary bare clone with its whole history but without file
 * texts. An empty repository or a missing branch is a head without commit.
 *
 * @param options - `formerly`: the owner's former name, whose ownership file counts when there is none
 * of the present name
 * @throws FleetError when the remote cannot be read or an ownership file is damaged.
 */
export async function readHead(
  remote: Remote,
  owner: string,
  options: { readonly signal?: AbortSignal; readonly formerly?: string | undefined } = {},
): Promise<HeadReader> {
  ownershipPath(owner);
  const clone = await openClone(remote, options.signal);
  try {
    return await readHeadOf(clone, owner, options.formerly);
  } catch (error) {
    await clone.dispose();
    throw error;
  }
}

/** Reads the head again in a clone that is open already; `dispose` removes that clone. */
export async function readHeadOf(
  clone: Clone,
  owner: string,
  formerly?: string,
): Promise<HeadReader> {
  const head = await snapshot(clone, owner, formerly);
  const readTexts: HeadReader["readTexts"] = async (paths) => {
    const wanted = new Map<string, string>();
    for (const path of paths) {
      const entry = head.files.get(path);
      if (entry !== undefined && entry.mode !== "160000") wanted.set(path, entry.blob);
    }
    if (wanted.size === 0) return new Map();
    const texts = await clone.readBlobs(wanted.values());
    return new Map([...wanted].map(([path, blob]) => [path, texts.get(blob) ?? ""]));
  };
  return {
    head,
    readTexts,
    readBlobs: async (ids) => {
      try {
        return await clone.readBlobs(ids);
      } catch (error) {
        if (FleetError.is(error)) return new Map(); // history was rewritten: they are gone
        throw error;
      }
    },
    readDeleted: async (paths) => {
      if (head.commit === undefined || paths.length === 0) return new Map();
      const blobs = await deletedBlobs(clone, head.commit, paths);
      const texts = await clone.readBlobs(blobs.values());
      return new Map([...blobs].map(([path, blob]) => [path, texts.get(blob) ?? ""]));
    },
    readText: async (path) => (await readTexts([path])).get(path),
    isDescendant: async (commit, ancestor) => {
      if (![commit, ancestor].every((id) => /^[0-9a-f]{40}$/u.test(id))) return false;
      return (await clone.try(["merge-base", "--is-ancestor", ancestor, commit])).code === 0;
    },
    lastTouch: async (path) => (await touches(clone, head.commit, path, 1))[0],
    dispose: async () => {
      await clone.dispose();
    },
  };
}

async function snapshot(clone: Clone, owner: string, formerly?: string): Promise<Head> {
  const commit = await clone.fetchHead();
  const files = commit === undefined ? new Map<string, HeadFile>() : await listTree(clone, commit);
  const isRenamed =
    formerly !== undefined &&
    files.has(ownershipPath(formerly)) &&
    !files.has(ownershipPath(owner));
  const ownPath = ownershipPath(isRenamed ? formerly : owner);
  const { ownership, otherOwners } = await readOwners(clone, files, isRenamed ? formerly : owner);
  const [last] = await touches(clone, commit, ownPath, 1);
  const published = await lastPublished(clone, commit, ownPath, ownership, last);
  return {
    ...{ commit, files, ownership, ownershipCommit: last?.commit, published, otherOwners },
    ...(isRenamed ? { renamedFrom: ownPath } : {}),
  };
}

async function listTree(clone: Clone, commit: string): Promise<Map<string, HeadFile>> {
  const output = await clone.git(["ls-tree", "-r", "-z", "--full-tree", commit]);
  const files = new Map<string, HeadFile>();
  for (const line of output.toString("utf8").split("\0")) {
    const tab = line.indexOf("\t");
    if (tab < 0) continue;
    files.set(line.slice(tab + 1), { mode: line.slice(0, 6), blob: line.slice(tab - 40, tab) });
  }
  return files;
}

async function readOwners(
  clone: Clone,
  files: ReadonlyMap<string, HeadFile>,
  owner: string,
): Promise<Pick<Head, "ownership" | "otherOwners">> {
  const found = [...files].flatMap(([path, { blob }]) => {
    const name = ownerOf(path);
    return name === undefined ? [] : [{ path, blob, name }];
  });
  const otherOwners = new Map<string, ReadonlySet<string>>();
  if (found.length === 0) return { ownership: undefined, otherOwners };
  const texts = await clone.readBlobs(found.map(({ blob }) => blob));
  const findings: Finding[] = [];
  let ownership: Ownership | undefined;
  for (const { path, blob, name } of found) {
    try {
      const parsed = parseOwnership(texts.get(blob) ?? "", path);
      if (name === owner) ownership = parsed;
      else otherOwners.set(name, new Set(Object.keys(parsed.paths)));
    } catch (error) {
      if (!FleetError.is(error)) throw error;
      findings.push(...error.findings);
    }
  }
  if (findings.length > 0) throw new FleetError(findings);
  return { ownership, otherOwners };
}

interface TouchWithBody extends Touch {
  readonly body: string;
}

async function touches(
  clone: Clone,
  commit: string | undefined,
  path: string,
  limit: number,
): Promise<readonly TouchWithBody[]> {
  if (commit === undefined) return [];
  const format = "--format=%H%x00%an <%ae>%x00%aI%x00%s%x00%B%x00%x01";
  const range = ["-z", "--no-show-signature", `--max-count=${String(limit)}`, format, commit];
  const output = await clone.git(["log", ...range, "--", path]);
  return output
    .toString("utf8")
    .split("\0\u0001")
    .flatMap((entry) => {
      const [id, author, date, subject, body] = entry.replace(/^\0/u, "").split("\0");
      if (id === undefined || body === undefined) return [];
      return [{ commit: id, author: author ?? "", date: date ?? "", subject: subject ?? "", body }];
    });
}

async function deletedBlobs(
  clone: Clone,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const range = ["--first-parent", "-m", "--no-renames", "--diff-filter=D", commit, "--stdin"];
  const output = await clone.git(["log", "--raw", "-z", "--no-abbrev", "--format=", ...range], {
    input: ["--\n", ...paths.flatMap((path) => (path.includes("\n") ? [] : `${path}\n`))],
  });
  const blobs = new Map<string, string>();
  for (const [, mode, blob, path] of output
    .toString("utf8")
    .matchAll(/:(\d{6}) 000000 ([0-9a-f]{40}) 0{40} D\0([^\0]*)\0/gu)) {
    // The newest comes first.
    if (mode === "100644" && blob !== undefined && path !== undefined && !blobs.has(path)) {
      blobs.set(path, blob);
    }
  }
  return blobs;
}

/**
 * A commit is ours when its trailer names the tree of what its ownership file lists. A revert or
 * a hand-made change of that file has no such trailer; then the last commit of ours tells what
 * was published, so that everything the other commit touched counts as a human's edit.
 */
async function lastPublished(
  clone: Clone,
  commit: string | undefined,
  path: string,
  atHead: Ownership | undefined,
  last: TouchWithBody | undefined,
): Promise<Ownership | undefined> {
  if (commit === undefined || last === undefined) return undefined;
  // A commit of ours took the file away: the owner was renamed.
  if (atHead === undefined && trailerOf(last.body) !== undefined) return undefined;
  if (
    atHead !== undefined &&
    trailerOf(last.body) === treeIdOfBlobs(Object.entries(atHead.paths))
  ) {
    return atHead;
  }
  const ours = (await touches(clone, commit, path, 1000))
    .slice(1)
    .find(({ body }) => trailerOf(body));
  if (ours === undefined) return atHead;
  const listed = await clone.git(["ls-tree", "-z", "--full-tree", ours.commit, "--", path]);
  const blob = / blob ([0-9a-f]{40})\t/u.exec(listed.toString("utf8"))?.[1];
  if (blob === undefined) return atHead;
  return parseOwnership((await clone.readBlobs([blob])).get(blob) ?? "", path);
}

function trailerOf(message: string): string | undefined {
  const found = [...message.matchAll(new RegExp(`^${treeTrailer}: ([0-9a-f]{40})$`, "gmu"))];
  return found.at(-1)?.[1];
}
