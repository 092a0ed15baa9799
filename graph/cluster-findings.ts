import type { Finding } from "../errors.js";
import { quoted } from "./values/names.js";

/**
 * The findings of every cluster, equal ones once; those that hold on some clusters only name them.
 * The order of the clusters does not matter.
 */
export function mergedOverClusters<Cluster extends { readonly name: string }>(
  clusters: readonly Cluster[],
  findingsOf: (cluster: Cluster) => readonly Finding[],
): readonly Finding[] {
  const found = new Map<string, { readonly finding: Finding; readonly clusters: string[] }>();
  for (const cluster of [...clusters].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const finding of findingsOf(cluster)) {
      const key = `${finding.path}\0${finding.code}\0${finding.problem}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { finding, clusters: [cluster.name] });
      else if (!known.clusters.includes(cluster.name)) known.clusters.push(cluster.name);
    }
  }
  return [...found.values()].map((one) => onClusters(one.finding, one.clusters, clusters.length));
}

/** Names the clusters of a finding, unless it is on all of them. */
function onClusters(finding: Finding, names: readonly string[], all: number): Finding {
  if (names.length === all) return finding;
  const sorted = [...names].sort();
  const shown = sorted.slice(0, 5).map((name) => quoted(name));
  const rest = sorted.length > 5 ? ` and ${String(sorted.length - 5)} more` : "";
  return { ...finding, problem: `${finding.problem} (On ${shown.join(", ")}${rest}.)` };
}
