import type { Finding } from "../../errors.js";
import { inPathOrder } from "../../errors.js";
import { controllerFindings } from "./controller-findings.js";
import { kustomizationFindings } from "./definition-findings.js";
import { dependencyFindings } from "./dependency-findings.js";
import type { RepositoryDirectories } from "./directory-findings.js";
import { directoryFindings, unreachedFindings } from "./directory-findings.js";
import { floatingFindings } from "./floating-findings.js";
import { markerFindings } from "./marker-findings.js";
import { quoted } from "../values/names.js";
import type { PlacedCluster } from "./placed-objects.js";
import { ObjectIndex } from "./placed-objects.js";
import { readinessFindings } from "./readiness-findings.js";
import { referenceFindings } from "./reference-findings.js";
import { sourceFindings } from "./source-findings.js";

/**
 * The findings about everything that objects of a fleet say of each other, in path order: what they
 * refer to, wait for, follow and apply, and who reconciles them. The order of clusters and objects
 * does not matter.
 *
 * @param repository - what the fleet repository holds; without it directories are not looked at
 */
export function placedFindings(
  clusters: readonly PlacedCluster[],
  repository?: RepositoryDirectories,
): readonly Finding[] {
  const found = new Map<string, { readonly finding: Finding; readonly clusters: string[] }>();
  const sorted = [...clusters].sort((a, b) => (a.name < b.name ? -1 : 1));
  const said = new Map<string, Finding>();
  for (const cluster of sorted) {
    for (const finding of clusterFindings(cluster, repository, said)) {
      const key = `${finding.path}\0${finding.code}\0${finding.problem}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { finding, clusters: [cluster.name] });
      else if (!known.clusters.includes(cluster.name)) known.clusters.push(cluster.name);
    }
  }
  return inPathOrder([
    ...[...found.values()].map((one) => onClusters(one.finding, one.clusters, clusters.length)),
    ...markerFindings(sorted),
    ...floatingFindings(sorted),
    ...(repository === undefined ? [] : unreachedFindings(repository)),
  ]);
}

function clusterFindings(
  cluster: PlacedCluster,
  repository: RepositoryDirectories | undefined,
  said: Map<string, Finding>,
): readonly Finding[] {
  const index = new ObjectIndex(cluster);
  return [
    ...referenceFindings(cluster, index, said),
    ...dependencyFindings(cluster, index),
    ...kustomizationFindings(cluster, index),
    ...readinessFindings(cluster, index),
    ...controllerFindings(cluster, index),
    ...sourceFindings(cluster),
    ...(repository === undefined ? [] : directoryFindings(cluster, repository)),
  ];
}

/** Names the clusters of a finding, unless it is on all of them. */
function onClusters(finding: Finding, names: readonly string[], all: number): Finding {
  if (names.length === all) return finding;
  const sorted = [...names].sort();
  const shown = sorted.slice(0, 5).map((name) => quoted(name));
  const rest = sorted.length > 5 ? ` and ${String(sorted.length - 5)} more` : "";
  return { ...finding, problem: `${finding.problem} (On ${shown.join(", ")}${rest}.)` };
}
