import type { Finding } from "../errors.js";
import { inPathOrder } from "../errors.js";
import type { Head, HeadFile } from "./head.js";
import type { SettledMarkers } from "./markers.js";
import { neighbourConflicts } from "./neighbours.js";
import { nextOwnership } from "./next-ownership.js";
import { refusedFiles } from "./declared-paths.js";
import { blobId, treeIdOfBlobs } from "./object-id.js";
import type { DeclaredFile } from "./object-id.js";
import type { Ownership } from "./ownership-file.js";
import { formatOwnership, ownershipPath } from "./ownership-file.js";

/** Everything one owner declares for a repository. */
export interface Declaration {
  readonly owner: string;
  /** Name and version of the library that rendered the files. */
  readonly renderer: string;
  /** Without the ownership file, which is added here. */
  readonly files: readonly DeclaredFile[];
  /** Directories in which no file may be left, because what reads them would delete the rest. @default none */
  readonly emptied?: readonly string[];
  /** JSON kept in the ownership file for the fleet model. @default null */
  readonly record?: unknown;
}

/** What the user allowed by name. */
export interface Permissions {
  /** Existing files of nobody that may be taken over. */
  readonly adopt?: readonly string[];
  /** Owned files whose human edit may be overwritten. */
  readonly restore?: readonly string[];
}

/** What a commit would do, in path order. */
export interface Change {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Files whose text depends on a value that is not known yet. */
  readonly unknown: readonly string[];
  /** How many files stay as they are, the ownership file included. */
  readonly unchanged: number;
  readonly isEmpty: boolean;
}

/** An owned file that is at the head what nobody of us wrote. */
export interface Edit {
  readonly path: string;
  readonly kind: "changed" | "deleted" | "brought back";
}

/** The outcome of {@link compareWithHead}. */
export interface Comparison {
  readonly change: Change;
  /** Everything that forbids the change, edits excepted; warnings included. */
  readonly findings: readonly Finding[];
  /** Human edits that stop the change; who made them is found by `planChange`. */
  readonly edits: readonly Edit[];
  /** The ownership record that goes with the change; its text is what is committed. */
  readonly ownership: Ownership;
  /** The text of every file to write, ownership file included. */
  readonly writes: ReadonlyMap<string, string>;
  /** Git's name for the tree of all declared files, without the ownership file. */
  readonly tree: string;
}

/**
 * Compares what is declared with a head, without asking anybody. Only paths in the ownership
 * record are ever removed; a file that is not in it is never touched without `adopt`.
 *
 * @param markers - what image automation wrote; its merged files are compared instead of the declared ones.
 * By default nothing is merged
 */
export function compareWithHead(
  declaration: Declaration,
  head: Head,
  permissions: Permissions = {},
  markers?: SettledMarkers,
): Comparison {
  const files = markers?.files ?? declaration.files;
  const refused = refusedFiles(files);
  const findings: Finding[] = [...refused.values()];
  const accepted = files.filter(({ path }) => !refused.has(path));
  const declared = new Map(accepted.map((file) => [file.path, file]));
  const adopt = new Set(permissions.adopt);
  const restore = new Set(permissions.restore);
  const edits: Edit[] = [];
  const lists = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
  const unknown: string[] = [];
  const restored = new Set<string>();
  const writes = new Map<string, string>();
  const blobs: Record<string, string> = {};
  let unchanged = 0;

  const recorded = head.published?.paths ?? {};
  const expected = (path: string): string | undefined =>
    markers?.automated.get(path) ?? recorded[path];
  const owned = new Set([...Object.keys(recorded), ...Object.keys(head.ownership?.paths ?? {})]);
  for (const path of new Set([...declared.keys(), ...owned])) {
    const file = declared.get(path);
    const entry = head.files.get(path);
    const text = file?.text;
    const want = text === undefined ? undefined : blobId(text);
    if (want !== undefined) blobs[path] = want;
    const refusal =
      entry === undefined
        ? undefined
        : notOurs(path, entry, owned.has(path), head, declaration.owner);
    if (refusal !== undefined && !(refusal.code === "PATH_NOT_ADOPTED" && adopt.has(path))) {
      if (file !== undefined || refusal.code === "NOT_A_FILE") findings.push(refusal);
      continue;
    }
    if (file?.unknown === true) {
      unknown.push(path);
      continue;
    }
    const have = entry?.mode === "100644" ? entry.blob : entry && `${entry.mode} ${entry.blob}`;
    if (have === want) {
      if (want !== undefined) unchanged += 1;
      continue;
    }
    if (owned.has(path) && have !== expected(path)) {
      restored.add(path);
      if (!restore.has(path)) {
        edits.push({ path, kind: editKind(have, expected(path)) });
        continue;
      }
    }
    const list = want === undefined ? "removed" : have === undefined ? "added" : "changed";
    lists[list].push(path);
    if (text !== undefined) writes.set(path, text);
  }
  for (const path of restore) if (!restored.has(path)) findings.push(restoreUnused(path));
  findings.push(...leftBehind(declaration.emptied ?? [], head, owned));
  findings.push(...neighbourConflicts([...declared.keys()], head.files.keys(), owned));

  const { owner } = declaration;
  if (head.renamedFrom !== undefined) lists.removed.push(head.renamedFrom);
  const { ownership, change: ownershipChange } = nextOwnership(declaration, head, {
    ...{ blobs, markers },
    isSettled: Object.values(lists).every((list) => list.length === 0),
    hasUnknown: unknown.length > 0,
  });
  if (ownershipChange === "unchanged") unchanged += 1;
  else {
    lists[ownershipChange].push(ownershipPath(owner));
    writes.set(ownershipPath(owner), formatOwnership(ownership));
  }
  const change: Change = {
    added: lists.added.sort(),
    changed: lists.changed.sort(),
    removed: lists.removed.sort(),
    unknown: unknown.sort(),
    unchanged,
    isEmpty: Object.values(lists).every((list) => list.length === 0) && unknown.length === 0,
  };
  const tree = treeIdOfBlobs(Object.entries(blobs));
  edits.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { change, findings: inPathOrder(findings), edits, ownership, writes, tree };
}

function editKind(have: string | undefined, expected: string | undefined): Edit["kind"] {
  if (have === undefined) return "deleted";
  return expected === undefined ? "brought back" : "changed";
}

function notOurs(
  path: string,
  { mode }: HeadFile,
  isOwned: boolean,
  head: Head,
  owner: string,
): Finding | undefined {
  const refuse = (code: Finding["code"], problem: string, remedy: string): Finding => ({
    code,
    path,
    problem,
    remedy,
  });
  if (mode !== "100644" && mode !== "100755") {
    const kind = mode === "120000" ? "a symbolic link" : "a submodule";
    return refuse("NOT_A_FILE", `The repository has ${kind} here.`, `Remove it in a commit.`);
  }
  // What another owner's file lists is theirs, unless ours lists it too: a Fleet may have been renamed.
  const isListed = head.ownership !== undefined && Object.hasOwn(head.ownership.paths, path);
  const other = isListed
    ? undefined
    : [...head.otherOwners].find(([, paths]) => paths.has(path))?.[0];
  if (isOwned && other === undefined) return undefined;
  if (other !== undefined) {
    const problem = `Owner "${owner}" declares this file, but owner "${other}" has it.`;
    return refuse("PATH_OWNED_BY_OTHER", problem, "Declare it in one of the two fleets only.");
  }
  const remedy = `Add "${path}" to adopt to take it over, or declare another path.`;
  return refuse("PATH_NOT_ADOPTED", "This file exists already and nobody owns it.", remedy);
}

function leftBehind(
  directories: readonly string[],
  { files }: Head,
  owned: ReadonlySet<string>,
): readonly Finding[] {
  return directories.flatMap((directory) =>
    [...files.keys()]
      .filter((path) => path.startsWith(`${directory}/`) && !owned.has(path))
      .map((path) => ({
        code: "DIRECTORY_NOT_EMPTY" as const,
        path,
        problem: `It is a file of others in "${directory}". As long as that exists, Flux applies what is left of it and deletes the rest.`,
        remedy: "Move the file elsewhere in a commit of its own first.",
      })),
  );
}

function restoreUnused(path: string): Finding {
  return {
    code: "RESTORE_UNUSED",
    path,
    problem: "restore names this path, but nobody edited it.",
    remedy: "Take it out of restore, or the next edit is overwritten unseen.",
    severity: "warning",
  };
}
