import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { directoryReader } from "../components/fleet/hand-written/directories.js";
import type { WrittenDirectory } from "../components/fleet/hand-written/directories.js";
import type { RecordedCluster } from "../graph/changes/ownership.js";
import { parseFleetRecord } from "../graph/changes/ownership.js";
import { ownershipFolder, parseOwnership } from "../repository/ownership-file.js";
import { UsageError } from "./arguments.js";

/** A cluster as the checkout has it. */
export interface CheckedOutCluster extends RecordedCluster {
  readonly name: string;
}

/** A checkout of a fleet repository. */
export interface Checkout {
  /** Every cluster of every fleet in it that has not left, by name. */
  readonly clusters: readonly CheckedOutCluster[];
  /** What a directory, without leading `./`, makes Flux apply. */
  read(directory: string): WrittenDirectory;
}

/** The text of Flux itself: many thousand lines per cluster, without one object of its own kinds. */
const fluxItself = /(^|\/)flux-system\/gotk-components\.yaml$/;

/**
 * Reads a checkout.
 *
 * @throws UsageError when the directory is no fleet repository
 * @throws FleetError `OWNERSHIP_DAMAGED`
 */
export function openCheckout(tree: string): Checkout {
  const clusters = ownershipFiles(tree).flatMap((path) => {
    const { record } = parseOwnership(readFileSync(join(tree, path), "utf8"), path);
    return Object.entries(parseFleetRecord(record, path).clusters)
      .filter(([, { retired }]) => retired !== true)
      .map(([name, cluster]) => ({ name, ...cluster }));
  });
  const read = directoryReader(manifestTexts(tree));
  return { clusters: clusters.sort((a, b) => (a.name < b.name ? -1 : 1)), read };
}

function ownershipFiles(tree: string): readonly string[] {
  let entries: readonly string[] = [];
  try {
    entries = readdirSync(join(tree, ownershipFolder));
  } catch {
    // Said below, together with an empty folder.
  }
  const files = entries.filter((name) => name.endsWith(".json")).sort();
  if (files.length === 0) {
    throw new UsageError(
      `${JSON.stringify(tree)} is no checkout of a fleet repository: it has no ${ownershipFolder}/*.json. Give one with --tree.`,
    );
  }
  return files.map((name) => `${ownershipFolder}/${name}`);
}

/** Texts of the manifests of a tree by path. Links are not followed: Flux does not, either. */
function manifestTexts(tree: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(tree, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== ".git" && entry.name !== "node_modules") walk(path);
      } else if (entry.isFile() && /\.ya?ml$|(^|\/)Kustomization$/.test(path)) {
        texts.set(path, fluxItself.test(path) ? "" : readFileSync(join(tree, path), "utf8"));
      }
    }
  };
  if (statSync(tree).isDirectory()) walk("");
  return texts;
}
