import type { Finding } from "../../errors.js";
import type { AppliedObject } from "../../graph/objects.js";
import { objectConflicts } from "../../graph/objects.js";
import type { RenderedFleet } from "./rendered.js";
import { partTitle } from "./shape-validation.js";

/**
 * The findings about objects with two appliers, whether Flux or Pulumi.
 *
 * @param written - objects from hand-written directories, by cluster
 */
export function objectFindings(
  fleet: RenderedFleet,
  written: ReadonlyMap<string, readonly AppliedObject[]>,
): readonly Finding[] {
  const objects = new Map<string, AppliedObject[]>();
  const add = (cluster: string, applied: AppliedObject): void => {
    const list = objects.get(cluster);
    if (list === undefined) objects.set(cluster, [applied]);
    else list.push(applied);
  };
  for (const { cluster, object, part } of fleet.manifests) {
    add(cluster, { object, applier: part });
  }
  for (const cluster of fleet.clusters) {
    for (const secret of cluster.secrets) {
      const metadata = { name: secret.name, namespace: secret.namespace };
      const object = { apiVersion: "v1", kind: "Secret", metadata };
      add(cluster.name, { object, applier: `Pulumi for ${secret.part}` });
    }
    for (const applied of written.get(cluster.name) ?? []) {
      add(cluster.name, applied);
    }
  }
  const conflicts = [...objects].flatMap(([cluster, list]) =>
    objectConflicts(list).map(({ object, first, second }): Finding => ({
      code: "DUPLICATE_OBJECT",
      path: `${partTitle("cluster", cluster)}: ${object}`,
      problem: `It would be applied by ${first} and by ${second}.`,
      remedy: "Rename one of them, or leave it to one.",
    })),
  );
  return conflicts;
}
