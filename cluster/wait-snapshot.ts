import type { CallOptions, ClusterClient } from "./client.js";
import { conditionOf, fluxKinds, fluxSystem, keyOf, sourceOf } from "./flux-objects.js";
import { hasCode } from "./problems.js";
import type { ExpectedRelease } from "./wait-releases.js";
import { describeObject, type KubeObject, type ObjectRef } from "./objects.js";

/** A Kustomization that has to exist on a cluster once it runs the commit. */
export interface ExpectedKustomization {
  readonly namespace: string;
  readonly name: string;
  /** Which repository it reads: the fleet's, or a tenant's own. @defaultValue what the live object says */
  readonly source?: "fleet" | "tenant" | undefined;
  /** The tenant it belongs to. */
  readonly tenant?: string | undefined;
  /** For one that reads a tenant's own source: whether its failure is a failure of `up`. @defaultValue false */
  readonly waitFor?: boolean | undefined;
  /** `namespace/name` of the Kustomization that creates it. @defaultValue the tenant's own in `flux-system`, else the root */
  readonly appliedBy?: string | undefined;
}

/** One cluster to wait for. */
export interface WaitCluster {
  readonly name: string;
  readonly client: ClusterClient;
  readonly kustomizations: readonly ExpectedKustomization[];
  /** HelmReleases that are not part of the health of a Kustomization. @defaultValue none */
  readonly releases?: readonly ExpectedRelease[];
  /** Objects that have to be gone, for example the Kustomization and the Namespace of a tenant that left. */
  readonly absent?: readonly ObjectRef[];
  /** `namespace/name` of the GitRepository with the fleet's repository. @defaultValue "flux-system/flux-system" */
  readonly source?: string;
}

/** Everything about a cluster that one look at it brings. */
export interface Snapshot {
  /** By `namespace/name`. */
  readonly kustomizations: ReadonlyMap<string, KubeObject>;
  readonly source: KubeObject | undefined;
  /** HelmReleases by `namespace/name`; none where none is expected. */
  readonly releases: ReadonlyMap<string, KubeObject>;
  /** Sources of tenants, by `namespace/name`, as far as their state explains that of a Kustomization. */
  readonly tenantSources: ReadonlyMap<string, KubeObject>;
  /** What should be gone and is there, by its description. */
  readonly remaining: ReadonlyMap<string, KubeObject>;
}

/** Key of the source of the fleet's repository. */
export function fleetSourceKey(cluster: WaitCluster): string {
  return cluster.source ?? `${fluxSystem}/${fluxSystem}`;
}

/** Reads one cluster: one list, one object, and one request per thing that should be gone or explains a failure. */
export async function takeSnapshot(cluster: WaitCluster, options: CallOptions): Promise<Snapshot> {
  const { client } = cluster;
  const [namespace = "", name = ""] = fleetSourceKey(cluster).split("/");
  const [kustomizations, releases, source, remaining] = await Promise.all([
    client.list(fluxKinds.Kustomization, options),
    (cluster.releases ?? []).length === 0 ? [] : listReleases(cluster, options),
    client.get({ ...fluxKinds.GitRepository, namespace, name }, options),
    readRemaining(cluster, options),
  ]);
  const byKey = new Map(kustomizations.map((one) => [keyOf(one), one]));
  const tenantSources = await readTenantSources(cluster, byKey, options);
  const releaseMap = new Map(releases.map((one) => [keyOf(one), one]));
  return { kustomizations: byKey, releases: releaseMap, source, tenantSources, remaining };
}

async function listReleases(
  { client }: WaitCluster,
  options: CallOptions,
): Promise<readonly KubeObject[]> {
  try {
    return await client.list(fluxKinds.HelmRelease, options);
  } catch (error) {
    // Before Flux is installed there is no such kind.
    if (hasCode(error, "CLUSTER_KIND_UNKNOWN", "CLUSTER_OBJECT_MISSING")) return [];
    throw error;
  }
}

async function readRemaining(
  { client, absent = [] }: WaitCluster,
  options: CallOptions,
): Promise<ReadonlyMap<string, KubeObject>> {
  const found = await Promise.all(
    absent.map(async (ref) => [describeObject(ref), await client.get(ref, options)] as const),
  );
  return new Map(
    found.flatMap(([key, object]) => (object === undefined ? [] : [[key, object] as const])),
  );
}

async function readTenantSources(
  cluster: WaitCluster,
  kustomizations: ReadonlyMap<string, KubeObject>,
  options: CallOptions,
): Promise<ReadonlyMap<string, KubeObject>> {
  const wanted = new Map<string, ObjectRef>();
  for (const { namespace, name } of cluster.kustomizations) {
    const object = kustomizations.get(`${namespace}/${name}`);
    if (object === undefined || conditionOf(object, "Ready")?.reason !== "ArtifactFailed") continue;
    const source = sourceOf(object);
    const kind = sourceKinds.find((one) => one.kind === source.kind);
    if (kind === undefined || source.key === fleetSourceKey(cluster)) continue;
    const [sourceNamespace = "", sourceName = ""] = source.key.split("/");
    wanted.set(source.key, { ...kind, namespace: sourceNamespace, name: sourceName });
  }
  const found = await Promise.all(
    [...wanted].map(async ([key, ref]) => [key, await cluster.client.get(ref, options)] as const),
  );
  return new Map(
    found.flatMap(([key, object]) => (object === undefined ? [] : [[key, object] as const])),
  );
}

const sourceKinds = [fluxKinds.GitRepository, fluxKinds.OCIRepository, fluxKinds.Bucket];
