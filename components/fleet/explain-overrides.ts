import { FleetError } from "../../errors.js";
import { quoted } from "../../graph/values/names.js";
import type { FleetArgs } from "./fleet.js";
import { appliedOverrides, overriddenCluster } from "./overrides.js";
import type { Overrides } from "./overrides.js";
import type { Input, PartHandle } from "./part.js";
import type { SecretPart } from "../sops/secrets/secret.js";
import { partTitle } from "./validation/shape-validation.js";

/** Where a part takes one of its arguments from on a cluster. */
export interface ExplainedArgument {
  /** For example `interval`; of `secrets` each one, for example `secrets["payment-db"]`. */
  readonly argument: string;
  /**
   * Every place that gives it, `args` for the part itself, the least specific first. The last one
   * has the last word; before it `patches` and `variables` have a say, too.
   */
  readonly places: readonly string[];
}

/**
 * Where each argument of a layer or tenant comes from on a cluster; values are not shown, for some
 * are secret; Secrets are named. Sorted by argument.
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
  const overrides: Overrides<object> | undefined = args.overrides;
  const applied = appliedOverrides(overrides, overriddenCluster(listed(fleet.clusters, cluster)));
  const places = new Map<string, string[]>();
  for (const { at, value } of [{ at: "args", value: args }, ...applied]) {
    for (const argument of argumentsOf(value, part)) {
      places.set(argument, [...(places.get(argument) ?? []), at]);
    }
  }
  return [...places.keys()].sort().map((argument) => {
    return { argument, places: places.get(argument) ?? [] };
  });
}

/** The names of arguments that are given, of Secrets each one for itself. */
function argumentsOf(
  args: { readonly secrets?: readonly SecretPart<unknown>[] },
  { kind }: PartHandle,
): readonly string[] {
  const { secrets = [], ...rest } = args;
  const others = Object.entries(rest).filter(
    ([argument, item]) => item !== undefined && argument !== "overrides",
  );
  const names = secrets.map(({ name, args: { namespace = "" } }) =>
    kind === "layer" ? `${namespace}/${name}` : name,
  );
  return [
    ...others.map(([argument]) => argument),
    ...names.map((name) => `secrets[${quoted(name)}]`),
  ];
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
