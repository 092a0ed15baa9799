import type { Part, PartHandle } from "./part.js";
import { handle, part } from "./part.js";
import type { ClusterSelector } from "./selector.js";
import { isClusterList } from "./selector.js";

/** One directory of the fleet repository, applied by the platform on some clusters. */
export interface LayerArgs {
  /** Clusters that apply the layer. */
  readonly clusters: ClusterSelector;
  /**
   * Directory in the fleet repository, for example `./infrastructure/overlays/<environment>`;
   * `<environment>` stands for that of the cluster. Written by hand, never changed by the fleet.
   *
   * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#path
   */
  readonly directory: string;
  /** Layers and tenants that are Ready before this layer is applied. @default none */
  readonly dependsOn?: readonly PartHandle<"layer" | "tenant">[];
  /**
   * How often Flux applies the layer even if Git is unchanged, so the longest time drift survives.
   * Go duration, 10s to 720h. @default "60m" (ours)
   */
  readonly interval?: string;
  /** How soon a failed apply is tried again. Go duration, 10s to 720h. @default "2m" (ours) */
  readonly retryInterval?: string;
  /** Longest time for one apply with its health checks. Go duration, 1s to 24h. @default "5m" (ours) */
  readonly timeout?: string;
  /** Whether the layer is Ready only when everything it applies is. @default true (ours) */
  readonly wait?: boolean;
  /** Whether objects that left the directory are deleted. @default true (ours) */
  readonly prune?: boolean;
}

/** A directory applied by the platform. */
export type LayerPart = Part<"layer", LayerArgs>;

/**
 * Declares a layer: one Flux Kustomization in `flux-system` on each selected cluster.
 *
 * @example
 * ```ts
 * const infrastructure = layer("infrastructure", { clusters: "all", directory: "./infrastructure" });
 * ```
 */
export function layer(name: string, args: LayerArgs): LayerPart {
  return part("layer", name, {
    ...args,
    clusters: isClusterList(args.clusters) ? args.clusters.map(handle) : args.clusters,
    ...(args.dependsOn === undefined ? {} : { dependsOn: args.dependsOn.map(handle) }),
  });
}
