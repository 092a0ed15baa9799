/** Directory of a cluster, without leading `./`. */
export function clusterDirectory(cluster: { readonly path: string }): string {
  return cluster.path;
}

/** What of a cluster decides where its tenants and Secrets are. */
interface ClusterHome {
  readonly environment: string;
  readonly firstName: string;
}

/** Directory of all tenants of one cluster, without leading `./`. */
export function tenantsDirectory({ environment, firstName }: ClusterHome): string {
  return `tenants/${environment}/${firstName}`;
}

/** Directory of a tenant's objects on one cluster, without leading `./`. */
export function tenantDirectory(cluster: ClusterHome, tenant: string): string {
  return `${tenantsDirectory(cluster)}/${tenant}`;
}

/** Directory of the Secrets of a cluster and of its layers, without leading `./`. */
export function secretsDirectory({ environment, firstName }: ClusterHome): string {
  return `secrets/${environment}/${firstName}`;
}
