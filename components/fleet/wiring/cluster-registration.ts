import type * as pulumi from "@pulumi/pulumi";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import { Tenant } from "../../tenant/tenant-component.js";
import type { TenantApplication, TenantSourceLogin } from "../../tenant/tenant-component.js";
import { Cluster } from "./cluster-component.js";
import type { ObservedCluster } from "./fleet-observation.js";
import type { FleetDeclaration } from "../fleet.js";
import { formerChildNames } from "../former-names.js";
import type { GeneratedIdentity } from "../../sops/sealing/index.js";
import { secretValues } from "../tree/planned-secrets.js";
import type { PlannedSecret, RenderedCluster } from "../rendered.js";

/** What every registration of one run shares. */
export interface Registration {
  readonly fleet: pulumi.ComponentResource;
  readonly name: string;
  readonly declaration: FleetDeclaration;
  /** What the ownership file will remember. */
  readonly record: FleetRecord;
  /** The identities that the fleet made, by `identityKey`; secrets. */
  readonly identities: ReadonlyMap<string, GeneratedIdentity>;
  readonly observed: ReadonlyMap<string, ObservedCluster>;
  readonly timeoutMs: number;
  /** What every cluster object waits for. */
  readonly after: pulumi.Resource;
}

/** A cluster in the resource tree. */
export interface RegisteredCluster {
  readonly component: Cluster;
  readonly client: ObservedCluster["client"];
  /** Absent when the cluster did not answer. */
  readonly uid: string | undefined;
}

/** Registers a cluster with a kubeconfig; one without is rendered and named as such. */
function registerCluster(
  cluster: RenderedCluster,
  registration: Registration,
): RegisteredCluster | undefined {
  const { fleet, name, declaration, identities, observed, timeoutMs, after } = registration;
  const part = declaration.clusters.find((one) => one.name === cluster.name);
  const one = observed.get(cluster.name);
  if (part?.args.kubeconfig === undefined || one === undefined) {
    return undefined;
  }
  const { client, seen } = one;
  const bootstrap = seen.reachable
    ? {
        cluster,
        client,
        identity: { uid: seen.uid, endpoint: seen.endpoint },
        expectedUid: part.args.identity,
        namespacePresent: seen.root !== undefined || seen.controllers.length > 0,
        rootPresent: seen.root?.lastAppliedRevision !== undefined,
        values: (secret: PlannedSecret) => secretValues(secret, declaration, identities),
        timeoutMs,
      }
    : undefined;
  const aliases = formerNames(registration, [["clusters", cluster.name]]);
  const component = new Cluster(
    `${name}-${cluster.name}`,
    cluster.firstName,
    { kubeconfig: part.args.kubeconfig, bootstrap },
    { parent: fleet, dependsOn: after, aliases },
  );
  return { component, client, uid: seen.reachable ? seen.uid : undefined };
}

/** Registers every cluster that has a kubeconfig, in the order of the rendered ones. */
export function registerClusters(
  rendered: readonly RenderedCluster[],
  registration: Registration,
): readonly (RegisteredCluster | undefined)[] {
  return rendered.map((cluster) => registerCluster(cluster, registration));
}

/** What is done when Flux runs on the cluster; nothing for one that did not answer. */
export function installedOf(cluster: RegisteredCluster | undefined): readonly pulumi.Resource[] {
  return cluster?.component.installed === undefined ? [] : [cluster.component.installed];
}

interface TenantResources {
  readonly logins: TenantSourceLogin[];
  readonly applications: TenantApplication[];
}

/**
 * One component per tenant. It holds the logins of the tenant's source on each of its clusters, and the
 * tenant's objects where Pulumi applies them.
 */
export function registerTenants(
  rendered: readonly RenderedCluster[],
  registered: readonly (RegisteredCluster | undefined)[],
  registration: Registration,
): readonly pulumi.Resource[] {
  const { fleet, name, declaration, identities, timeoutMs, after } = registration;
  const byTenant = new Map<string, TenantResources>();
  for (const tenant of declaration.tenants ?? []) {
    byTenant.set(tenant.name, { logins: [], applications: [] });
  }
  for (const [index, { name: on, secrets, applied }] of rendered.entries()) {
    const cluster = registered[index];
    if (cluster?.uid === undefined) continue;
    const shared = {
      client: cluster.client,
      clusterUid: cluster.uid,
      provider: cluster.component.provider,
      after: [after, ...installedOf(cluster)],
      timeoutMs,
    };
    for (const { tenant, objects } of applied) {
      const declared = secrets.filter((one) => one.purpose === "declared" && one.tenant === tenant);
      byTenant.get(tenant)?.applications.push({
        ...shared,
        cluster: on,
        objects,
        secrets: declared.map((secret) => ({
          secret,
          values: secretValues(secret, declaration, identities),
        })),
        aliases: (role) => formerNames(registration, [["tenants", tenant], ["clusters", on], role]),
      });
    }
    for (const secret of secrets) {
      if (secret.purpose !== "source" || secret.tenant === undefined) continue;
      byTenant.get(secret.tenant)?.logins.push({
        ...shared,
        secret,
        values: secretValues(secret, declaration),
        aliases: formerNames(registration, [
          ["tenants", secret.tenant],
          ["clusters", secret.cluster],
          "source",
        ]),
      });
    }
  }
  return [...byTenant].flatMap(([tenant, args]) => {
    const aliases = formerNames(registration, [["tenants", tenant]]);
    return new Tenant(`${name}-${tenant}`, args, { parent: fleet, aliases }).resources;
  });
}

/** Former names of a child of the Fleet that is called after these parts. */
function formerNames(
  { name, declaration, record }: Registration,
  pieces: readonly (readonly ["clusters" | "tenants", string] | string)[],
): pulumi.Alias[] {
  const names = pieces.map((piece) => {
    if (typeof piece === "string") return [piece];
    const [list, part] = piece;
    const declared = declaration[list]?.find((one) => one.name === part);
    return [part, declared?.args.formerly, record[list][part]?.firstName];
  });
  return [...formerChildNames([[name, declaration.formerly], ...names])];
}
