import type { Finding } from "../../../errors.js";
import { directoryUses } from "../../../graph/references/directory-findings.js";
import { isOfKind } from "../../../graph/references/flux-kinds.js";
import type { PlacedObject } from "../../../graph/references/placed-objects.js";
import { placeOf } from "../../../graph/references/reference-findings.js";
import { isDecided, textOf } from "../../../graph/references/references.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { directoryReader, inNamespace } from "./directories.js";
import type { AppliedDirectories, AppliedWrittenObject } from "./directory-audit.js";
import { bindingFindings } from "./directory-audit.js";
import type { FleetModel } from "../model.js";
import type { RenderedFleet } from "../rendered.js";

/** The root Kustomization of a cluster, and the source of the fleet repository. */
export const rootName: string = `${fluxNamespace}/${fluxNamespace}`;

type Written = AppliedDirectories["objects"];

/**
 * What is applied from hand-written directories by cluster, that included that Kustomizations of layers apply in turn from
 * directories of the fleet repository, as deep as they go.
 *
 * @param applied - what layers apply themselves, by cluster
 * @param texts - text of the files by path; without it nothing is followed
 */
export function withNestedDirectories(
  applied: AppliedDirectories,
  rendered: RenderedFleet,
  texts: ReadonlyMap<string, string> | undefined,
): AppliedDirectories {
  if (texts === undefined) return applied;
  const read = directoryReader(texts);
  const typed = new Map<string, PlacedObject[]>();
  for (const { object, cluster, part, appliedBy } of rendered.manifests) {
    // What the root applies reads what was read with the layers, or is rendered.
    if (appliedBy === undefined || appliedBy === rootName || part.startsWith("tenant ")) continue;
    if (!isOfKind(object, "Kustomization")) continue;
    const list = typed.get(cluster) ?? [];
    list.push({ object, part, kustomization: appliedBy });
    typed.set(cluster, list);
  }
  const all = rendered.clusters.map(({ name }) => {
    const own = applied.objects.get(name) ?? [];
    const objects = [...own];
    const files = [...(applied.files.get(name) ?? [])];
    const seen = new Set<string>();
    let found: readonly PlacedObject[] = [...(typed.get(name) ?? []), ...own.map(placedOf)];
    while (found.length > 0) {
      const next = directoryUses({ objects: found, fleetSource: rootName })
        .filter(({ directory }) => !seen.has(directory))
        .flatMap(({ placed, directory }): readonly AppliedWrittenObject[] => {
          seen.add(directory);
          const { objects: inside, patches, whole, sources } = read(directory, true);
          files.push({ part: placed.part, kustomization: nameOf(placed), whole, sources });
          const target = textOf(placed.object, "spec.targetNamespace");
          return inside.map(({ file, object }) => ({
            object: isDecided(target) ? inNamespace(object, target) : object,
            applier: placed.part,
            file,
            kustomization: nameOf(placed),
            patches,
            patched: patches.length > 0,
          }));
        });
      objects.push(...next);
      found = next.map(placedOf);
    }
    return { name, objects, files };
  });
  return {
    objects: new Map(all.map(({ name, objects }) => [name, objects])),
    files: new Map(all.map(({ name, files }) => [name, files])),
  };
}

/** What nested Kustomizations give to ServiceAccounts of tenants beyond what these may do. */
export function nestedBindingFindings(
  { clusters }: FleetModel,
  written: Written,
  nested: Written,
): readonly Finding[] {
  return clusters.flatMap(({ name, tenants }) => {
    const known = new Set(written.get(name));
    const all = nested.get(name) ?? [];
    const objects = all.map(({ object }) => object);
    return all
      .filter((one) => !known.has(one))
      .flatMap((one) => bindingFindings(one.object, tenants, objects, placeOf(placedOf(one))));
  });
}

/** A hand-written object as the graph has it. */
export function placedOf(written: AppliedWrittenObject): PlacedObject {
  const { object, applier, file, kustomization, patches } = written;
  return { object, part: applier, file, kustomization, patches };
}

function nameOf({ object: { metadata } }: PlacedObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
