import type { ModelTenant } from "./model.js";
import { appliedOverrides, overridden } from "./overrides.js";
import type { OverriddenCluster } from "./overrides.js";

/**
 * A function that gives a tenant as it is on a cluster: with the overrides that hold there, with its
 * images only where they are looked for, and with the cluster when its notifications name it. Clusters
 * on which it is the same get the same object, so that it is rendered once for all of them.
 */
export function tenantVariants(): (tenant: ModelTenant, cluster: OverriddenCluster) => ModelTenant {
  const variantOf = overriddenTenants();
  return (declared, cluster) => {
    const tenant = variantOf(declared, cluster);
    if (tenant.part.args.notifications === undefined) return tenant;
    return { ...tenant, on: { name: cluster.name, environment: cluster.environment } };
  };
}

function overriddenTenants(): (tenant: ModelTenant, cluster: OverriddenCluster) => ModelTenant {
  const known = new Map<ModelTenant, Map<string, ModelTenant>>();
  const withoutImages = imagesLeftOut();
  return (declared, cluster) => {
    const tenant = looksForImages(declared, cluster) ? declared : withoutImages(declared);
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

/** Whether nothing of a tenant has to be left out on a cluster because another looks for its images. */
function looksForImages({ part }: ModelTenant, { name }: OverriddenCluster): boolean {
  const { images, imageUpdates } = part.args;
  return (images === undefined && imageUpdates === undefined) || imageUpdates?.runsOn.name === name;
}

/** A function that gives a tenant without its images, for each the same one. */
function imagesLeftOut(): (tenant: ModelTenant) => ModelTenant {
  const known = new Map<ModelTenant, ModelTenant>();
  return (tenant) => {
    const before = known.get(tenant);
    if (before !== undefined) return before;
    const args = { ...tenant.part.args };
    delete args.images;
    delete args.imageUpdates;
    const other = { ...tenant, part: { ...tenant.part, args } };
    known.set(tenant, other);
    return other;
  };
}
