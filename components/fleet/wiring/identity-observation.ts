import { decryptingKustomizations, revisionCommit, secretTexts } from "../../../cluster/index.js";
import type { ClusterClient, DecryptingKustomization } from "../../../cluster/index.js";
import type { AgeObservation, RecordedAge } from "../../../graph/changes/identities.js";
import type { FleetRecord, RecordedTenant } from "../../../graph/changes/ownership.js";
import type { HeadReader } from "../../../repository/index.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { ageSecretName } from "../../sops/age-secret.js";
import { identityRecipients } from "../../sops/identity-recipients.js";
import { partIdentity } from "../model.js";
import type { ObservedCluster } from "./fleet-observation.js";

/** Tells whether a commit that a cluster applied has the one at head in its history. */
type IsAtHead = (commit: string | undefined) => Promise<boolean>;

/**
 * What can be seen of every identity that changes, by the identity of its part. Nothing is asked when
 * none does. The live Secrets are read in memory; what is kept of them are recipients.
 */
export async function observeIdentities(
  record: FleetRecord | undefined,
  observed: ReadonlyMap<string, ObservedCluster>,
  reader: HeadReader | undefined,
): Promise<ReadonlyMap<string, AgeObservation>> {
  if (record === undefined) return new Map();
  const head = reader?.head.ownershipCommit;
  const isAtHead: IsAtHead | undefined =
    reader === undefined || head === undefined
      ? undefined
      : async (commit) => commit !== undefined && reader.isDescendant(commit, head);
  const clusters = Object.entries(record.clusters).flatMap(([name, { age }]) =>
    isChanging(age)
      ? [entry("cluster", name, observeCluster(observed.get(name), age, isAtHead))]
      : [],
  );
  const tenants = Object.entries(record.tenants).flatMap(([name, tenant]) =>
    isChanging(tenant.age)
      ? [entry("tenant", name, observeTenant(name, tenant, tenant.age, observed))]
      : [],
  );
  return new Map(await Promise.all([...clusters, ...tenants]));
}

async function entry(
  kind: "cluster" | "tenant",
  name: string,
  seen: Promise<AgeObservation>,
): Promise<readonly [string, AgeObservation]> {
  return [partIdentity({ kind, name }), await seen];
}

function isChanging(age: RecordedAge | undefined): age is RecordedAge {
  return age?.phase !== undefined;
}

function clientOf(cluster: ObservedCluster | undefined): ClusterClient | undefined {
  return cluster?.seen.reachable === true ? cluster.client : undefined;
}

async function observeCluster(
  cluster: ObservedCluster | undefined,
  { phase }: RecordedAge,
  isAtHead: IsAtHead | undefined,
): Promise<AgeObservation> {
  if (cluster?.seen.reachable !== true) return {};
  const { client, seen } = cluster;
  const installed = await liveRecipients(client, fluxNamespace);
  if (phase !== "reencrypting" || isAtHead === undefined) return { installed };
  const decrypting = await decryptingKustomizations(client, ageSecretName);
  // The root counts as one of them: what it has yet to create may decrypt, too.
  const root = {
    key: `${fluxNamespace}/${fluxNamespace}`,
    readsRootSource: true,
    appliedCommit: revisionCommit(seen.root?.lastAppliedRevision),
  };
  return { installed, ...(await notAtHead([root, ...decrypting], isAtHead)) };
}

/** Those that may still apply files of the old identity, and those of which nobody here can tell. */
export async function notAtHead(
  kustomizations: readonly DecryptingKustomization[],
  isAtHead: IsAtHead,
): Promise<Required<Pick<AgeObservation, "behind" | "foreign">>> {
  const judged = await Promise.all(
    kustomizations.map(async (one) => ({
      ...one,
      isBehind: one.readsRootSource && !(await isAtHead(one.appliedCommit)),
    })),
  );
  const behind = new Set(judged.flatMap(({ isBehind, key }) => (isBehind ? [key] : [])));
  const foreign = judged.flatMap(({ readsRootSource, key }) => (readsRootSource ? [] : [key]));
  return { behind: [...behind], foreign };
}

/** The Secret of a tenant, on all of its clusters. Who reads what in its repository, only the tenant knows. */
async function observeTenant(
  name: string,
  { clusters, namespace, firstName = name }: RecordedTenant,
  { next }: RecordedAge,
  observed: ReadonlyMap<string, ObservedCluster>,
): Promise<AgeObservation> {
  const seen = await Promise.all(
    clusters.map(async (cluster) => {
      const client = clientOf(observed.get(cluster));
      return client === undefined ? undefined : liveRecipients(client, namespace);
    }),
  );
  const foreign = [`${namespace}/${firstName}`];
  const known = seen.filter((one) => one !== undefined);
  const [first = [], ...others] = known;
  const everywhere = first.filter((one) => others.every((list) => list.includes(one)));
  // One that is seen to lack it settles the question; one that is not seen leaves it open.
  const isOpen = known.length < seen.length && (next === undefined || everywhere.includes(next));
  return known.length === 0 || isOpen
    ? { foreign }
    : { installed: everywhere, behind: [], foreign };
}

async function liveRecipients(
  client: ClusterClient,
  namespace: string,
): Promise<readonly string[]> {
  return identityRecipients((await secretTexts(client, namespace, ageSecretName)) ?? {});
}
