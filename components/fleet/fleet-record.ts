import type { FleetRecord, RecordedCluster, RecordedTenant } from "../../graph/ownership.js";
import type { FleetModel, ModelCluster, ModelTenant } from "./model.js";

/** What the ownership file will remember of this commit. */
export function fleetRecord(model: FleetModel): FleetRecord {
  return {
    clusters: Object.fromEntries(
      model.clusters.map((cluster) => [cluster.name, recordedCluster(cluster)]),
    ),
    layers: Object.fromEntries(model.layers.map(({ name, clusters }) => [name, { clusters }])),
    tenants: Object.fromEntries(
      model.tenants.map((tenant) => [tenant.name, recordedTenant(tenant)]),
    ),
  };
}

function recordedCluster(cluster: ModelCluster): RecordedCluster {
  const { path, environment, ring, fluxVersion } = cluster;
  return { path, environment, ring, ...(fluxVersion === undefined ? {} : { fluxVersion }) };
}

function recordedTenant({
  part: { args },
  clusters,
  namespace,
  phase,
}: ModelTenant): RecordedTenant {
  return {
    clusters,
    namespace,
    phase,
    ...(args.offboard === undefined ? {} : { offboard: args.offboard }),
    ...(args.protect === true ? { protect: true } : {}),
  };
}
