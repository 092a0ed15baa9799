import type { PartHandle } from "./part.js";
import { handle } from "./part.js";

/** Clusters with all of these properties. At least one property is given. */
export interface ClusterQuery {
  /** Clusters of this environment, or of one of these. */
  readonly environment?: string | readonly string[];
  /** Clusters of this ring, or of one of these. */
  readonly ring?: string | readonly string[];
  /** Clusters that carry every one of these labels, with exactly this value or one of these. */
  readonly labels?: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Which clusters of the fleet a part belongs to: every one, those with the given properties, or those
 * that a list names, by cluster or by properties. Resolved once over the whole fleet, so the order of
 * declaration does not matter.
 */
export type ClusterSelector = "all" | ClusterQuery | readonly ClusterChoice[];

/** One entry of a list of clusters: a cluster, or every cluster with the given properties. */
export type ClusterChoice = PartHandle<"cluster"> | ClusterQuery;

/** Tells a list of clusters from the other selectors. */
export function isClusterList(selector: ClusterSelector): selector is readonly ClusterChoice[] {
  return Array.isArray(selector);
}

/** Tells a cluster that is named from properties. */
export function isClusterHandle(choice: ClusterChoice): choice is PartHandle<"cluster"> {
  return "kind" in choice;
}

/** The same selector without the arguments of the clusters it names, so that no secret travels with it. */
export function handlesOnly(selector: ClusterSelector): ClusterSelector {
  return isClusterList(selector)
    ? selector.map((choice) => (isClusterHandle(choice) ? handle(choice) : choice))
    : selector;
}

/** The queries of a selector; none when it is "all" or only names clusters. */
export function queriesOf(selector: ClusterSelector): readonly ClusterQuery[] {
  if (selector === "all") return [];
  return isClusterList(selector)
    ? selector.filter((choice): choice is ClusterQuery => !isClusterHandle(choice))
    : [selector];
}

/** Whether a query names no property at all; it would silently match every cluster. */
export function isEmptyQuery({ environment, ring, labels }: ClusterQuery): boolean {
  return environment === undefined && ring === undefined && Object.keys(labels ?? {}).length === 0;
}
