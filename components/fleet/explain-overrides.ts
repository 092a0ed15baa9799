import { FleetError } from "../../errors.js";
import { quoted } from "../../graph/values/names.js";
import type { FleetArgs } from "./fleet.js";
import { appliedOverrides } from "./overrides.js";
import type { Overrides } from "./overrides.js";
import type { Input, PartHandle } from "./part.js";
import { partTitle } from "./validation/shape-validation.js";

/** Where a part takes one of its arguments from on a cluster. */
export interface ExplainedArgument {
  /** For example `interval`. */
  readonly argument: string;
  /**
   * Every place that gives it, `args` for the part itself, the least specific first. The last one
   * has the last word; before it `patches` and `variables` have a say, too.
   */
  readonly places: readonly string[];
}

/**
 * Where each argument of a layer or tenant comes from on a cluster; values are not shown, for some
 * are secret. Sorted by argument.
 *
 * @throws FleetError `NOT_LISTED` for a part or cluster that the fleet does not have
 * @example
 * ```ts
 * import { cluster, explainOverrides, gitSource, tenant } from "pulumi-flux-fleet/core";
 *
 * const euWest1 = cluster("eu-west-1", { environment: "production", ring: "canary" });
 * const payments = tenant("payments", {
 *   clusters: "all",
 *   source: gitSource({ url: "https://github.com/acme/payments-app", branch: "main" }),
 *   path: "./deploy",
 *   overrides: { rings: { canary: { interval: "5m" } } },
 * });
 * const fleet = { clusters: [euWest1], tenants: [payments] };
 * const interval = explainOverrides(fleet, payments, euWest1).find(
 *   ({ argument }) => argument === "interval",
 * );
 * // interval.places is ['overrides.rings["canary"]']
 * ```
 */
export function explainOverrides<Value = Input>(
  fleet: Pick<FleetArgs<Value>, "clusters" | "layers" | "tenants">,
  part: PartHandle<"layer" | "tenant">,
  cluster: PartHandle<"cluster">,
): readonly ExplainedArgument[] {
  const { args } =
    part.kind === "layer" ? listed(fleet.layers ?? [], part) : listed(fleet.tenants ?? [], part);
  const { environment, ring = environment } = listed(fleet.clusters, cluster).args;
  const overrides: Overrides<object> | undefined = args.overrides;
  const applied = appliedOverrides(overrides, { name: cluster.name, environment, ring });
  const places = new Map<string, string[]>();
  for (const { at, value } of [{ at: "args", value: args }, ...applied]) {
    for (const [argument, item] of Object.entries(value)) {
      if (item === undefined || argument === "overrides") continue;
      places.set(argument, [...(places.get(argument) ?? []), at]);
    }
  }
  return [...places.keys()].sort().map((argument) => {
    return { argument, places: places.get(argument) ?? [] };
  });
}

function listed<Item extends PartHandle>(parts: readonly Item[], { kind, name }: PartHandle): Item {
  const found = parts.find((part) => part.name === name);
  if (found !== undefined) return found;
  throw new FleetError([
    {
      code: "NOT_LISTED",
      path: partTitle(kind, name),
      problem: `The ${kind} ${quoted(name)} is not listed in the fleet.`,
      remedy: `Use one of ${parts.map((part) => quoted(part.name)).join(", ")}.`,
    },
  ]);
}
