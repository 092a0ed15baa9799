import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import type { DirectoryClaim, Overlap } from "../../../graph/overlaps.js";
import { overlaps } from "../../../graph/overlaps.js";
import { repoPathFindings } from "../../../graph/values/path-findings.js";
import type { NamedLayer } from "../../layer/directories.js";
import { isRendered, renderedRoot, writtenPlaces } from "../../layer/directories.js";
import type { FleetModel, ModelCluster, ModelLayer } from "../model.js";
import { secretsOn } from "../overrides.js";
import { clusterDirectory } from "../tree/paths.js";
import { partTitle } from "./shape-validation.js";

/** The directory below which every tenant of every cluster is rendered. */
const tenantsDirectory = "tenants";

/** The directory below which the Secrets of clusters and layers are rendered. */
const secretsDirectory = "secrets";

/**
 * The findings about directories: no cluster inside another, no layer around or inside what the
 * fleet renders, no two layers of one cluster around each other. The names must be valid.
 */
export function pathFindings(model: FleetModel): readonly Finding[] {
  return [...renderedOverlaps(model), ...model.clusters.flatMap(layerOverlaps)];
}

interface Claim extends DirectoryClaim {
  /** Where the directory is declared. */
  readonly field: string;
}

/** Clusters, the tenants' tree and layers among each other, whichever cluster the layers are on. */
function renderedOverlaps(model: FleetModel): readonly Finding[] {
  // A retired cluster may still run: who takes its directory takes the cluster over.
  const claims: Claim[] = [...model.clusters, ...model.retired]
    .filter(({ path }) => repoPathFindings(path, "").length === 0)
    .map((cluster) => {
      const claimant = partTitle("cluster", cluster.name);
      return { directory: clusterDirectory(cluster), group: claimant, claimant, field: "path" };
    });
  const tree = { group: "tenants", claimant: "the tenants' tree", field: "" };
  claims.push({ ...tree, directory: tenantsDirectory });
  // Only where it is used: people may have a directory of that name.
  if (model.clusters.some(hasSecretDirectory)) {
    const secrets = { group: "secrets", claimant: "the Secrets' tree", field: "" };
    claims.push({ ...secrets, directory: secretsDirectory });
  }
  const ownership = { group: "ownership", claimant: "the ownership files", field: "" };
  claims.push({ ...ownership, directory: ".flux-fleet" });
  const layers = new Map<string, Claim>();
  for (const claim of model.clusters.flatMap(layerClaims)) {
    layers.set(`${claim.directory}\0${claim.claimant}`, { ...claim, group: "layers" });
  }
  // Of two layers that share a directory on different clusters, neither is rendered into it.
  const rendered = model.layers.flatMap((layer) =>
    rootClaims(layer).map((claim) => ({ ...claim, group: claim.claimant })),
  );
  return [...overlapFindings([...claims, ...layers.values()]), ...overlapFindings(rendered)];
}

function hasSecretDirectory(cluster: ModelCluster): boolean {
  const { secrets = [] } = cluster.part.args;
  return (
    secrets.length > 0 ||
    cluster.layers.some(({ part }) => secretsOn(part.args, cluster).length > 0)
  );
}

/** What one cluster applies twice, and what lies in a directory into which a layer is rendered. */
function layerOverlaps(cluster: ModelCluster): readonly Finding[] {
  const claims = layerClaims(cluster);
  return [
    ...overlapFindings(claims),
    ...cluster.layers.flatMap((layer) => {
      // Within one layer every directory is apart, and so are those that are rendered.
      const own = claims.filter(({ group }) => group === partTitle("layer", layer.part.name));
      const root = isRendered(layer.part.args) ? renderedRoot(named(layer)) : undefined;
      const within = own
        .filter(({ directory }) => root === undefined || directory !== root)
        .map((claim, index) => ({ ...claim, group: String(index) }));
      const folders = root === undefined ? [] : ["base", "overlays"];
      const rendered = folders.map((folder) => ({
        directory: root === "" ? folder : `${root ?? ""}/${folder}`,
        group: "rendered",
        claimant: `what is rendered of ${partTitle("layer", layer.part.name)}`,
        field: "directory",
      }));
      return overlapFindings([...within, ...rendered]);
    }),
  ];
}

function layerClaims(cluster: ModelCluster): readonly Claim[] {
  return cluster.layers.flatMap((layer) => {
    const claimant = partTitle("layer", layer.part.name);
    const places = writtenPlaces(named(layer), cluster.environment);
    return [
      ...rootClaims(layer),
      ...places.map(({ directory, field }) => ({
        directory: directory === "." ? "" : directory,
        group: claimant,
        claimant,
        field,
      })),
    ];
  });
}

function rootClaims(layer: ModelLayer): readonly Claim[] {
  if (!isRendered(layer.part.args)) return [];
  const claimant = partTitle("layer", layer.part.name);
  const directory = renderedRoot(named(layer));
  return [{ directory, group: claimant, claimant, field: "directory" }];
}

function named({ name, part: { args } }: ModelLayer): NamedLayer {
  return { name, args };
}

/** One finding for each part that is in the way of another; one layer may be around all clusters. */
function overlapFindings(claims: readonly Claim[]): readonly Finding[] {
  const byPart = new Map<string, Finding>();
  for (const overlap of overlaps(claims)) {
    const finding = overlapFinding(overlap);
    byPart.set(finding.path, byPart.get(finding.path) ?? finding);
  }
  return [...byPart.values()];
}

function overlapFinding({ outer, inner }: Overlap<Claim>): Finding {
  const swap = isLayer(outer) ? !isLayer(inner) : !isPart(inner);
  const [blamed, other] = swap ? [outer, inner] : [inner, outer];
  const relation =
    blamed.directory === other.directory
      ? "is also that of"
      : blamed === inner
        ? "is inside that of"
        : "contains that of";
  return {
    code: "PATH_OVERLAP",
    path: `${blamed.claimant}: ${blamed.field}`,
    problem: `Directory ${quoted(blamed.directory === "" ? "." : blamed.directory)} ${relation} ${other.claimant} (${quoted(other.directory)}).`,
    remedy: "Give each a directory of its own, neither inside the other.",
  };
}

function isLayer({ claimant }: Claim): boolean {
  return claimant.startsWith("Layer ");
}

function isPart({ claimant }: Claim): boolean {
  return /^(Cluster|Layer) /.test(claimant);
}
