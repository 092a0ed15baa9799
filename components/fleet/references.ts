import { fluxNamespace } from "../bootstrap/sync.js";
import type { KustomizationReference } from "../tenant/manifests.js";
import type { Dependency } from "./dependency.js";
import { awaited, isConditional } from "./dependency.js";
import type { FleetModel } from "./model.js";
import { partIdentity } from "./model.js";

/**
 * The Kustomizations behind `dependsOn`, sorted: that of a layer in `flux-system`, that of a
 * tenant's workload in its own Namespace.
 */
export function dependencyReferences(
  model: FleetModel,
  dependsOn: readonly Dependency[],
): readonly KustomizationReference[] {
  if (dependsOn.length === 0) return [];
  const references = dependsOn.map((dependency): KustomizationReference => {
    const part = awaited(dependency);
    const found = model.dependencies.get(partIdentity(part));
    const name = found?.name ?? part.name;
    const namespace = found !== undefined && "namespace" in found ? found.namespace : name;
    const reference = { name, namespace: part.kind === "layer" ? fluxNamespace : namespace };
    return isConditional(dependency)
      ? { ...reference, readyExpr: dependency.readyExpr }
      : reference;
  });
  if (references.length === 1) return references;
  const unique = new Map(references.map((item) => [referenceKey(item), item]));
  return [...unique.keys()].sort().flatMap((key) => unique.get(key) ?? []);
}

/** What tells references apart: Flux tests each condition of one dependency by itself. */
export function referenceKey({ namespace, name, readyExpr }: KustomizationReference): string {
  return readyExpr === undefined ? `${namespace}/${name}` : `${namespace}/${name} ${readyExpr}`;
}
