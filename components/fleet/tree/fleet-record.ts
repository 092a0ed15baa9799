import type {
  FleetRecord,
  RecordedCluster,
  RecordedLayer,
  RecordedTenant,
} from "../../../graph/changes/ownership.js";
import { isRetired } from "../model.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "../model.js";

/** What the ownership file will remember of this commit. */
export function fleetRecord(model: FleetModel): FleetRecord {
  return {
    clusters: Object.fromEntries(
      [...model.clusters, ...model.retired].map((cluster) => [
        cluster.name,
        recordedCluster(cluster),
      ]),
    ),
    layers: Object.fromEntries(
      model.layers.map((layer) => [layer.part.name, recordedLayer(layer)]),
    ),
    tenants: Object.fromEntries(
      model.tenants.map((tenant) => [tenant.part.name, recordedTenant(tenant)]),
    ),
  };
}

function recordedCluster(cluster: ModelCluster): RecordedCluster {
  const { path, environment, ring, fluxVersion, name, firstName } = cluster;
  return {
    path,
    environment,
    ring,
    ...(fluxVersion === undefined ? {} : { fluxVersion }),
    ...(firstName === name ? {} : { firstName }),
    ...(isRetired(cluster.part) ? { retired: true } : {}),
  };
}

function recordedLayer({ part, name, clusters }: ModelLayer): RecordedLayer {
  return { clusters, ...(name === part.name ? {} : { firstName: name }) };
}

function recordedTenant(tenant: ModelTenant): RecordedTenant {
  const { part, name, clusters, namespace, phase, applier } = tenant;
  const { offboard, protect } = part.args;
  return {
    clusters,
    namespace,
    phase,
    ...(offboard === undefined ? {} : { offboard }),
    ...(protect === true ? { protect: true } : {}),
    ...(applier === "flux" ? {} : { applier }),
    ...(name === part.name ? {} : { firstName: name }),
  };
}
