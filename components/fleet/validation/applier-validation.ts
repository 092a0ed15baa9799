import type { Finding } from "../../../errors.js";
import { applierFindings } from "../../../graph/changes/appliers.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import type { FleetModel, ModelTenant } from "../model.js";

/** The findings about who applies the tenants of a fleet, and about the steps of a change of it. */
export function tenantApplierFindings(
  { tenants, clusters }: FleetModel,
  record: FleetRecord | undefined,
): readonly Finding[] {
  const concerned = tenants.filter(
    ({ part }: ModelTenant) =>
      part.args.applier !== undefined || record?.tenants[part.name]?.applier !== undefined,
  );
  if (concerned.length === 0) return [];
  const without = new Set(
    clusters.filter(({ part }) => part.args.kubeconfig === undefined).map(({ name }) => name),
  );
  return concerned.flatMap(({ part, applier, clusters: on }) =>
    applierFindings({
      name: part.name,
      applier,
      declared: part.args.applier,
      offboard: part.args.offboard,
      head: record?.tenants[part.name],
      outOfReach: on.filter((name) => without.has(name)),
    }),
  );
}
