import { directoryUses } from "../../graph/directory-findings.js";
import type { PlacedCluster, PlacedObject } from "../../graph/placed-objects.js";
import { isDecided, textOf } from "../../graph/references.js";
import { directoryReader, inNamespace } from "./directories.js";
import type { WrittenDirectory } from "./directories.js";

/** A cluster with all that its Kustomizations apply, and the directories in which that stands. */
export interface NestedObjects {
  readonly cluster: PlacedCluster;
  readonly directories: readonly string[];
}

type Read = (directory: string, isApplied: boolean) => WrittenDirectory;

const readers = new WeakMap<ReadonlyMap<string, string>, Read>();

/**
 * Follows the Kustomizations that objects of a cluster declare for directories of the fleet
 * repository, as deep as they go. What they apply is placed like everything else.
 */
export function nestedObjects(
  cluster: PlacedCluster,
  texts: ReadonlyMap<string, string>,
): NestedObjects {
  const read = readers.get(texts) ?? directoryReader(texts);
  readers.set(texts, read);
  const objects: PlacedObject[] = [...cluster.objects];
  const directories: string[] = [];
  const seen = new Set<string>();
  let found: readonly PlacedObject[] = cluster.objects;
  while (found.length > 0) {
    const uses = directoryUses({ ...cluster, objects: found }).filter(
      // What the root applies was read with the layers, or rendered.
      ({ placed }) => placed.kustomization !== "flux-system/flux-system",
    );
    found = uses.flatMap(({ placed, directory }) => {
      const { name, namespace = "" } = placed.object.metadata;
      if (seen.has(directory)) return [];
      seen.add(directory);
      directories.push(directory);
      const written = read(directory, true);
      const target = textOf(placed.object, "spec.targetNamespace");
      return written.objects.map(({ file, object }) => ({
        object: isDecided(target) ? inNamespace(object, target) : object,
        file,
        part: placed.part,
        kustomization: `${namespace}/${name}`,
        patches: written.patches,
      }));
    });
    objects.push(...found);
  }
  return { cluster: directories.length === 0 ? cluster : { ...cluster, objects }, directories };
}
