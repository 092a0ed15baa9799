import {
  clusterClient,
  fluxKinds,
  observeClusters,
  rootElsewhere,
  rootSource,
  sharedIdentities,
} from "../../../cluster/index.js";
import type {
  ClusterClient,
  ClusterObservation,
  KubeObject,
  ObjectRef,
} from "../../../cluster/index.js";
import type { Finding } from "../../../errors.js";
import type { OffboardObservation } from "../../../graph/changes/offboarding.js";
import type { FleetRecord, RecordedTenant } from "../../../graph/changes/ownership.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import type { FleetDeclaration } from "../fleet.js";
import { isRetired } from "../model.js";
import type { RenderedCluster } from "../rendered.js";

/** A cluster that answered. */
export type ReachableCluster = Extract<ClusterObservation, { reachable: true }>;

/** One cluster with a kubeconfig, as this run saw it. */
export interface ObservedCluster {
  readonly client: ClusterClient;
  readonly seen: ClusterObservation;
}

/**
 * Asks every cluster that has a kubeconfig, all at once and with a short deadline. Clusters whose
 * kubeconfig is not known yet are left out: they do not exist yet.
 */
export async function observeFleet(
  declaration: FleetDeclaration,
): Promise<ReadonlyMap<string, ObservedCluster>> {
  const clients = declaration.clusters
    .filter((part) => !isRetired(part))
    .flatMap(({ name, args }) =>
      args.kubeconfig === undefined || isUnknown(args.kubeconfig)
        ? []
        : [clusterClient(args.kubeconfig, { name })],
    );
  const observations = await observeClusters(clients, { timeoutMs: 20_000 });
  return new Map(
    clients.flatMap((client, index) => {
      const seen = observations[index];
      return seen === undefined ? [] : [[client.name, { client, seen }] as const];
    }),
  );
}

/** Findings about the clusters themselves: no usable kubeconfig, two that are one, or one that another repository drives. */
export function observationFindings(
  clusters: readonly RenderedCluster[],
  observed: ReadonlyMap<string, ObservedCluster>,
): readonly Finding[] {
  const reachable = [...observed.values()].flatMap(({ seen }) => (seen.reachable ? [seen] : []));
  const unreadable = [...observed.values()].flatMap(({ seen }) =>
    !seen.reachable && seen.problem.code === "CLUSTER_KUBECONFIG_INVALID" ? [seen.problem] : [],
  );
  const shared = sharedIdentities(reachable);
  const elsewhere = reachable.flatMap(({ cluster, root }) => {
    const wanted = clusters.find(({ name }) => name === cluster)?.sync;
    return root === undefined || wanted === undefined
      ? []
      : rootElsewhere(cluster, root, rootSource(wanted.root, wanted.source));
  });
  return [...unreadable, ...shared, ...elsewhere];
}

/** What can be seen of every tenant that is on its way out; a cluster that was not seen counts as no. */
export async function observeLeaving(
  record: FleetRecord | undefined,
  observed: ReadonlyMap<string, ObservedCluster>,
): Promise<ReadonlyMap<string, OffboardObservation>> {
  const leaving = Object.entries(record?.tenants ?? {}).filter(
    ([, { phase, applier }]) =>
      (phase !== "active" && phase !== "gone") || applier === "leaving-flux",
  );
  return new Map(
    await Promise.all(
      leaving.map(async ([name, tenant]) => {
        const seen = await Promise.all(
          tenant.clusters.map((cluster) => observeTenant(name, tenant, observed.get(cluster))),
        );
        const everywhere = (key: keyof OffboardObservation): boolean =>
          seen.every((one) => one[key] === true);
        return [
          name,
          {
            handedOver: everywhere("handedOver"),
            orphaned: everywhere("orphaned"),
            drained: everywhere("drained"),
            released: everywhere("released"),
          },
        ] as const;
      }),
    ),
  );
}

async function observeTenant(
  name: string,
  { namespace, firstName = name, offboard }: RecordedTenant,
  cluster: ObservedCluster | undefined,
): Promise<OffboardObservation> {
  if (cluster?.seen.reachable !== true) return {};
  const { client } = cluster;
  const ref = { ...fluxKinds.Kustomization, name: firstName };
  const [platform, kustomization, live, releases] = await Promise.all([
    client.get({ ...ref, namespace: fluxNamespace }),
    client.get({ ...ref, namespace }),
    client.get({ apiVersion: "v1", kind: "Namespace", name: namespace }),
    client.list(fluxKinds.HelmRelease, { namespace }),
  ]);
  const declared = releases.filter((release) => isDeclared(release, firstName));
  // Whatever is left in a Namespace that will be deleted could not be uninstalled without its rights.
  const leaving = offboard === "orphan" ? declared : releases;
  const prune = live?.metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"];
  return {
    handedOver: platform === undefined || deletionPolicy(platform) === "Orphan",
    orphaned:
      (kustomization === undefined || deletionPolicy(kustomization) === "Orphan") &&
      declared.every(isSuspended),
    drained: kustomization === undefined && leaving.length === 0,
    released: live === undefined || prune?.toLowerCase() !== "disabled",
  };
}

function deletionPolicy({ spec }: KubeObject): unknown {
  return (spec as { readonly deletionPolicy?: unknown } | undefined)?.deletionPolicy;
}

function isSuspended({ spec }: KubeObject): boolean {
  return (spec as { readonly suspend?: unknown } | undefined)?.suspend === true;
}

/** Whether a release is one of the program, and not one of the tenant's own repository. */
function isDeclared({ metadata: { labels = {} } }: KubeObject, tenant: string): boolean {
  return (
    labels["kustomize.toolkit.fluxcd.io/namespace"] === fluxNamespace &&
    labels["kustomize.toolkit.fluxcd.io/name"] === tenant
  );
}

/** What must be gone from a cluster because its tenant left, or is leaving, or is applied by Pulumi. */
export function absentObjects(
  record: FleetRecord,
  { name, tenants }: Pick<RenderedCluster, "name" | "tenants">,
): readonly ObjectRef[] {
  const releases = tenants.flatMap(({ namespace, leftReleases = [] }) =>
    leftReleases.map((release) => ({ ...fluxKinds.HelmRelease, namespace, name: release })),
  );
  return [...absentOfTenants(record, name), ...releases];
}

function absentOfTenants(record: FleetRecord, cluster: string): readonly ObjectRef[] {
  return Object.entries(record.tenants).flatMap(([part, tenant]): readonly ObjectRef[] => {
    const { clusters, namespace, phase, offboard, applier, firstName = part } = tenant;
    const isLeaving = phase === "draining" || phase === "releasing" || phase === "gone";
    if (!clusters.includes(cluster)) return [];
    const name = firstName;
    if (applier === "pulumi") {
      return [{ ...fluxKinds.Kustomization, namespace: fluxNamespace, name }];
    }
    if (!isLeaving) return [];
    const workload = { ...fluxKinds.Kustomization, namespace, name };
    const home = { apiVersion: "v1", kind: "Namespace", name: namespace };
    return phase === "gone" && offboard === "drain" ? [workload, home] : [workload];
  });
}

/** Whether every Kustomization of a cluster that `up` waits for has applied the commit and is Ready. */
export async function runsCommit(
  cluster: RenderedCluster,
  seen: ReachableCluster,
  isAtCommit: (applied: string) => Promise<boolean>,
): Promise<boolean> {
  const live = new Map(seen.kustomizations.map((one) => [`${one.namespace}/${one.name}`, one]));
  for (const { namespace, name, source, waitFor } of cluster.kustomizations) {
    if (source === "tenant" && !waitFor) continue;
    const one = live.get(`${namespace}/${name}`);
    if (one === undefined) return false;
    if (one.suspended) continue;
    if (one.ready !== true || one.appliedCommit === undefined) return false;
    // A tenant's own Kustomization reads another repository, so its commit says nothing here.
    if (source === "fleet" && !(await isAtCommit(one.appliedCommit))) return false;
  }
  return true;
}
