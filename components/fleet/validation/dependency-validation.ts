import type { Finding } from "../../../errors.js";
import { phaseContent } from "../../../graph/changes/offboarding.js";
import { cycles } from "../../../graph/cycles.js";
import { expressionFindings, readyRule } from "../../../graph/values/expressions.js";
import { quoted, someNames } from "../../../graph/values/names.js";
import type { Dependency } from "../dependency.js";
import { awaited, awaitedParts, isConditional } from "../dependency.js";
import type { FleetModel, ModelLayer, ModelTenant } from "../model.js";
import { partIdentity } from "../model.js";
import type { PartHandle } from "../part.js";
import { partTitle } from "./shape-validation.js";

/** What may depend on others, and others on it. */
export type Dependent = ModelLayer | ModelTenant;

/**
 * The findings of what parts wait for: what is not on the same clusters, is in a circle, says nothing
 * of its health, or is waited for under a condition that Flux could not read.
 */
export function dependencyFindings(
  { dependencies }: FleetModel,
  dependents: readonly Dependent[],
): readonly Finding[] {
  // The clusters as sets, made once: every tenant of a fleet may depend on one layer.
  const sets = new Map<Dependent, ReadonlySet<string>>();
  const clustersOf = (item: Dependent): ReadonlySet<string> => {
    const known = sets.get(item) ?? new Set(item.clusters);
    sets.set(item, known);
    return known;
  };
  const ofDependents = dependents.flatMap(({ part, clusters }) =>
    (part.args.dependsOn ?? []).flatMap((dependency, index): readonly Finding[] => {
      const found = dependencies.get(partIdentity(awaited(dependency)));
      const there = found && clustersOf(found);
      const missing = clusters.filter((cluster) => there?.has(cluster) !== true);
      const path = `${partTitle(part.kind, part.name)}: dependsOn`;
      if (found !== undefined && missing.length === 0 && !isLeaving(found)) {
        return conditionFindings(dependency, found, `${path}[${String(index)}]`);
      }
      return [{ ...absence(awaited(dependency), found, missing), path }];
    }),
  );
  return [...ofDependents, ...cycleFindings(dependencies, dependents)];
}

/** Why a part waits in vain for another. */
function absence(
  { kind, name }: PartHandle,
  found: Dependent | undefined,
  missing: readonly string[],
): Omit<Finding, "path"> {
  const title = `${kind} ${quoted(name)}`;
  if (found === undefined) {
    const problem = `The ${title} is not listed in the fleet.`;
    return { code: "NOT_LISTED", problem, remedy: `List it in \`${kind}s\`.` };
  }
  if (missing.length > 0) {
    const problem = `The ${title} is not on ${someNames(missing)}, so this would wait there for ever.`;
    const remedy = "Select the same clusters for both, or drop the dependency.";
    return { code: "DANGLING_REFERENCE", problem, remedy };
  }
  const problem = `The ${title} is leaving the fleet.`;
  return { code: "DANGLING_REFERENCE", problem, remedy: "Drop the dependency first." };
}

function isLeaving(item: Dependent): boolean {
  return "phase" in item && !phaseContent(item.phase).workload;
}

/** When the other part counts as ready: under a condition, or when it says that it is healthy. */
function conditionFindings(
  dependency: Dependency,
  { part }: Dependent,
  path: string,
): readonly Finding[] {
  if (isConditional(dependency)) {
    return expressionFindings(dependency.readyExpr, readyRule, `${path}.readyExpr`);
  }
  if (part.kind !== "layer") return [];
  const { wait = true, healthChecks = [] } = part.args;
  if (wait || healthChecks.length > 0) return [];
  return [
    {
      code: "DEPENDENCY_NOT_AWAITED",
      path,
      problem: `The layer ${quoted(part.name)} has neither \`wait\` nor health checks, so this is applied as soon as that one is, whether it works or not.`,
      remedy: "Leave `wait` on there, or give it `healthChecks`, or the dependency a `readyExpr`.",
      severity: "warning",
    },
  ];
}

function cycleFindings(
  dependencies: FleetModel["dependencies"],
  dependents: readonly Dependent[],
): readonly Finding[] {
  // In a circle everybody depends on somebody who does so too; mostly nobody is left.
  const depends = (target: PartHandle): boolean =>
    (dependencies.get(partIdentity(target))?.part.args.dependsOn ?? []).length > 0;
  const graph = new Map(
    dependents
      .filter(({ part }) => awaitedParts(part.args.dependsOn).some(depends))
      .map(({ part }) => [partIdentity(part), awaitedParts(part.args.dependsOn).map(partIdentity)]),
  );
  return cycles(graph).map((walk) => {
    const [kind = "", name = ""] = (walk[0] ?? "").split("\0");
    const names = walk.map((node) => node.split("\0")[1] ?? "");
    return {
      code: "DEPENDENCY_CYCLE",
      path: `${partTitle(kind, name)}: dependsOn`,
      problem: `The dependencies form a circle: ${names.join(" -> ")}.`,
      remedy: "Drop one of them.",
    };
  });
}
