import type { HeadReader } from "../../repository/index.js";
import { environmentPlaceholder, isRendered, layerRoot } from "../layer/directories.js";
import type { LayerPart } from "../layer/layer.js";
import type { FleetDeclaration } from "./fleet.js";

const manifestFile = /(?:\.ya?ml|\/Kustomization)$/;

/**
 * Texts of the files at the head that people wrote for the layers, by path, so that they are audited
 * with everything else. Read is what lies below the first folder of a layer's directory, because an
 * overlay takes its base from beside it. Undefined when there is nothing to look into, or no way to.
 */
export async function handWrittenFiles(
  { layers = [] }: FleetDeclaration,
  reader: HeadReader | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (reader === undefined || layers.length === 0) return undefined;
  const folders = new Set(layers.flatMap(directoriesOf).map(firstFolder));
  const owned = reader.head.ownership?.paths ?? {};
  const paths = [...reader.head.files.keys()].filter(
    (path) =>
      manifestFile.test(path) &&
      !Object.hasOwn(owned, path) &&
      (folders.has(firstFolder(path)) || folders.has(".")),
  );
  return reader.readTexts(paths);
}

/** Every directory that a layer takes from people, in whatever environment. */
function directoriesOf({ name, args }: LayerPart): readonly string[] {
  if (!isRendered(args)) return [layerRoot({ name, args })];
  const contents = [args.base, ...Object.values(args.overlays ?? {})];
  return contents.flatMap((content) => content?.directories ?? []);
}

/** The first folder of a path, or "." when it may be any. */
function firstFolder(path: string): string {
  const folder = path.replace(/^\.\//, "").split("/")[0] ?? "";
  return folder === "" || folder.includes(environmentPlaceholder) ? "." : folder;
}
