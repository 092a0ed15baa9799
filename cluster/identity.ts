import type { Finding } from "../errors.js";
import { clusterFinding } from "./problems.js";

/** What tells one cluster from another. Neither value is secret. */
export interface ClusterIdentity {
  /** UID of Namespace `kube-system`: it lives as long as the cluster's data. */
  readonly uid: string;
  /** Digest of server URL and certificate authority, see `Endpoint.digest`. */
  readonly endpoint: string;
}

/** What is known about a cluster when its identity is judged. */
export interface IdentityQuestion {
  readonly cluster: string;
  /** What the last `up` recorded; undefined at first. */
  readonly recorded?: ClusterIdentity | undefined;
  readonly observed: ClusterIdentity;
  /** The UID that the declaration names (`identity` of the cluster part). */
  readonly expected?: string | undefined;
}

/**
 * - `same`: the recorded cluster.
 * - `first`: nothing was recorded.
 * - `rebuilt`: another cluster behind the same address and authority; it needs keys and Flux again.
 * - `moved`: the recorded cluster behind another address or authority.
 * - `replaced`: another cluster elsewhere, and the declaration names it.
 * - `refused`: another cluster than the declaration or the record says; nothing may be written to it.
 */
export type IdentityDecision =
  | { readonly kind: "same" | "first" | "rebuilt" | "moved" | "replaced" }
  | { readonly kind: "refused"; readonly finding: Finding };

/** Decides whether a kubeconfig leads where it should, before a credential or a key is written there. */
export function decideIdentity(question: IdentityQuestion): IdentityDecision {
  const { cluster, recorded, observed, expected } = question;
  if (expected !== undefined && expected !== observed.uid) {
    return {
      kind: "refused",
      finding: clusterFinding(
        "CLUSTER_IDENTITY_UNEXPECTED",
        cluster,
        `its kubeconfig leads to the cluster with identity "${observed.uid}", its declaration names "${expected}".`,
        "Give the kubeconfig of the declared cluster, or declare the identity of this one.",
      ),
    };
  }
  if (recorded === undefined) return { kind: "first" };
  const sameCluster = recorded.uid === observed.uid;
  const sameEndpoint = recorded.endpoint === observed.endpoint;
  if (sameCluster) return { kind: sameEndpoint ? "same" : "moved" };
  if (sameEndpoint) return { kind: "rebuilt" };
  if (expected === observed.uid) return { kind: "replaced" };
  return {
    kind: "refused",
    finding: clusterFinding(
      "CLUSTER_SWAPPED",
      cluster,
      `its kubeconfig now leads elsewhere, to the cluster with identity "${observed.uid}"; "${recorded.uid}" is recorded.`,
      `Give back the kubeconfig of the recorded cluster, or declare identity "${observed.uid}" if this one replaces it.`,
    ),
  };
}

/** A finding for every group of declared clusters that are one and the same. */
export function sharedIdentities(
  observed: readonly { readonly cluster: string; readonly uid: string }[],
): readonly Finding[] {
  const names = new Map<string, string[]>();
  for (const { cluster, uid } of observed) names.set(uid, [...(names.get(uid) ?? []), cluster]);
  return [...names.values()].flatMap((group) => {
    const [first, ...others] = group.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    if (first === undefined || others.length === 0) return [];
    const also = others.map((name) => `"${name}"`).join(", ");
    return [
      clusterFinding(
        "CLUSTER_DECLARED_TWICE",
        first,
        `its kubeconfig leads to the same cluster as that of ${also}.`,
        "Give each cluster its own kubeconfig, or declare it once.",
      ),
    ];
  });
}
