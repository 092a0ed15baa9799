import { isOfKind } from "../../../graph/references/flux-kinds.js";
import { fieldsOf, textOf } from "../../../graph/references/references.js";
import type { HeadReader } from "../../../repository/index.js";
import { environmentPlaceholder, isRendered, layerRoot } from "../../layer/directories.js";
import type { LayerPart } from "../../layer/layer.js";
import type { FleetDeclaration } from "../fleet.js";
import { documentValues } from "./document-values.js";
import { isListing } from "./directories.js";
import { namedFiles } from "./kustomize-sources.js";

const manifestFile = /(?:\.ya?ml|\/Kustomization)$/;

/**
 * Texts of the files at the head that people wrote for the layers, by path, so that they are audited
 * with everything else. Read is what lies below the first folder of a layer's directory, because an
 * overlay takes its base from beside it, below those that Kustomizations in there apply in turn, and
 * every file that a kustomization file names: secrets may be in any of them.
 * Undefined when there is nothing to look into, or no way to.
 */
export async function handWrittenFiles(
  { layers = [] }: FleetDeclaration,
  reader: HeadReader | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (reader === undefined || layers.length === 0) return undefined;
  const owned = reader.head.ownership?.paths ?? {};
  const isWritten = (path: string): boolean =>
    reader.head.files.has(path) && !Object.hasOwn(owned, path);
  const written = [...reader.head.files.keys()].filter(
    (path) => manifestFile.test(path) && isWritten(path),
  );
  const texts = new Map<string, string>();
  const read = new Set<string>();
  let folders = new Set(layers.flatMap(directoriesOf).map(firstFolder));
  while (folders.size > 0) {
    const paths = written.filter(
      (path) => !texts.has(path) && (folders.has(firstFolder(path)) || folders.has(".")),
    );
    const found = await reader.readTexts(paths);
    for (const folder of folders) read.add(folder);
    for (const [path, text] of found) texts.set(path, text);
    const named = [...found].flatMap(([path, text]) =>
      isListing(path) ? filesIn(text, path) : [],
    );
    const others = named.filter((path) => !texts.has(path) && isWritten(path));
    for (const [path, text] of await reader.readTexts(others)) texts.set(path, text);
    const next = [...found.values()].flatMap(appliedDirectories).map(firstFolder);
    folders = new Set(next.filter((folder) => !read.has(folder) && !read.has(".")));
  }
  return texts;
}

/** The files that a kustomization file names; none when it cannot be read, which is found later. */
function filesIn(text: string, listing: string): readonly string[] {
  return namedFiles(fieldsOf(documentValues(text)[0]), listing);
}

/** What the Flux Kustomizations in a file may apply; more than they do is no harm. */
function appliedDirectories(text: string): readonly string[] {
  if (!text.includes("kustomize.toolkit.fluxcd.io")) return [];
  return [...text.matchAll(/^\s+path:\s*["']?([^"'\s#]+)/gm)].map(([, path = ""]) => path);
}

/** Every directory that a layer takes from people, or lets a Kustomization apply, in whatever environment. */
function directoriesOf({ name, args }: LayerPart<string>): readonly string[] {
  if (!isRendered(args)) return [layerRoot({ name, args })];
  const contents = [args.base, ...Object.values(args.overlays ?? {})];
  return contents.flatMap((content) => [
    ...(content?.directories ?? []),
    ...(content?.objects ?? []).flatMap((object) =>
      isOfKind(object, "Kustomization") ? [textOf(object, "spec.path") ?? "./"] : [],
    ),
  ]);
}

/** The first folder of a path, or "." when it may be any. */
function firstFolder(path: string): string {
  const folder = path.replace(/^\.\//, "").split("/")[0] ?? "";
  return folder === "" || folder.includes(environmentPlaceholder) ? "." : folder;
}
