import type { Finding } from "../../errors.js";
import { isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import { objectTitle } from "../objects.js";
import type { DirectoryClaim } from "../overlaps.js";
import { isWithin, overlaps } from "../overlaps.js";
import type { PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { textOf, valuesAt } from "./references.js";

/** The directories of the fleet repository, as it will be with the commit. */
export interface RepositoryDirectories {
  /** Whether there is a file below the directory; "" is the whole repository. */
  readonly exists: (directory: string) => boolean;
  /** Directories with a kustomization file that people wrote. */
  readonly listed: readonly string[];
  /** Those among them that something applies. */
  readonly reached: ReadonlySet<string>;
}

/** A Kustomization that applies a directory of the fleet repository. */
export interface DirectoryUse {
  readonly placed: PlacedObject;
  /** Without leading `./` and trailing slash; "" is the whole repository. */
  readonly directory: string;
}

/** What the Kustomizations of a cluster apply from the fleet repository. */
export function directoryUses({
  objects,
  fleetSource,
}: Pick<PlacedCluster, "objects" | "fleetSource">): readonly DirectoryUse[] {
  return objects.flatMap((placed) => {
    const { object } = placed;
    if (!isOfKind(object, "Kustomization")) return [];
    const name = textOf(object, "spec.sourceRef.name") ?? "";
    const namespace = textOf(object, "spec.sourceRef.namespace") ?? object.metadata.namespace;
    const isFleet =
      textOf(object, "spec.sourceRef.kind") === "GitRepository" &&
      fleetSource === `${namespace ?? ""}/${name}`;
    const path = valuesAt(object, "spec.path")[0]?.value ?? "./";
    if (!isFleet || typeof path !== "string" || path.includes("${")) return [];
    return [{ placed, directory: path.replace(/^(\.?\/)+|^\.$/, "").replace(/\/+$/, "") }];
  });
}

/** The findings about what the Kustomizations of a cluster apply that the fleet did not render. */
export function directoryFindings(
  cluster: PlacedCluster,
  { exists }: RepositoryDirectories,
): readonly Finding[] {
  const uses = directoryUses(cluster);
  const nested = uses.filter(({ placed }) => isNested(placed));
  if (nested.length === 0) return [];
  const absent = nested
    .filter(({ directory }) => cluster.complete && !exists(directory))
    .map(({ placed, directory }): Finding => ({
      code: "MISSING_DIRECTORY",
      path: `${placeOf(placed)}: spec.path`,
      problem: `The repository has no directory ${quoted(directory)}.`,
      remedy: "Create it, or name another: the source is Ready, and the Kustomization never is.",
    }));
  return [...absent, ...overlapFindings(uses)];
}

/** Applied by something else than the root, so not one that the fleet makes for a part. */
function isNested({ kustomization }: PlacedObject): boolean {
  return kustomization !== undefined && kustomization !== "flux-system/flux-system";
}

function overlapFindings(uses: readonly DirectoryUse[]): readonly Finding[] {
  const byTitle = new Map<string, PlacedObject>();
  const claims = uses.map(({ placed, directory }): DirectoryClaim => {
    const claimant = objectTitle(placed.object);
    byTitle.set(claimant, placed);
    return { directory, group: claimant, claimant };
  });
  return overlaps(claims).flatMap(({ outer, inner }): readonly Finding[] => {
    const pair = [inner, outer].map((claim) => ({ claim, placed: byTitle.get(claim.claimant) }));
    const [blamed] = pair.filter(({ placed }) => placed !== undefined && isNested(placed));
    if (blamed?.placed === undefined) return [];
    const other = blamed.claim === inner ? outer : inner;
    return [
      {
        code: "PATH_OVERLAP",
        path: `${placeOf(blamed.placed)}: spec.path`,
        problem: `Directory ${quoted(blamed.claim.directory)} is also applied by ${other.claimant} (${quoted(other.directory)}).`,
        remedy:
          "Let one of them apply it: two owners change and prune each other's objects in turn.",
      },
    ];
  });
}

/** A warning for every hand-written directory that nothing applies, but for what is inside another. */
export function unreachedFindings({ listed, reached }: RepositoryDirectories): readonly Finding[] {
  const unreached = listed.filter((directory) => !reached.has(directory));
  return unreached
    .filter((inner) => !unreached.some((outer) => outer !== inner && isWithin(inner, outer)))
    .map((directory) => ({
      code: "UNREACHED_DIRECTORY",
      path: directory === "" ? "." : directory,
      problem: "No Kustomization of any cluster applies this directory.",
      remedy: "Remove it, or let a layer or another kustomization file name it.",
      severity: "warning",
    }));
}
