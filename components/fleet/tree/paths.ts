/** Directory of a cluster, without leading `./`. */
export function clusterDirectory(cluster: { readonly path: string }): string {
  return cluster.path;
}

/** What of a cluster decides where its tenants are. */
interface TenantsHome {
  readonly environment: string;
  readonly firstName: string;
}

/** Directory of all tenants of one cluster, without leading `./`. */
export function tenantsDirectory({ environment, firstName }: TenantsHome): string {
  return `tenants/${environment}/${firstName}`;
}

/** Directory of a tenant's objects on one cluster, without leading `./`. */
export function tenantDirectory(cluster: TenantsHome, tenant: string): string {
  return `${tenantsDirectory(cluster)}/${tenant}`;
}
