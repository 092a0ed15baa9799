import type { Finding } from "../../../errors.js";
import { quoted, someNames } from "../../../graph/values/names.js";
import type { FleetModel } from "../model.js";
import type { Dependent } from "./dependency-validation.js";
import { dependencyFindings } from "./dependency-validation.js";
import { overrideFindings } from "./override-validation.js";
import type { PartHandle } from "../part.js";
import type { ClusterSelector } from "../selector.js";
import { isClusterHandle, isClusterList } from "../selector.js";
import { selectorFindings } from "./selector-validation.js";
import { partTitle } from "./shape-validation.js";

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
