import { fluxNamespace } from "../bootstrap/sync.js";
import type { KustomizationReference } from "../tenant/manifests.js";
import type { FleetModel } from "./model.js";
import { partIdentity } from "./model.js";
import type { PartHandle } from "./part.js";

/**
 * The Kustomizations behind `dependsOn`, sorted: that of a layer in `flux-system`, that of a
 * tenant's workload in its own Namespace.
 */
export function dependencyReferences(
  model: FleetModel,
  dependsOn: readonly PartHandle[],
): readonly KustomizationReference[] {
  if (dependsOn.length === 0) return [];
  const references = dependsOn.map((part) => {
    const found = model.dependencies.get(partIdentity(part));
    const name = found?.name ?? part.name;
    const namespace = found !== undefined && "namespace" in found ? found.namespace : name;
    return { name, namespace: part.kind === "layer" ? fluxNamespace : namespace };
  });
  if (references.length === 1) return references;
  const unique = new Map(references.map((item) => [`${item.namespace}/${item.name}`, item]));
  return [...unique.keys()].sort().flatMap((key) => unique.get(key) ?? []);
}
