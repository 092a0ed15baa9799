import type { ModelTenant } from "./model.js";
import { appliedOverrides, overridden } from "./overrides.js";
import type { OverriddenCluster } from "./overrides.js";

/**
 * A function that gives a tenant as it is on a cluster. Clusters on which it is the same get the same
 * object, so that it is rendered once for all of them.
 */
export function tenantVariants(): (tenant: ModelTenant, cluster: OverriddenCluster) => ModelTenant {
  const known = new Map<ModelTenant, Map<string, ModelTenant>>();
  return (tenant, cluster) => {
    const { args } = tenant.part;
    const applied = appliedOverrides(args.overrides, cluster);
    if (applied.length === 0) {
      return tenant;
    }
    const effective = overridden(
      args,
      applied.map(({ value }) => value),
    );
    const variants = known.get(tenant) ?? new Map([[JSON.stringify(args), tenant]]);
    known.set(tenant, variants);
    const key = JSON.stringify(effective);
    const variant = variants.get(key) ?? { ...tenant, part: { ...tenant.part, args: effective } };
    variants.set(key, variant);
    return variant;
  };
}
