import type { Finding } from "../../../errors.js";
import { cycles } from "../../../graph/cycles.js";
import { quoted, someNames } from "../../../graph/values/names.js";
import { phaseContent } from "../../../graph/changes/offboarding.js";
import type { FleetModel, ModelLayer, ModelTenant } from "../model.js";
import { awaitedParts } from "../dependency.js";
import { partIdentity } from "../model.js";
import { overrideFindings } from "./override-validation.js";
import type { PartHandle } from "../part.js";
import type { ClusterSelector } from "../selector.js";
import { isClusterHandle, isClusterList } from "../selector.js";
import { selectorFindings } from "./selector-validation.js";
import { partTitle } from "./shape-validation.js";

type Dependent = ModelLayer | ModelTenant;

/** The findings about identities, selectors and dependencies over the whole fleet. */
export function graphFindings(model: FleetModel): readonly Finding[] {
  const dependents: readonly Dependent[] = [...model.layers, ...model.tenants];
  return [
    ...duplicateFindings("cluster", model.clusters),
    ...duplicateFindings("layer", model.layers),
    ...duplicateFindings("tenant", model.tenants),
    ...sharedNamespaces(model),
    ...dependents.flatMap(({ part }) =>
      areListed(part.args.clusters, model)
        ? []
        : selectorFindings(
            model,
            part.args.clusters,
            `${partTitle(part.kind, part.name)}: clusters`,
          ),
    ),
    ...overrideFindings(model),
    ...dependencyFindings(model, dependents),
    ...cycleFindings(model, dependents),
    ...lockdownFindings(model),
  ];
}

/** Whether a selector names clusters of the fleet and nothing else, as most do. */
function areListed(selector: ClusterSelector, { index }: FleetModel): boolean {
  return (
    selector !== "all" &&
    isClusterList(selector) &&
    selector.length > 0 &&
    selector.every((choice) => isClusterHandle(choice) && index.has(choice.name))
  );
}

function duplicateFindings(
  kind: string,
  parts: readonly { readonly part: PartHandle }[],
): readonly Finding[] {
  // Sorted by name, so equal names are neighbours; for one that was renamed see formerNameFindings.
  return parts
    .filter(({ part }, index) => parts[index - 1]?.part.name === part.name)
    .map(({ part: { name } }) => ({
      code: "DUPLICATE_IDENTITY",
      path: `${partTitle(kind, name)}: name`,
      problem: `Two ${kind}s have the name ${quoted(name)}.`,
      remedy: "Give one of them another name, or list it once.",
    }));
}

function sharedNamespaces(model: FleetModel): readonly Finding[] {
  const pairs = new Map<string, Finding>();
  for (const cluster of model.clusters) {
    const claimed = new Map<string, string>();
    for (const { name, namespace } of cluster.tenants) {
      const other = claimed.get(namespace) ?? name;
      claimed.set(namespace, other);
      if (other !== name) {
        pairs.set(`${other}\0${name}`, {
          code: "DUPLICATE_IDENTITY",
          path: `${partTitle("tenant", name)}: namespace`,
          problem: `Namespace ${quoted(namespace)} is also that of tenant ${quoted(other)}.`,
          remedy: "Give each tenant a Namespace of its own.",
        });
      }
    }
  }
  return [...pairs.values()];
}

function dependencyFindings(
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
  return dependents.flatMap(({ part, clusters }) =>
    awaitedParts(part.args.dependsOn).flatMap((target): readonly Finding[] => {
      const found = dependencies.get(partIdentity(target));
      const there = found && clustersOf(found);
      const missing = clusters.filter((cluster) => there?.has(cluster) !== true);
      if (found !== undefined && missing.length === 0 && !isLeaving(found)) {
        return [];
      }
      const path = `${partTitle(part.kind, part.name)}: dependsOn`;
      const title = `${target.kind} ${quoted(target.name)}`;
      if (found === undefined) {
        const problem = `The ${title} is not listed in the fleet.`;
        return [{ code: "NOT_LISTED", path, problem, remedy: `List it in \`${target.kind}s\`.` }];
      }
      if (missing.length > 0) {
        const problem = `The ${title} is not on ${someNames(missing)}, so this would wait there for ever.`;
        const remedy = "Select the same clusters for both, or drop the dependency.";
        return [{ code: "DANGLING_REFERENCE", path, problem, remedy }];
      }
      const problem = `The ${title} is leaving the fleet.`;
      return [{ code: "DANGLING_REFERENCE", path, problem, remedy: "Drop the dependency first." }];
    }),
  );
}

function isLeaving(item: Dependent): boolean {
  return "phase" in item && !phaseContent(item.phase).workload;
}

function cycleFindings(
  { dependencies }: FleetModel,
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

function lockdownFindings(model: FleetModel): readonly Finding[] {
  const open = new Set(model.clusters.filter(({ lockdown }) => !lockdown).map(({ name }) => name));
  return model.tenants.flatMap((tenant) => {
    const unsafe = tenant.clusters.filter((cluster) => open.has(cluster));
    return unsafe.length === 0
      ? []
      : [
          {
            code: "LOCKDOWN_REQUIRED" as const,
            path: `${partTitle("tenant", tenant.name)}: clusters`,
            problem: `Without lockdown the tenant could become cluster-admin on ${someNames(unsafe)}.`,
            remedy: "Leave `lockdown` on there, or select other clusters.",
          },
        ];
  });
}
