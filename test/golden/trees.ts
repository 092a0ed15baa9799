import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RenderedFleet } from "../../core.js";
import { renderFleet } from "../../core.js";
import { fleetContext, wholeFleet } from "../fixtures/fleets.js";

/** The fleets whose trees are kept here, by the name of their folder. */
export const goldenFleets: Readonly<Record<string, () => RenderedFleet>> = {
  "two-clusters": () => renderFleet("acme", wholeFleet(), fleetContext()),
};

/** Where the tree of a fleet is kept. */
export function goldenDirectory(name: string): string {
  return join(__dirname, name);
}

/**
 * A rendered tree as it is kept: our files as they are, of what comes from Flux only the hash. The
 * record is kept as the ownership file would hold it.
 */
export function keptTree(fleet: RenderedFleet): ReadonlyMap<string, string> {
  const files = fleet.files.map(({ path, text }): [string, string] =>
    path.endsWith("/gotk-components.yaml")
      ? [`${path}.sha256`, `${createHash("sha256").update(text).digest("hex")}\n`]
      : [path, text],
  );
  return new Map([...files, ["record.json", `${JSON.stringify(fleet.record, null, 2)}\n`]]);
}

/** Every file below a directory by its path, sorted; none when the directory is missing. */
export function readTree(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  return new Map(entries.map((path) => [path, readFileSync(join(directory, path), "utf8")]));
}

/** Replaces a directory by a tree. */
export function writeTree(directory: string, tree: ReadonlyMap<string, string>): void {
  rmSync(directory, { recursive: true, force: true });
  for (const [path, text] of tree) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}
