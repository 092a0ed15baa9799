import type { RecordedCluster } from "../../graph/changes/ownership.js";
import { isInGit } from "../../graph/changes/appliers.js";
import { readsIdentity } from "../layer/kustomization.js";
import type { TenantArgs } from "../tenant/tenant.js";
import type { ClusterPart } from "./cluster.js";
import type { FleetModel, ModelLayer, ModelTenant } from "./model.js";
import { overriddenCluster, secretsOn } from "./overrides.js";
import type { OverriddenCluster } from "./overrides.js";
import type { IdentityContext, PartIdentity } from "./part-identity.js";
import { clusterIdentity, identityKey } from "./part-identity.js";
import type { PartHandle } from "./part.js";
import { handle } from "./part.js";

/** An identity that the fleet makes once and keeps. */
export interface PlannedIdentity {
  /** Under which rendering wants it, see `RenderContext.identities`. */
  readonly key: string;
  /** The cluster or tenant whose it is. */
  readonly owner: PartHandle<"cluster" | "tenant">;
  readonly generation: number;
  readonly postQuantum: boolean;
}

/** What is on a cluster, as far as it decrypts. */
export interface ClusterContent {
  readonly layers: readonly ModelLayer[];
  readonly tenants: readonly ModelTenant[];
}

/** The identity of a cluster as this commit has it; undefined when nothing on it decrypts with one. */
export function clusterIdentityOf(
  part: ClusterPart<string>,
  content: ClusterContent,
  context: Omit<IdentityContext, "head">,
  head: RecordedCluster | undefined,
): PartIdentity | undefined {
  const age = part.args.age ?? keptAge(head);
  if (age === undefined && !decrypts(part, content)) return undefined;
  const declared = age === undefined ? part : { ...part, args: { ...part.args, age } };
  return clusterIdentity(declared, {
    ...context,
    ...{ head: head?.age, madeBefore: head?.ageGeneration },
  });
}

/** Every identity that the fleet makes: of each cluster and tenant all generations, oldest first. */
export function plannedIdentities(model: FleetModel): readonly PlannedIdentity[] {
  return [...model.clusters, ...model.retired, ...model.tenants].flatMap(({ identity }) => {
    if (identity === undefined) return [];
    const { part, postQuantum } = identity.subject;
    const owner = handle(part);
    return identity.generations.map((generation) => ({
      ...{ key: identityKey(owner, generation), owner, generation, postQuantum },
    }));
  });
}

/** An identity that the fleet made stays when the last secret leaves: old commits need it. */
function keptAge(head: RecordedCluster | undefined): ClusterPart<string>["args"]["age"] {
  const { age, ageGeneration: generation } = head ?? {};
  if (age === undefined || generation === undefined) return undefined;
  return { generation, postQuantum: age.recipient.startsWith("age1pq1") };
}

/** Whether anything on the cluster is encrypted to an identity of it. */
function decrypts(part: ClusterPart<string>, { layers, tenants }: ClusterContent): boolean {
  const cluster = overriddenCluster(part);
  return (
    (part.args.secrets ?? []).length > 0 ||
    layers.some((layer) => layerDecrypts(layer, cluster)) ||
    tenants.some((tenant) => isInGit(tenant) && tenantDecrypts(tenant.part.args))
  );
}

/** Whether the layer needs the identity of the cluster. */
function layerDecrypts({ part: { args } }: ModelLayer, cluster: OverriddenCluster): boolean {
  const { decryption } = args;
  return (
    secretsOn(args, cluster).length > 0 || (decryption !== undefined && readsIdentity(decryption))
  );
}

/** Whether the directory of a tenant, as it is on a cluster, holds anything encrypted. */
export function tenantDecrypts({ secrets, age }: TenantArgs<string>): boolean {
  return age !== undefined || (secrets ?? []).length > 0;
}
