import { diffFields, ownershipPath, readHead } from "../../repository/index.js";
import type { HeadReader, Remote } from "../../repository/index.js";
import { owner } from "./declaration.js";
import { fitted, print } from "./screen.js";

/** The branch as Git had it at one moment. */
export interface Snapshot {
  readonly commit: string | undefined;
  /** Blob ids by path. */
  readonly blobs: ReadonlyMap<string, string>;
}

/** Reads the branch now. */
export async function snapshot(remote: Remote): Promise<Snapshot> {
  return withHead(remote, ({ head }) => Promise.resolve(snapshotOf(head)));
}

/**
 * Prints what the commits since a snapshot changed, as Git has it.
 * @param reported - the commit that `up` reported
 * @throws Error when Git has another one
 */
export async function showCommit(
  remote: Remote,
  before: Snapshot,
  reported: string,
): Promise<void> {
  await withHead(remote, async (reader) => {
    const after = snapshotOf(reader.head);
    if (after.commit !== reported) {
      throw new Error(
        `up reported commit ${reported}, but the branch is at ${after.commit ?? "-"}.`,
      );
    }
    const touch = await reader.lastTouch(ownershipPath(owner));
    print(
      `commit ${reported}`,
      `author ${touch?.author ?? ""}`,
      `       ${touch?.subject ?? ""}`,
      "",
    );
    const paths = [...new Set([...before.blobs.keys(), ...after.blobs.keys()])]
      .filter((path) => before.blobs.get(path) !== after.blobs.get(path))
      .sort();
    if (before.commit === undefined) {
      print(`${String(paths.length)} files added to an empty repository.`);
      return;
    }
    const originals = await reader.readBlobs(paths.flatMap((path) => before.blobs.get(path) ?? []));
    for (const path of paths.filter((one) => one !== ownershipPath(owner))) {
      const [old, now] = [originals.get(before.blobs.get(path) ?? ""), await reader.readText(path)];
      print(fitted(path), ...diffFields(old, now, { limit: 5 }).map((line) => fitted(`  ${line}`)));
    }
    print(ownershipPath(owner), "  the record of what the fleet owns");
  });
}

function snapshotOf({ commit, files }: HeadReader["head"]): Snapshot {
  return { commit, blobs: new Map([...files].map(([path, { blob }]) => [path, blob])) };
}

async function withHead<T>(remote: Remote, use: (reader: HeadReader) => Promise<T>): Promise<T> {
  const reader = await readHead(remote, owner);
  try {
    return await use(reader);
  } finally {
    await reader.dispose();
  }
}
