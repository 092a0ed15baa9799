import type { KubernetesObject } from "../../../manifests/manifest.js";
import { patched } from "../../../manifests/object-patch.js";
import { isPlainObject } from "../../../manifests/printable.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import type { ClusterArgs } from "../cluster.js";

/** Name of the ConfigMap with a cluster's variables. */
export const variablesName = "flux-runtime-info";

/** The ConfigMap with a cluster's variables, patched; undefined when it has none. */
export function clusterVariables({
  variables = {},
  patches = [],
}: ClusterArgs<string>): KubernetesObject | undefined {
  if (Object.keys(variables).length === 0) return undefined;
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: variablesName,
      namespace: fluxNamespace,
      // So that a changed variable reaches the layers at once.
      labels: { "reconcile.fluxcd.io/watch": "Enabled" },
    },
    data: variables,
  };
  return patched(object, patches);
}

/** The variables that Flux will find in that ConfigMap. */
export function variableValues(args: ClusterArgs<string>): Readonly<Record<string, string>> {
  const data = clusterVariables(args)?.["data"];
  if (!isPlainObject(data)) return {};
  return Object.fromEntries(
    Object.entries(data).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    ),
  );
}
