import type { KubernetesObject } from "../../manifests/manifest.js";
import type { ObjectPatch } from "../../manifests/object-patch.js";
import type { Dependency } from "../fleet/dependency.js";
import { dependencyHandles } from "../fleet/dependency.js";
import type { Overrides } from "../fleet/overrides.js";
import type { Input, Part } from "../fleet/part.js";
import { part } from "../fleet/part.js";
import type { ClusterSelector } from "../fleet/selector.js";
import { handlesOnly } from "../fleet/selector.js";
import type { FluxParts } from "../flux-parts.js";
import type { SecretPart } from "../sops/secrets/secret.js";

/**
 * What a layer applies: objects of the program, directories written by hand, and parts, whose objects
 * live in `flux-system`.
 */
export interface LayerContent<Value = Input> extends FluxParts<Value> {
  /**
   * Objects rendered into the layer, one file each. Secrets are refused: they would be committed.
   * A string may hold `variable("NAME")`; any other `${...}` in it reaches the cluster as it is.
   *
   * @default none
   */
  readonly objects?: readonly KubernetesObject[];
  /**
   * Directories of the fleet repository, from its root, for example `./infrastructure/crds`, each
   * with a `kustomization.yaml`. Written by hand, never changed by the fleet.
   *
   * @default none
   */
  readonly directories?: readonly string[];
}

/** What a layer applies on the clusters of one environment besides its base. */
export interface LayerOverlay<Value = Input> extends LayerContent<Value> {
  /** Changes to objects of base and overlay on the clusters of the environment. @default none */
  readonly patches?: readonly ObjectPatch[];
}

/** What differs on the clusters of an environment, of a ring, or on one cluster. */
export interface LayerOverride<Value = Input> {
  /** Further variables, or other values. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Changes made after those of the layer and of its overlay. @default none */
  readonly patches?: readonly ObjectPatch[];
  /** How often Flux applies the layer even if Git is unchanged. @default that of the layer */
  readonly interval?: string;
  /** How soon a failed apply is tried again. @default that of the layer */
  readonly retryInterval?: string;
  /** Longest time for one apply with its health checks. @default that of the layer */
  readonly timeout?: string;
  /**
   * Further Secrets, or others of the same Namespace and name; each as a whole. @default none
   *
   * @see docs/secrets.md
   */
  readonly secrets?: readonly SecretPart<Value>[];
}

/**
 * An object that must be healthy before the layer is Ready.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#health-checks
 */
export interface LayerHealthCheck {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** @default none: the object is cluster-wide */
  readonly namespace?: string;
}

/**
 * How the health of a kind is judged, as CEL expressions over its fields.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#health-check-expressions
 */
export interface LayerHealthCheckExpr {
  readonly apiVersion: string;
  readonly kind: string;
  /** True when the object is healthy. */
  readonly current: string;
  /** True while it is not yet known. @default none */
  readonly inProgress?: string;
  /** True when it has failed. @default none */
  readonly failed?: string;
}

/**
 * How Flux decrypts what people encrypted in the directories of a layer.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
 */
export interface LayerDecryption {
  /** @default "sops", the only one of Flux */
  readonly provider?: "sops";
  /**
   * The Secret in `flux-system` with the keys. @default `sops-age`, the identity of the cluster;
   * with `serviceAccountName` none
   */
  readonly secretRef?: { readonly name: string };
  /** ServiceAccount in `flux-system` with access to a key service of a cloud. @default none */
  readonly serviceAccountName?: string;
}

/** What the platform applies on some clusters: a directory, or a base with overlays. */
export interface LayerArgs<Value = Input> {
  /** Clusters that apply the layer. */
  readonly clusters: ClusterSelector;
  /**
   * Without `base` and `overlays`: a directory of the fleet repository, for example
   * `./infrastructure/overlays/<environment>`; `<environment>` stands for that of the cluster.
   * Written by hand, never changed by the fleet. With them: where the layer is rendered.
   *
   * @default `./<name>`, where the layer is rendered
   * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#path
   */
  readonly directory?: string;
  /** What every cluster of the layer applies, rendered below `<directory>/base`. @default nothing */
  readonly base?: LayerContent<Value>;
  /**
   * What the clusters of an environment apply besides, by environment, rendered below
   * `<directory>/overlays/<environment>`. @default nothing
   */
  readonly overlays?: Readonly<Record<string, LayerOverlay<Value>>>;
  /**
   * Values of `variable("NAME")`, besides the variables of the cluster, over which they win. Never
   * secret: they are committed. @default none
   */
  readonly variables?: Readonly<Record<string, string>>;
  /** Changes to what the layer applies on every cluster. @default none */
  readonly patches?: readonly ObjectPatch[];
  /**
   * What differs by environment, ring or cluster; the more specific wins. That of a ring or of one
   * cluster stands in the Kustomization of the cluster. @default none
   */
  readonly overrides?: Overrides<LayerOverride<Value>>;
  /** Layers and tenants that are Ready before this layer is applied. @default none */
  readonly dependsOn?: readonly Dependency[];
  /**
   * The name this layer had, when it was renamed: its Kustomization keeps that name, so that nothing
   * is deleted. Can be left out after the `up` that renamed it. @default not renamed
   */
  readonly formerly?: string;
  /** Whether the layer is Ready only when everything it applies is. @default true (ours) */
  readonly wait?: boolean;
  /** What must be healthy before the layer is Ready; only without `wait`. @default none */
  readonly healthChecks?: readonly LayerHealthCheck[];
  /** How kinds are judged that Flux does not know. @default none */
  readonly healthCheckExprs?: readonly LayerHealthCheckExpr[];
  /**
   * How often Flux applies the layer even if Git is unchanged, so the longest time drift survives.
   * Go duration, 10s to 720h. @default "60m" (ours)
   */
  readonly interval?: string;
  /** How soon a failed apply is tried again. Go duration, 10s to 720h. @default "2m" (ours) */
  readonly retryInterval?: string;
  /** Longest time for one apply with its health checks. Go duration, 1s to 24h. @default "5m" (ours) */
  readonly timeout?: string;
  /** Whether objects that left the layer are deleted. @default true (ours) */
  readonly prune?: boolean;
  /**
   * ServiceAccount in `flux-system` that the layer is applied as, and that its releases have the rights
   * of. @default "kustomize-controller"
   * (ours), which may do everything
   */
  readonly serviceAccountName?: string;
  /**
   * Secrets that are on each cluster before the layer is applied, in Namespaces that exist with them.
   * Encrypted in Git for each cluster on its own. @default none
   *
   * @see docs/secrets.md
   */
  readonly secrets?: readonly SecretPart<Value>[];
  /** How Flux decrypts files that people wrote. @default not at all; `secrets` do not need it */
  readonly decryption?: LayerDecryption;
}

/** Something applied by the platform. */
export type LayerPart<Value = Input> = Part<"layer", LayerArgs<Value>>;

/**
 * Declares a layer: one Flux Kustomization in `flux-system` on each selected cluster.
 *
 * @example
 * ```ts
 * const infrastructure = layer("infrastructure", { clusters: "all", directory: "./infrastructure" });
 * ```
 */
export function layer(name: string, args: LayerArgs<string>): LayerPart<string>;
export function layer(name: string, args: LayerArgs): LayerPart;
export function layer(name: string, args: LayerArgs): LayerPart {
  return part("layer", name, {
    ...args,
    clusters: handlesOnly(args.clusters),
    ...(args.dependsOn === undefined ? {} : { dependsOn: dependencyHandles(args.dependsOn) }),
  });
}
