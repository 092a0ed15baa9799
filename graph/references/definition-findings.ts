import type { Finding } from "../../errors.js";
import { fluxKindOf, groupOf, isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import { identityKey } from "../objects.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { isDecided, referencesOf, textOf } from "./references.js";

const tenantLabel = "toolkit.fluxcd.io/tenant";

/** The findings about Kustomizations of one cluster that hold what should stand apart, or in order. */
export function kustomizationFindings(
  cluster: PlacedCluster,
  index: ObjectIndex,
): readonly Finding[] {
  return [...definitionFindings(cluster, index), ...tenantFindings(cluster)];
}

/** Definitions of kinds and the objects of these kinds. */
function definitionFindings(cluster: PlacedCluster, index: ObjectIndex): readonly Finding[] {
  const definitions = new Map<string, PlacedObject>();
  for (const placed of cluster.objects) {
    const { object } = placed;
    if (object.kind !== "CustomResourceDefinition") continue;
    const group = textOf(object, "spec.group") ?? "";
    const kind = textOf(object, "spec.names.kind") ?? "";
    // The definitions of Flux itself are there before anything that Flux applies.
    if (!group.endsWith(".fluxcd.io")) definitions.set(`${group}\0${kind}`, placed);
  }
  if (definitions.size === 0) return [];
  return cluster.objects.flatMap((placed): readonly Finding[] => {
    const { object, kustomization } = placed;
    const definition = definitions.get(`${groupOf(object.apiVersion)}\0${object.kind}`);
    if (definition?.kustomization === undefined || kustomization === undefined) return [];
    const home = definition.kustomization;
    if (home === kustomization) {
      return [
        {
          code: "DEFINITION_MIXED",
          path: placeOf(placed),
          problem: `Its definition is in the same Kustomization ${quoted(home)}.`,
          remedy:
            "Put definitions into a layer of their own and depend on it: one refused object fails the Kustomization, and with it everything that waits for the definition.",
          severity: "warning",
        },
      ];
    }
    return comesAfter(kustomization, home, index)
      ? []
      : [
          {
            code: "DEFINITION_ORDER",
            path: placeOf(placed),
            problem: `Its definition is in Kustomization ${quoted(home)}, for which ${quoted(kustomization)} does not wait.`,
            remedy: `Let it depend on ${quoted(home)}: until the definition is there Flux refuses the whole Kustomization with "no matches for kind".`,
          },
        ];
  });
}

/** Whether a Kustomization is applied only after another: it, or one that applies it, depends on it. */
function comesAfter(later: string, earlier: string, index: ObjectIndex): boolean {
  const seen = new Set<string>();
  const open = [later];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === earlier) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    const placed = index.placed(kustomizationKey(name));
    if (placed === undefined) continue;
    if (placed.kustomization !== undefined) open.push(placed.kustomization);
    open.push(
      ...referencesOf(placed.object)
        .filter(({ rule, allowed }) => rule.field === "spec.dependsOn[]" && allowed)
        .map((reference) => `${reference.namespace ?? ""}/${reference.name}`),
    );
  }
  return false;
}

function kustomizationKey(name: string): string {
  const [namespace, own = ""] = name.split("/");
  return identityKey("kustomize.toolkit.fluxcd.io", "Kustomization", namespace, own);
}

/**
 * One finding for a Kustomization with objects of several tenants: those that carry the label of a
 * tenant, and those of Flux in a Namespace that does.
 */
function tenantFindings(cluster: PlacedCluster): readonly Finding[] {
  const homes = new Map((cluster.tenants ?? []).map(({ name, namespace }) => [namespace, name]));
  for (const { object } of cluster.objects) {
    const tenant = object.metadata.labels?.[tenantLabel];
    if (object.kind === "Namespace" && isDecided(tenant)) homes.set(object.metadata.name, tenant);
  }
  const found = new Map<string, Map<string, PlacedObject>>();
  for (const placed of cluster.objects) {
    const { object, kustomization } = placed;
    const label = object.metadata.labels?.[tenantLabel];
    const tenant =
      label ??
      (fluxKindOf(object) === undefined ? undefined : homes.get(object.metadata.namespace ?? ""));
    // What the root applies for a tenant is the platform's own, one Kustomization for each.
    if (kustomization === undefined || tenant === undefined || isPlatforms(placed)) continue;
    const tenants = found.get(kustomization) ?? new Map<string, PlacedObject>();
    if (!tenants.has(tenant)) tenants.set(tenant, placed);
    found.set(kustomization, tenants);
  }
  return [...found].flatMap(([kustomization, tenants]) => {
    const [first] = tenants.values();
    if (tenants.size < 2 || first === undefined) return [];
    const names = [...tenants.keys()].sort().map((name) => quoted(name));
    return [
      {
        code: "MIXED_TENANTS" as const,
        path: `${placeOf(first).split(": ")[0] ?? ""}: ${kustomization}`,
        problem: `Kustomization ${quoted(kustomization)} applies objects of the tenants ${names.join(", ")}.`,
        remedy:
          "Give each tenant a Kustomization of its own: Flux applies all or nothing, so one refused object of one tenant stops all of them.",
        severity: "warning" as const,
      },
    ];
  });
}

/** A Kustomization in the platform's Namespace that only carries the label of the tenant it is for. */
function isPlatforms({ object }: PlacedObject): boolean {
  return isOfKind(object, "Kustomization") && object.metadata.namespace === "flux-system";
}
