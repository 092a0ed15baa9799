import type { PlannedSecret } from "../fleet/rendered.js";
import type { GitCredentials } from "./git-source.js";
import { sourceSecretName, tenantLabel, tenantNamespace } from "./manifests.js";
import type { TenantManifestArgs } from "./tenant.js";

/** The Secret with the login of a tenant's source on one cluster; undefined for a public source. */
export function tenantSourceSecret(
  name: string,
  args: Pick<TenantManifestArgs<unknown>, "namespace" | "source">,
  cluster: string,
): PlannedSecret | undefined {
  const { credentials } = args.source;
  if (credentials === undefined) {
    return undefined;
  }
  return {
    name: sourceSecretName(name),
    namespace: tenantNamespace(name, args),
    purpose: "source",
    cluster,
    tenant: name,
    source: name,
    labels: { [tenantLabel]: name },
    keys: Object.keys(sourceSecretValues(credentials)).sort(),
    part: `tenant "${name}"`,
  };
}

/**
 * Credentials under the keys that source-controller reads.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#basic-access-authentication
 */
export function sourceSecretValues<Value>(
  credentials: GitCredentials<Value>,
): Readonly<Record<string, Value | string>> {
  return {
    ...(credentials.ca === undefined ? {} : { "ca.crt": credentials.ca }),
    password: credentials.token,
    username: credentials.username ?? "git",
  };
}
