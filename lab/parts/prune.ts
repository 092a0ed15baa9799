import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { removeTree } from "./extract.js";
import { dataNames, partNames } from "./parts.js";
import { dataPath, labHome, partPath } from "./paths.js";

/**
 * Removes parts and data that this checkout's pins no longer name. Never done by itself: another checkout may share the
 * folder and still use them.
 * @returns the removed folders
 */
export function pruneParts(): string[] {
  const current = new Set([
    ...partNames.map((name) => path.dirname(partPath(name))),
    ...dataNames.map(dataPath),
  ]);
  const found = ["parts", "data"].flatMap((kind) => {
    const folder = path.join(labHome(), kind);
    return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
  });
  const stale = found.filter((folder) => !current.has(folder));
  for (const folder of stale) removeTree(folder);
  return stale;
}
