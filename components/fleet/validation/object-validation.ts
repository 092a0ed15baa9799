import type { Finding } from "../../../errors.js";
import type { AppliedObject, ObjectIdentity } from "../../../graph/objects.js";
import { objectKey, objectTitle } from "../../../graph/objects.js";
import type { Manifest } from "../../../manifests/manifest.js";
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
  const manifests = new Map<string, Manifest[]>(fleet.clusters.map(({ name }) => [name, []]));
  for (const manifest of fleet.manifests) {
    manifests.get(manifest.cluster)?.push(manifest);
  }
  const conflicts: Finding[] = [];
  for (const { name, secrets } of fleet.clusters) {
    // One cluster after the other, so that no more than its own keys are held.
    const appliers = new Map<string, string>();
    const add = (object: ObjectIdentity, applier: string): void => {
      const key = objectKey(object);
      const first = appliers.get(key);
      if (first === undefined) appliers.set(key, applier);
      else conflicts.push(conflict(name, object, first, applier));
    };
    for (const { object, part } of manifests.get(name) ?? []) {
      add(object, part);
    }
    for (const secret of secrets) {
      const metadata = { name: secret.name, namespace: secret.namespace };
      add({ apiVersion: "v1", kind: "Secret", metadata }, `Pulumi for ${secret.part}`);
    }
    for (const { object, applier } of written.get(name) ?? []) {
      add(object, applier);
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
