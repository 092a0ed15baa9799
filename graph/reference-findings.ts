import type { Finding } from "../errors.js";
import { groupOfKind, isOfKind } from "./flux-kinds.js";
import { quoted } from "./names.js";
import { nearest } from "./nearest.js";
import { objectKey, objectTitle } from "./objects.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { identityKey } from "./placed-objects.js";
import { whenBlocked } from "./reference-table.js";
import type { Reference } from "./references.js";
import { fieldsOf, isDecided, referencesOf, valuesAt } from "./references.js";

/** Where a placed object stands, for messages: `Layer "base": base/a.yaml: HelmRelease x/y`. */
export function placeOf({ part, file, object }: PlacedObject): string {
  const title = `${part.charAt(0).toUpperCase()}${part.slice(1)}`;
  return [title, ...(file === undefined ? [] : [file]), objectTitle(object)].join(": ");
}

/** The findings about every reference between the objects of one cluster. */
export function referenceFindings(cluster: PlacedCluster, index: ObjectIndex): readonly Finding[] {
  return cluster.objects.flatMap((placed) => {
    const { proven = [] } = placed;
    const references = referencesOf(placed.object).filter(
      ({ rule }) => !proven.includes(rule.field),
    );
    return [
      ...references.flatMap((reference) => oneReference(cluster, index, placed, reference)),
      ...accountFindings(cluster, placed),
      ...selectorFindings(cluster, placed),
    ];
  });
}

function oneReference(
  cluster: PlacedCluster,
  index: ObjectIndex,
  placed: PlacedObject,
  reference: Reference,
): readonly Finding[] {
  const { rule, group, kind, namespace, name } = reference;
  const { object } = placed;
  const path = `${placeOf(placed)}: ${reference.at}`;
  const target = titleOf(reference);
  if (!reference.allowed) {
    return [
      {
        code: "WRONG_KIND_REFERENCE",
        path,
        problem: `It names the ${target}, and Flux takes no ${kind} here.`,
        remedy: `Name a ${kindsOf(reference).join(" or a ")}.`,
      },
    ];
  }
  if (identityKey(group, kind, namespace, name) === objectKey(object)) {
    return [
      {
        code: "SELF_REFERENCE",
        path,
        problem: "It names itself.",
        remedy: `Drop it. ${rule.missing}`,
      },
    ];
  }
  const isBlocked =
    rule.elsewhere === "locked" && cluster.lockdown && namespace !== object.metadata.namespace;
  if (isBlocked) {
    return [
      {
        code: "CROSS_NAMESPACE_REFERENCE",
        path,
        problem: `It refers to Namespace ${quoted(namespace)}, which lockdown blocks.`,
        remedy: `Put both into one Namespace. ${whenBlocked(rule)}`,
      },
    ];
  }
  if (!cluster.complete || reference.optional || index.has(group, kind, namespace, name)) return [];
  if (mayComeFromElsewhere(cluster, placed, reference)) return [];
  return [missing(index, reference, path)];
}

/** The finding for a target that is nowhere; another kind of that name is named. */
function missing(index: ObjectIndex, reference: Reference, path: string): Finding {
  const { rule, kind, namespace, name } = reference;
  const full = namespace === undefined ? name : `${namespace}/${name}`;
  const allowed = kindsOf(reference).map((one) => ({
    kind: one,
    names: namesOf(index, one, reference),
  }));
  const other = allowed.find((one) => one.kind !== kind && one.names.includes(full));
  if (other !== undefined) {
    return {
      code: "WRONG_KIND_REFERENCE",
      path,
      problem: `There is no ${titleOf(reference)}; ${full} is a ${other.kind}.`,
      remedy: `Write \`kind: ${other.kind}\`. ${rule.missing}`,
    };
  }
  const near = nearest(full, allowed.find((one) => one.kind === kind)?.names ?? []);
  const choice = near.length === 0 ? "There is none" : `There is ${near.join(", ")}`;
  return {
    code: "DANGLING_REFERENCE",
    path,
    problem: `There is no ${titleOf(reference)}.`,
    remedy: `${rule.missing} ${choice}; declare it, or list it in \`external\` if others make it.`,
  };
}

function kindsOf({ rule, kind }: Reference): readonly string[] {
  return rule.to === "any" ? [kind] : rule.to;
}

function namesOf(index: ObjectIndex, kind: string, reference: Reference): readonly string[] {
  return index.names(kind === reference.kind ? reference.group : (groupOfKind(kind) ?? ""), kind);
}

/**
 * What a health check waits for may be in another repository than that of the fleet, or be made by a
 * chart, into which nobody looks: any object in a Namespace that a HelmRelease installs into.
 */
function mayComeFromElsewhere(
  { objects, fleetSource }: PlacedCluster,
  { object }: PlacedObject,
  { rule, namespace, group }: Reference,
): boolean {
  if (rule.to !== "any") return false;
  const source = fieldsOf(valuesAt(object, "spec.sourceRef")[0]?.value);
  const home = source["namespace"] ?? object.metadata.namespace;
  if (`${String(home)}/${String(source["name"])}` !== fleetSource) return true;
  if (group.endsWith(".fluxcd.io")) return false;
  return objects.some(({ object: other }) => {
    if (!isOfKind(other, "HelmRelease")) return false;
    const target = valuesAt(other, "spec.targetNamespace")[0]?.value ?? other.metadata.namespace;
    return target === namespace || namespace === undefined;
  });
}

function titleOf({ kind, namespace, name }: Reference): string {
  return `${kind} ${quoted(namespace === undefined ? name : `${namespace}/${name}`)}`;
}

function accountFindings({ lockdown }: PlacedCluster, placed: PlacedObject): readonly Finding[] {
  const { object, patches = [] } = placed;
  const impersonates = isOfKind(object, "Kustomization") || isOfKind(object, "HelmRelease");
  if (!lockdown || !impersonates) return [];
  const name = fieldsOf(object["spec"])["serviceAccountName"];
  const isNamed = typeof name === "string" && name !== "";
  if (isNamed || patches.some((patch) => patch.includes("serviceAccountName"))) return [];
  return [
    {
      code: "MISSING_SERVICE_ACCOUNT",
      path: placeOf(placed),
      problem: `Under lockdown the ${object.kind} would run as the powerless "default".`,
      remedy: "Set spec.serviceAccountName.",
    },
  ];
}

/** An automation that chooses no policy writes nothing and is Ready. */
function selectorFindings(cluster: PlacedCluster, placed: PlacedObject): readonly Finding[] {
  const { object } = placed;
  if (!cluster.complete || !isOfKind(object, "ImageUpdateAutomation")) return [];
  const [found] = valuesAt(object, "spec.policySelector.matchLabels");
  if (found === undefined) return [];
  const wanted = Object.entries(fieldsOf(found.value));
  if (!wanted.every(([, value]) => isDecided(value))) return [];
  const policies = cluster.objects.filter(
    ({ object: other }) =>
      isOfKind(other, "ImagePolicy") && other.metadata.namespace === object.metadata.namespace,
  );
  const chosen = policies.some(({ object: { metadata } }) =>
    wanted.every(([key, value]) => metadata.labels?.[key] === value),
  );
  return chosen
    ? []
    : [
        {
          code: "DANGLING_REFERENCE",
          path: `${placeOf(placed)}: spec.policySelector`,
          problem: `No ImagePolicy in Namespace ${quoted(object.metadata.namespace)} has these labels.`,
          remedy: "Label one. Flux reports Ready and never updates an image.",
        },
      ];
}
