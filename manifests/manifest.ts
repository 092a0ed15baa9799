import type { RepoPath } from "./repo-path.js";

/** The metadata of an object that is declared in Git or applied to a cluster. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One Kubernetes object as plain data: what stands in a manifest file, without status. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/**
 * One object of the fleet, computed once by a pure function. The Git tree and the resources of a
 * cluster are two views of the list of these.
 */
export interface Manifest {
  /** What is applied, complete and without unresolved values. */
  readonly object: KubernetesObject;
  /** Name of the cluster the object is for. */
  readonly cluster: string;
  /** Who applies it: Flux from Git, or Pulumi directly. Never both. */
  readonly applier: "flux" | "pulumi";
  /** The file it is rendered into. Present exactly when the applier is Flux. */
  readonly path?: RepoPath;
  /** `namespace/name` of the Flux Kustomization that applies it, when the applier is Flux. */
  readonly appliedBy?: string;
  /** The declaration it comes from, for messages: `tenant "payments"`. */
  readonly part: string;
}
