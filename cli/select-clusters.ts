import { UsageError } from "./arguments.js";
import type { RehearseCommand } from "./arguments.js";
import type { CheckedOutCluster } from "./checkout.js";

/**
 * The clusters that a command means: those with one of the names of each list it gives.
 *
 * @throws UsageError for a name that no cluster has, and when nothing is left
 */
export function selectClusters(
  clusters: readonly CheckedOutCluster[],
  command: Pick<RehearseCommand, "rings" | "environments" | "clusters">,
): readonly CheckedOutCluster[] {
  const rules = [
    { flag: "--ring", wanted: command.rings, of: ({ ring }: CheckedOutCluster) => ring },
    {
      flag: "--environment",
      wanted: command.environments,
      of: ({ environment }: CheckedOutCluster) => environment,
    },
    { flag: "--cluster", wanted: command.clusters, of: ({ name }: CheckedOutCluster) => name },
  ];
  const given = rules.filter(({ wanted }) => wanted.length > 0);
  for (const { flag, wanted, of } of given) {
    const known = [...new Set(clusters.map(of).filter((value) => value !== undefined))].sort();
    const unknown = wanted.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const choice = known.length === 0 ? "The checkout names none." : `Use ${known.join(", ")}.`;
      throw new UsageError(`No cluster has ${flag} "${unknown}". ${choice}`);
    }
  }
  const selected = clusters.filter((cluster) =>
    given.every(({ wanted, of }) => wanted.includes(of(cluster) ?? "")),
  );
  if (selected.length === 0) {
    throw new UsageError(
      clusters.length === 0
        ? "The checkout has no cluster."
        : `No cluster has all of ${given.map(({ flag }) => flag).join(", ")}.`,
    );
  }
  return selected;
}
