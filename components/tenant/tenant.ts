import type { ObjectPatch } from "../../manifests/object-patch.js";
import type { Input, Part } from "../fleet/part.js";
import type { AgeChange } from "../fleet/cluster.js";
import type { Dependency } from "../fleet/dependency.js";
import { dependencyHandles } from "../fleet/dependency.js";
import type { Overrides } from "../fleet/overrides.js";
import { part } from "../fleet/part.js";
import type { ClusterSelector } from "../fleet/selector.js";
import { handlesOnly } from "../fleet/selector.js";
import type { FluxParts } from "../flux-parts.js";
import type { ImageAutomationPart } from "../image/image-automation.js";
import { imageUpdatesOf } from "../image/image-updates.js";
import type { ImageUpdatesArgs } from "../image/image-updates.js";
import type { SecretPart } from "../sops/secrets/secret.js";
import type { GitSource } from "./git-source.js";

/** A wider role than the rendered one, with the reason for it. */
export interface TenantClusterRole {
  readonly kind: "ClusterRole";
  /** `edit` can write most kinds of the Namespace, `admin` also its Roles and RoleBindings. */
  readonly name: "edit" | "admin";
  /** Why this tenant needs it; read by reviewers. */
  readonly reason: string;
}

/** What a tenant is on each of its clusters, without saying which clusters. */
export interface TenantManifestArgs<Value = Input> extends FluxParts<Value> {
  /** Repository the workload comes from. */
  readonly source: GitSource<Value>;
  /** Directory in that repository, for example `./deploy/production`. */
  readonly path: string;
  /** Namespace of the tenant; nobody else's. @default the tenant's name */
  readonly namespace?: string;
  /**
   * What the tenant may do in its Namespace. @default Role `<tenant>-reconciler`, rendered and listed
   * verb by verb: workloads, their configuration and their network, nothing that grants rights
   */
  readonly role?: TenantClusterRole;
  /**
   * How often Flux applies the workload even if Git is unchanged, so the longest time drift
   * survives. Go duration, 10s to 720h. @default "60m" (ours)
   */
  readonly interval?: string;
  /** How soon a failed apply is tried again. Go duration, 10s to 720h. @default "2m" (ours) */
  readonly retryInterval?: string;
  /** Longest time for one apply with its health checks. Go duration, 1s to 24h. @default "5m" (ours) */
  readonly timeout?: string;
  /** Further labels of the Namespace. @default only the tenant label */
  readonly labels?: Readonly<Record<string, Value>>;
  /** Further annotations of the Namespace. @default none */
  readonly annotations?: Readonly<Record<string, Value>>;
  /**
   * Changes to the rendered objects, in order, for what has no argument. What an object is called,
   * whose rights it runs with and what keeps it from being pruned cannot be changed. @default none
   *
   * @see docs/parts.md
   */
  readonly patches?: readonly ObjectPatch[];
  /**
   * Secrets in the Namespace of the tenant, encrypted in Git for each cluster on its own. @default none
   *
   * @see docs/secrets.md
   */
  readonly secrets?: readonly SecretPart<Value>[];
}

/**
 * The age identity with which Flux decrypts the tenant's own repository: one that the fleet makes and
 * keeps, or one that was made elsewhere.
 */
export type TenantAge<Value = Input> = AgeChange<Value> &
  (
    | {
        /** A higher one makes a new identity; that of the generation before stays beside it. @default 1 */
        readonly generation?: number | undefined;
      }
    | {
        /** Public half, `age1…`, to which the tenant encrypts. */
        readonly recipient: string;
        /** Private half, an age identity or a key file; a secret. */
        readonly identity: Value;
      }
  );

/** What may differ on some clusters; the rest of a tenant is the same wherever it runs. */
export type TenantOverride<Value = Input> = Readonly<
  Partial<
    Pick<
      TenantManifestArgs<Value>,
      "source" | "path" | "interval" | "retryInterval" | "timeout" | "patches" | "secrets"
    >
  >
>;

/** The images of a tenant and who writes their tags. */
export interface TenantImages {
  /** Images that Flux looks for, on the cluster that `imageUpdates` names. @default none */
  readonly images?: readonly ImageAutomationPart[];
  /**
   * Writes the chosen tags to the tenant's own repository, with the tenant's own key. @default nobody
   *
   * @see docs/image-automation.md
   */
  readonly imageUpdates?: ImageUpdatesArgs;
}

/** A team with its own Namespace, rights and repository on some clusters. */
export interface TenantArgs<Value = Input> extends TenantManifestArgs<Value>, TenantImages {
  /** Clusters the tenant runs on. */
  readonly clusters: ClusterSelector;
  /** Layers and tenants that are Ready before the workload is applied. @default none */
  readonly dependsOn?: readonly Dependency[];
  /** Whether `up` waits for the workload and fails when it is not Ready. @default false */
  readonly waitFor?: boolean;
  /**
   * Refuses the tenant's removal before any commit. Taken back only in an `up` of its own, before
   * the one that removes. @default false
   */
  readonly protect?: boolean;
  /**
   * Who applies Namespace, rights, source and Kustomization: Flux from Git, or Pulumi through the
   * clusters' kubeconfigs, with nothing of the tenant in Git. The objects are the same. To Pulumi it
   * takes two `up`s, back to Flux one; nothing is deleted on the way. @default "flux"
   *
   * @see docs/parts.md
   */
  readonly applier?: "flux" | "pulumi";
  /**
   * The name this tenant had, when it was renamed: in Git and on the clusters it keeps that name, so
   * that nothing is deleted. Can be left out after the `up` that renamed it. @default not renamed
   */
  readonly formerly?: string;
  /**
   * Removes the tenant in phases, one per `up`. `drain` deletes the workload first, while the
   * tenant's rights still exist, then the Namespace and the rest. `orphan` leaves the workload and
   * its Namespace running and removes what manages them. @default the tenant stays
   */
  readonly offboard?: "drain" | "orphan";
  /** What differs by environment, ring or cluster. @default the same everywhere */
  readonly overrides?: Overrides<TenantOverride<Value>>;
  /**
   * An identity of the tenant's own, in Secret `sops-age` of its Namespace, with which its Kustomization
   * decrypts what the tenant encrypted in its repository. @default none: it decrypts nothing
   */
  readonly age?: TenantAge<Value>;
}

/** A tenant of the fleet. */
export type TenantPart<Value = Input> = Part<"tenant", TenantArgs<Value>>;

/**
 * Declares a tenant. Nothing is created until the Fleet that lists it.
 *
 * @example
 * ```ts
 * const payments = tenant("payments", {
 *   clusters: { environment: "production" },
 *   source: gitSource({ url: "https://github.com/acme/payments-app", branch: "main" }),
 *   path: "./deploy/production",
 * });
 * ```
 */
export function tenant(name: string, args: TenantArgs<string>): TenantPart<string>;
export function tenant(name: string, args: TenantArgs): TenantPart;
export function tenant(name: string, args: TenantArgs): TenantPart {
  return part("tenant", name, {
    ...args,
    clusters: handlesOnly(args.clusters),
    ...(args.imageUpdates === undefined ? {} : { imageUpdates: imageUpdatesOf(args.imageUpdates) }),
    ...(args.dependsOn === undefined ? {} : { dependsOn: dependencyHandles(args.dependsOn) }),
  });
}
