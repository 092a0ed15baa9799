import type { CallOptions, ClusterClient } from "./client.js";
import { listAt, textAt } from "./objects.js";

/** The Flux of a cluster as its API server knows it. */
export interface LiveFlux {
  /** Its definitions by name, with `status.storedVersions`: the versions objects may be stored in. */
  readonly definitions: readonly { readonly name: string; readonly versions: readonly string[] }[];
  /** The Flux version that the labels of the definitions name, without leading `v`. */
  readonly running: string | undefined;
}

/** The label by which `flux migrate` finds the definitions, too. */
const labelSelector = "app.kubernetes.io/part-of=flux";

/** Asks with one call for the Flux definitions; there are none where Flux is not installed. */
export async function liveFlux(
  client: ClusterClient,
  options: CallOptions = {},
): Promise<LiveFlux> {
  const kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
  const found = await client.list(kind, { ...options, labelSelector });
  const labels = found.map((definition) =>
    textAt(definition, "metadata", "labels", "app.kubernetes.io/version"),
  );
  return {
    definitions: found.map((definition) => ({
      name: definition.metadata.name,
      versions: listAt(definition, "status", "storedVersions").map(String),
    })),
    running: labels.find((label) => label !== undefined)?.replace(/^v/, ""),
  };
}
