import { createHash } from "node:crypto";

/** A file as the tree declares it; always an ordinary, non-executable file in UTF-8. */
export interface DeclaredFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text depends on a value that is not known yet (a preview). @default false */
  readonly unknown?: boolean;
}

/** The name git gives to a file with this text (SHA-1). */
export function blobId(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return objectId("blob", [bytes]);
}

/**
 * The name git gives to the tree of exactly these files, so that one value stands for all of them.
 * The order of the files does not matter.
 */
export function treeId(files: Iterable<Pick<DeclaredFile, "path" | "text">>): string {
  return treeIdOfBlobs([...files].map(({ path, text }) => [path, blobId(text)] as const));
}

/** As {@link treeId}, from paths and the names of their contents. */
export function treeIdOfBlobs(blobs: Iterable<readonly [path: string, blob: string]>): string {
  const root: Directory = new Map();
  for (const [path, blob] of blobs) {
    const segments = path.split("/");
    const name = segments.pop() ?? path;
    let directory = root;
    for (const segment of segments) {
      const known = directory.get(segment);
      const next: Directory = known instanceof Map ? known : new Map<string, string | Directory>();
      directory.set(segment, next);
      directory = next;
    }
    directory.set(name, blob);
  }
  return directoryId(root);
}

type Directory = Map<string, string | Directory>;

function directoryId(directory: Directory): string {
  const entries = [...directory].map(([name, content]) => {
    const isDirectory = content instanceof Map;
    return {
      // Git sorts by bytes, as if the name of a directory ended in a slash.
      order: Buffer.from(isDirectory ? `${name}/` : name, "utf8"),
      head: Buffer.from(`${isDirectory ? "40000" : "100644"} ${name}\0`, "utf8"),
      id: Buffer.from(isDirectory ? directoryId(content) : content, "hex"),
    };
  });
  entries.sort((a, b) => Buffer.compare(a.order, b.order));
  return objectId(
    "tree",
    entries.flatMap(({ head, id }) => [head, id]),
  );
}

function objectId(type: "blob" | "tree", chunks: readonly Buffer[]): string {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const hash = createHash("sha1").update(`${type} ${String(size)}\0`);
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
