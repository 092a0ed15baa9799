import type { Finding } from "../../errors.js";
import { inPathOrder } from "../../errors.js";
import { mergedOverClusters } from "../cluster-findings.js";
import { controllerFindings } from "./controller-findings.js";
import { kustomizationFindings } from "./definition-findings.js";
import { dependencyFindings } from "./dependency-findings.js";
import type { RepositoryDirectories } from "./directory-findings.js";
import { directoryFindings, unreachedFindings } from "./directory-findings.js";
import { objectExpressionFindings } from "./expression-findings.js";
import { floatingFindings } from "./floating-findings.js";
import { imageWriters } from "./image-writers.js";
import { markerFindings } from "./marker-findings.js";
import type { PlacedCluster } from "./placed-objects.js";
import { ObjectIndex } from "./placed-objects.js";
import { readinessFindings } from "./readiness-findings.js";
import { referenceFindings } from "./reference-findings.js";
import { commitStatusFindings, routeFindings } from "./route-findings.js";
import { sourceFindings } from "./source-findings.js";
import { timeoutFindings } from "./timeout-findings.js";
import { writerFindings } from "./writer-findings.js";

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
  const sorted = [...clusters].sort((a, b) => (a.name < b.name ? -1 : 1));
  const said = new Map<string, Finding>();
  const writers = imageWriters(sorted);
  return inPathOrder([
    ...mergedOverClusters(sorted, (cluster) => clusterFindings(cluster, repository, said)),
    ...writerFindings(sorted, writers),
    ...markerFindings(sorted, writers),
    ...floatingFindings(sorted),
    ...commitStatusFindings(sorted),
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
    ...timeoutFindings(cluster, index),
    ...objectExpressionFindings(cluster),
    ...controllerFindings(cluster, index),
    ...sourceFindings(cluster),
    ...routeFindings(cluster, index),
    ...(repository === undefined ? [] : directoryFindings(cluster, repository)),
  ];
}
