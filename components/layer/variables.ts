import type { OverriddenCluster } from "../fleet/overrides.js";
import { overridden, overridesOn } from "../fleet/overrides.js";
import type { LayerArgs } from "./layer.js";

/** A cluster as its layers see it. */
export interface LayerCluster extends OverriddenCluster {
  /** The variables that all of its layers have. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The variables of a layer on one cluster. */
export interface LayerVariables {
  /** Every value that Flux puts in; without any it leaves the layer as it is. */
  readonly values: Readonly<Record<string, string>>;
  /** Those that stand in the Kustomization of the layer. */
  readonly inline: Readonly<Record<string, string>>;
}

/**
 * The variables of a layer on one cluster. The layer's win over the cluster's, the more specific
 * override over the layer's, and a default is taken where nobody has a value.
 */
export function layerVariables(
  args: LayerArgs,
  cluster: LayerCluster,
  defaults: ReadonlyMap<string, string>,
): LayerVariables {
  const { variables: own = {} } = overridden(args, overridesOn(args.overrides, cluster));
  const missing = [...defaults].filter(
    ([name]) => !Object.hasOwn(own, name) && !Object.hasOwn(cluster.variables, name),
  );
  const inline = { ...Object.fromEntries(missing), ...own };
  return { inline, values: { ...cluster.variables, ...inline } };
}

/**
 * The same variables, and at least one: Flux substitutes, and so takes escapes back, only where there
 * is any.
 */
export function withSomeVariable(variables: LayerVariables, cluster: string): LayerVariables {
  if (Object.keys(variables.values).length > 0) return variables;
  const inline = { CLUSTER_NAME: cluster };
  return { inline, values: inline };
}
