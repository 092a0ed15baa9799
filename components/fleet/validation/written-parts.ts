import { hasFluxParts } from "../../flux-parts.js";
import type { FleetModel, ModelCluster, ModelTenant } from "../model.js";
import { hasClusterParts } from "../tree/cluster-parts.js";

/**
 * The parts of a cluster, apart from layers, whose objects hold what somebody wrote, as manifests name
 * them; "all" where patches of the cluster may have changed anything.
 */
export function writtenParts(
  model: FleetModel,
  cluster: ModelCluster,
): ReadonlySet<string> | "all" {
  if ((cluster.part.args.patches ?? []).length > 0) return "all";
  const tenants = cluster.tenants.filter(isWritten).map(({ name }) => `tenant "${name}"`);
  return new Set(
    hasClusterParts(model, cluster) ? [`cluster "${cluster.name}"`, ...tenants] : tenants,
  );
}

function isWritten({ part: { args } }: ModelTenant): boolean {
  return (args.patches ?? []).length > 0 || hasFluxParts(args) || args.imageUpdates !== undefined;
}
