import type { ObjectPatch } from "../../manifests/object-patch.js";
import type { AgeAbandonment, AgeConfirmation } from "../../graph/changes/identities.js";
import type { NotificationPart } from "../notification/notification.js";
import type { SecretPart } from "../sops/secrets/secret.js";
import type { Input, Part } from "./part.js";
import { part } from "./part.js";

/** One age key pair that was made elsewhere. */
export interface AgeKeyPair<Value = Input> {
  /** Public half, `age1…`. Encrypted files of this cluster are encrypted to it (`.sops.yaml`). */
  readonly recipient: string;
  /**
   * Private half, an age identity or a key file; a secret. Installed as Secret
   * `flux-system/sops-age`. @default the Secret is installed by someone else
   */
  readonly identity?: Value | undefined;
}

/** How one age key gives way to the next. */
export interface AgeChange<Value = Input> {
  /**
   * The key before this one, which stays installed until every file is encrypted to the new one. Can be
   * left out after that, and where earlier generations are kept. @default none: the key was not changed
   */
  readonly previous?: AgeKeyPair<Value> | undefined;
  /** What a person saw where `up` cannot look. @default nothing @see docs/rotation.md */
  readonly confirmed?: AgeConfirmation | undefined;
  /** The key that goes at once, without overlap. @default none @see docs/rotation.md */
  readonly abandon?: AgeAbandonment | undefined;
}

/** The age key with which a cluster decrypts its secrets, made elsewhere. */
export interface ClusterAgeKey<Value = Input> extends AgeKeyPair<Value>, AgeChange<Value> {}

/** An age identity that the fleet makes once and keeps in the state of Pulumi. */
export interface GeneratedAgeKey<Value = Input> extends AgeChange<Value> {
  /** A higher one makes a new identity, beside which the old one stays until it is not needed. @default 1 */
  readonly generation?: number | undefined;
  /** ML-KEM-768 with X25519; needs Flux 2.9 and sops 3.12. @default false */
  readonly postQuantum?: boolean | undefined;
}

/** The key that was made elsewhere; undefined when the fleet makes it, or there is none. */
export function broughtKey<Value>(
  age: ClusterArgs<Value>["age"],
): ClusterAgeKey<Value> | undefined {
  return age !== undefined && "recipient" in age ? age : undefined;
}

/** A cluster that runs without multi-tenancy lockdown, and why. */
export interface LockdownDisabled {
  readonly disabled: true;
  /** Why this cluster may run without lockdown; read by reviewers. */
  readonly reason: string;
}

/** What a fleet knows about one cluster. */
export interface ClusterArgs<Value = Input> {
  /** Environment, for example `production`; part of the paths in the repository. A DNS label. */
  readonly environment: string;
  /** Rollout ring; decides which Flux version the cluster runs. @default the environment */
  readonly ring?: string;
  /** Labels for selectors. They never reach the cluster. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Kubeconfig text; a secret. Without it the cluster is rendered, but neither installed nor waited
   * for. @default none: a private cluster that only pulls
   */
  readonly kubeconfig?: Value | undefined;
  /**
   * What an unreachable cluster does to `up` after the commit was made: end it with an error, or
   * report the cluster as pending. @default "fail"
   */
  readonly whenUnreachable?: "fail" | "skip";
  /** Expected UID of Namespace `kube-system`; another cluster is refused. @default not checked */
  readonly identity?: string;
  /**
   * With which age key the cluster decrypts. @default a generated one when anything is encrypted for
   * the cluster, else none
   */
  readonly age?: ClusterAgeKey<Value> | GeneratedAgeKey<Value>;
  /** Secrets of the cluster that belong to no layer and no tenant. @default none */
  readonly secrets?: readonly SecretPart<Value>[];
  /**
   * Notifications of this cluster besides those of the fleet, in `flux-system`. @default none
   *
   * @see docs/notifications.md
   */
  readonly notifications?: readonly NotificationPart<Value>[];
  /**
   * Variables of the cluster, committed as ConfigMap `flux-system/flux-runtime-info` and substituted
   * in its layers; never secrets. @default none
   *
   * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
   */
  readonly variables?: Readonly<Record<string, Value>>;
  /**
   * Multi-tenancy lockdown of the Flux controllers, from the first commit on. Without it a tenant
   * can act as cluster-admin, so such a cluster takes no tenants. @default true
   *
   * @see https://fluxcd.io/flux/installation/configuration/multitenancy/
   */
  readonly lockdown?: true | LockdownDisabled;
  /**
   * The name this cluster had, when it was renamed: its directory and its key keep that name, and
   * nothing on it changes. Can be left out after the `up` that renamed it. @default not renamed
   */
  readonly formerly?: string;
  /**
   * Takes the cluster out of the fleet: its directory leaves Git and its Secrets leave the state of
   * Pulumi. The cluster keeps running what it runs; only what reads other directories or repositories
   * is still brought up to date. Keep the part declared until the cluster is switched off or its root
   * Kustomization deleted. @default the cluster stays
   *
   * @see docs/parts.md
   */
  readonly retire?: {
    /** Why the cluster leaves; read by reviewers. */
    readonly reason: string;
  };
  /**
   * Changes to what the root Kustomization applies on this cluster, in order, for what has no
   * argument: the controllers of Flux, for example. Names, ServiceAccounts, sources, paths and the
   * flags of the lockdown cannot be changed. @default none
   *
   * @see docs/parts.md
   */
  readonly patches?: readonly ObjectPatch[];
  /** Directory of the cluster in the repository. @default `clusters/<environment>/<name>` */
  readonly path?: string;
}

/** A cluster of the fleet. */
export type ClusterPart<Value = Input> = Part<"cluster", ClusterArgs<Value>>;

/**
 * Declares a cluster. Nothing is created until the Fleet that lists it.
 *
 * @example
 * ```ts
 * const euWest1 = cluster("eu-west-1", { environment: "production", ring: "canary" });
 * ```
 */
export function cluster(name: string, args: ClusterArgs<string>): ClusterPart<string>;
export function cluster(name: string, args: ClusterArgs): ClusterPart;
export function cluster(name: string, args: ClusterArgs): ClusterPart {
  return part("cluster", name, args);
}
