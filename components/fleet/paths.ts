/** Directory of a cluster, without leading `./`. */
export function clusterDirectory(cluster: { readonly path: string }): string {
  return cluster.path;
}

/** Directory of a tenant's objects on one cluster, without leading `./`. */
export function tenantDirectory(
  cluster: { readonly environment: string; readonly name: string },
  tenant: string,
): string {
  return `tenants/${cluster.environment}/${cluster.name}/${tenant}`;
}
