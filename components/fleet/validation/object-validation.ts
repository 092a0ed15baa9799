import type { Finding } from "../../../errors.js";
import type { AppliedObject, ObjectIdentity } from "../../../graph/objects.js";
import { objectKey, objectTitle } from "../../../graph/objects.js";
import type { RenderedFleet } from "../rendered.js";
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
  const appliers = new Map<string, Map<string, string>>();
  const conflicts: Finding[] = [];
  const add = (cluster: string, object: ObjectIdentity, applier: string): void => {
    let known = appliers.get(cluster);
    if (known === undefined) appliers.set(cluster, (known = new Map<string, string>()));
    const key = objectKey(object);
    const first = known.get(key);
    if (first === undefined) known.set(key, applier);
    else conflicts.push(conflict(cluster, object, first, applier));
  };
  for (const { cluster, object, part } of fleet.manifests) {
    add(cluster, object, part);
  }
  for (const { name, secrets } of fleet.clusters) {
    for (const secret of secrets) {
      const metadata = { name: secret.name, namespace: secret.namespace };
      add(name, { apiVersion: "v1", kind: "Secret", metadata }, `Pulumi for ${secret.part}`);
    }
    for (const { object, applier } of written.get(name) ?? []) {
      add(name, object, applier);
    }
  }
  return conflicts;
}

function conflict(cluster: string, object: ObjectIdentity, first: string, second: string): Finding {
  return {
    code: "DUPLICATE_OBJECT",
    path: `${partTitle("cluster", cluster)}: ${objectTitle(object)}`,
    problem: `It would be applied by ${first} and by ${second}.`,
    remedy: "Rename one of them, or leave it to one.",
  };
}
