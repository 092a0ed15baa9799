import type { FleetRecord, RecordedTenant } from "../../graph/ownership.js";
import type { FleetModel, ModelTenant } from "./model.js";

/** What the ownership file will remember of this commit. */
export function fleetRecord(model: FleetModel): FleetRecord {
  return {
    clusters: Object.fromEntries(model.clusters.map(({ name, path }) => [name, { path }])),
    layers: Object.fromEntries(model.layers.map(({ name, clusters }) => [name, { clusters }])),
    tenants: Object.fromEntries(model.tenants.map((tenant) => [tenant.name, recorded(tenant)])),
  };
}

function recorded({ part: { args }, clusters, namespace, phase }: ModelTenant): RecordedTenant {
  return {
    clusters,
    namespace,
    phase,
    ...(args.offboard === undefined ? {} : { offboard: args.offboard }),
    ...(args.protect === true ? { protect: true } : {}),
  };
}
