import type { RepositoryDirectories } from "../../../graph/references/directory-findings.js";
import { directoryUses } from "../../../graph/references/directory-findings.js";
import type { PlacedCluster } from "../../../graph/references/placed-objects.js";
import { writtenPlaces } from "../../layer/directories.js";
import type { FleetModel } from "../model.js";
import type { RenderedFleet } from "../rendered.js";
import { documentValues } from "./document-values.js";
import { isListing } from "./directories.js";
import { pathFrom } from "./paths.js";

/** The directories of the repository: those that people wrote, and those that are rendered. */
export function repositoryDirectories(
  model: FleetModel,
  rendered: RenderedFleet,
  texts: ReadonlyMap<string, string>,
  clusters: readonly PlacedCluster[],
): RepositoryDirectories {
  const known = new Map<string, boolean>();
  const exists = (directory: string): boolean => {
    const found =
      known.get(directory) ??
      (directory === "" ||
        rendered.files.some(({ path }) => path.startsWith(`${directory}/`)) ||
        [...texts.keys()].some((path) => path.startsWith(`${directory}/`)));
    known.set(directory, found);
    return found;
  };
  const listings = new Map(
    [...texts.keys()].filter(isListing).map((path) => [folderOf(path), path]),
  );
  const roots = model.clusters.flatMap(({ layers, environment }) =>
    layers.flatMap(({ name, part: { args } }) =>
      writtenPlaces({ name, args }, environment).map(({ directory }) =>
        directory === "." ? "" : directory,
      ),
    ),
  );
  const applied = clusters.flatMap((cluster) =>
    directoryUses(cluster).map(({ directory }) => directory),
  );
  const reached = reachedFrom([...roots, ...applied], texts, listings);
  return { exists, listed: [...listings.keys()].sort(), reached };
}

/** Every listed directory that one of the given ones takes in, as far as the listings lead. */
function reachedFrom(
  roots: readonly string[],
  texts: ReadonlyMap<string, string>,
  listings: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...roots];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    if (reached.has(directory)) continue;
    reached.add(directory);
    const at = directory;
    const file = listings.get(at);
    // Without a kustomization file Flux takes everything below.
    open.push(
      ...(file === undefined
        ? [...listings.keys()].filter((path) => path.startsWith(at === "" ? "" : `${at}/`))
        : entriesOf(texts.get(file) ?? "").map((entry) => pathFrom(at, entry))),
    );
  }
  return reached;
}

function entriesOf(text: string): readonly string[] {
  const [value] = documentValues(text);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, list]) =>
    ["resources", "components", "bases"].includes(key) && Array.isArray(list)
      ? list.filter((entry): entry is string => typeof entry === "string")
      : [],
  );
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}
