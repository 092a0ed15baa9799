import type { CallOptions, ClusterClient } from "./client.js";
import { listAt, textAt } from "./objects.js";

/** A Flux definition as an API server has it. */
export interface LiveDefinition {
  /** For example `buckets.source.toolkit.fluxcd.io`. */
  readonly name: string;
  /** `status.storedVersions`: every version in which objects may be stored. */
  readonly versions: readonly string[];
  /** The Flux version that its labels name, without leading `v`. */
  readonly fluxVersion: string | undefined;
}

/** The label by which `flux migrate` finds the definitions, too. */
const labelSelector = "app.kubernetes.io/part-of=flux";

/** The Flux definitions of a cluster with one call; none where Flux is not installed. */
export async function liveDefinitions(
  client: ClusterClient,
  options: CallOptions = {},
): Promise<readonly LiveDefinition[]> {
  const kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
  const definitions = await client.list(kind, { ...options, labelSelector });
  return definitions.map((definition) => ({
    name: definition.metadata.name,
    versions: listAt(definition, "status", "storedVersions").map(String),
    fluxVersion: textAt(definition, "metadata", "labels", "app.kubernetes.io/version")?.replace(
      /^v/,
      "",
    ),
  }));
}
