import { sourcePath } from "../../manifests/repo-path.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import type { KustomizationReference } from "../tenant/manifests.js";
import type { FleetModel } from "./model.js";
import type { PartHandle } from "./part.js";

/** What stands for the cluster's environment in the directory of a layer. */
export const environmentPlaceholder = "<environment>";

/**
 * The Kustomizations behind `dependsOn`, sorted: that of a layer in `flux-system`, that of a
 * tenant's workload in its own Namespace.
 */
export function dependencyReferences(
  model: FleetModel,
  dependsOn: readonly PartHandle[],
): readonly KustomizationReference[] {
  const references = dependsOn.map(({ kind, name }) => ({
    name,
    namespace: kind === "layer" ? fluxNamespace : (model.namespaces.get(name) ?? name),
  }));
  const unique = new Map(references.map((item) => [`${item.namespace}/${item.name}`, item]));
  return [...unique.keys()].sort().flatMap((key) => unique.get(key) ?? []);
}

/** Directory of a layer on the clusters of an environment, without leading `./`. */
export function resolvedDirectory(directory: string, environment: string): string {
  return sourcePath(directory.replaceAll(environmentPlaceholder, environment), "directory");
}
