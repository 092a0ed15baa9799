import type { Declaration } from "./compare.js";
import type { HeadReader } from "./head.js";
import type { MarkerTexts } from "./markers.js";
import { markerPaths } from "./markers.js";
import { blobId } from "./object-id.js";

/** Reads what is needed to merge markers: nothing when no file has one, or all are as we wrote them. */
export async function readMarkerTexts(
  reader: HeadReader,
  { files }: Pick<Declaration, "files">,
): Promise<MarkerTexts> {
  const { head } = reader;
  const paths = markerPaths(files, head);
  const texts = new Map(paths.size === 0 ? [] : files.map(({ path, text }) => [path, text]));
  const [moved, gone]: [string[], string[]] = [[], []];
  const written = new Map<string, string>();
  for (const path of paths) {
    const blob = head.published?.paths[path];
    const entry = head.files.get(path);
    if (entry === undefined) {
      if (blob !== undefined) gone.push(path);
      continue;
    }
    const text = texts.get(path);
    if (text === undefined || entry.blob !== blobId(text)) moved.push(path);
    if (blob !== undefined && entry.blob !== blob) written.set(path, blob);
  }
  const blobs = written.size === 0 ? new Map() : await reader.readBlobs(written.values());
  return {
    atHead: moved.length === 0 ? new Map() : await reader.readTexts(moved),
    published: new Map(
      [...written].flatMap(([path, blob]) => {
        const text = blobs.get(blob) as string | undefined;
        return text === undefined ? [] : [[path, text] as const];
      }),
    ),
    deleted: await reader.readDeleted(gone),
  };
}
