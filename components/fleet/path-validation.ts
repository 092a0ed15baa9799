import type { Finding } from "../../errors.js";
import { quoted } from "../../graph/names.js";
import type { DirectoryClaim, Overlap } from "../../graph/overlaps.js";
import { overlaps } from "../../graph/overlaps.js";
import { repoPathFindings } from "../../graph/path-findings.js";
import { layerDirectory } from "../layer/directories.js";
import type { FleetModel, ModelCluster } from "./model.js";
import { clusterDirectory } from "./paths.js";
import { partTitle } from "./shape-validation.js";

/** The directory below which every tenant of every cluster is rendered. */
const tenantsDirectory = "tenants";

/**
 * The findings about directories: no cluster inside another, no layer around or inside what the
 * fleet renders, no two layers of one cluster around each other. The names must be valid.
 */
export function pathFindings(model: FleetModel): readonly Finding[] {
  return [...renderedOverlaps(model), ...model.clusters.flatMap(layerOverlaps)];
}

/** Clusters, the tenants' tree and layers among each other, whichever cluster the layers are on. */
function renderedOverlaps(model: FleetModel): readonly Finding[] {
  // A retired cluster may still run: who takes its directory takes the cluster over.
  const claims: DirectoryClaim[] = [...model.clusters, ...model.retired]
    .filter(({ path }) => repoPathFindings(path, "").length === 0)
    .map((cluster) => {
      const claimant = partTitle("cluster", cluster.name);
      return { directory: clusterDirectory(cluster), group: claimant, claimant };
    });
  claims.push({ directory: tenantsDirectory, group: "tenants", claimant: "the tenants' tree" });
  claims.push({ directory: ".flux-fleet", group: "ownership", claimant: "the ownership files" });
  const layers = new Map<string, DirectoryClaim>();
  for (const { claim } of model.clusters.flatMap(layerClaims)) {
    layers.set(`${claim.directory}\0${claim.claimant}`, { ...claim, group: "layers" });
  }
  return overlapFindings([...claims, ...layers.values()]);
}

function layerOverlaps(cluster: ModelCluster): readonly Finding[] {
  return overlapFindings(layerClaims(cluster).map(({ claim }) => claim));
}

function layerClaims(cluster: ModelCluster): readonly { readonly claim: DirectoryClaim }[] {
  return cluster.layers.map((layer) => {
    const claimant = partTitle("layer", layer.name);
    const directory = layerDirectory(layer.part, cluster.environment);
    return { claim: { directory: directory === "." ? "" : directory, group: claimant, claimant } };
  });
}

/** One finding for each part that is in the way of another; one layer may be around all clusters. */
function overlapFindings(claims: readonly DirectoryClaim[]): readonly Finding[] {
  const byPart = new Map<string, Finding>();
  for (const overlap of overlaps(claims)) {
    const finding = overlapFinding(overlap);
    byPart.set(finding.path, byPart.get(finding.path) ?? finding);
  }
  return [...byPart.values()];
}

function overlapFinding({ outer, inner }: Overlap): Finding {
  const swap = isLayer(outer) ? !isLayer(inner) : !isPart(inner);
  const [blamed, other] = swap ? [outer, inner] : [inner, outer];
  const relation =
    blamed.directory === other.directory
      ? "is also that of"
      : blamed === inner
        ? "is inside that of"
        : "contains that of";
  const field = isLayer(blamed) ? "directory" : "path";
  return {
    code: "PATH_OVERLAP",
    path: `${blamed.claimant}: ${field}`,
    problem: `Directory ${quoted(blamed.directory === "" ? "." : blamed.directory)} ${relation} ${other.claimant} (${quoted(other.directory)}).`,
    remedy: "Give each a directory of its own, neither inside the other.",
  };
}

function isLayer({ claimant }: DirectoryClaim): boolean {
  return claimant.startsWith("Layer ");
}

function isPart({ claimant }: DirectoryClaim): boolean {
  return /^(Cluster|Layer) /.test(claimant);
}
