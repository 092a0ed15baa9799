import type { PartHandle } from "./part.js";

/** Clusters with all of these properties. At least one property is given. */
export interface ClusterQuery {
  /** Clusters of this environment. */
  readonly environment?: string;
  /** Clusters of this ring. */
  readonly ring?: string;
  /** Clusters that carry every one of these labels with exactly this value. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Which clusters of the fleet a part belongs to: every one, those named, or those with the given
 * properties. Resolved once over the whole fleet, so the order of declaration does not matter.
 */
export type ClusterSelector = "all" | readonly PartHandle<"cluster">[] | ClusterQuery;

/** Tells a list of clusters from the other selectors. */
export function isClusterList(
  selector: ClusterSelector,
): selector is readonly PartHandle<"cluster">[] {
  return Array.isArray(selector);
}
