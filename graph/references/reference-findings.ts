import type { Finding } from "../../errors.js";
import { groupOfKind, isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import { nearest } from "../values/nearest.js";
import { identityKey, objectKey, objectTitle } from "../objects.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { whenBlocked } from "./reference-table.js";
import type { Reference } from "./references.js";
import { fieldsOf, isDecided, referencesOf, textOf, valuesAt } from "./references.js";

/** Where a placed object stands, for messages: `Layer "base": base/a.yaml: HelmRelease x/y`. */
export function placeOf({ part, file, object }: PlacedObject): string {
  const title = `${part.charAt(0).toUpperCase()}${part.slice(1)}`;
  return [title, ...(file === undefined ? [] : [file]), objectTitle(object)].join(": ");
}

/**
 * The findings about every reference between the objects of one cluster.
 *
 * @param said - what was found on other clusters: looking for what is nearest takes long
 */
export function referenceFindings(
  cluster: PlacedCluster,
  index: ObjectIndex,
  said: Map<string, Finding>,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const placed of cluster.objects) {
    for (const reference of referencesOf(placed.object)) {
      if (placed.proven?.includes(reference.rule.field) === true) continue;
      const finding = oneReference({ cluster, index, said }, placed, reference);
      if (finding !== undefined) findings.push(finding);
    }
    findings.push(...accountFindings(cluster, placed), ...selectorFindings(cluster, placed));
  }
  return findings;
}

interface Scene {
  readonly cluster: PlacedCluster;
  readonly index: ObjectIndex;
  readonly said: Map<string, Finding>;
}

function oneReference(
  { cluster, index, said }: Scene,
  placed: PlacedObject,
  reference: Reference,
): Finding | undefined {
  const { rule, kind, namespace } = reference;
  const { object } = placed;
  // Nearly every reference is fine; what is said of the others costs more than finding them.
  const path = (): string => `${placeOf(placed)}: ${reference.at}`;
  if (!reference.allowed) {
    return {
      code: "WRONG_KIND_REFERENCE",
      path: path(),
      problem: `It names the ${titleOf(reference)}, and Flux takes no ${kind} here.`,
      remedy: `Name a ${kindsOf(reference).join(" or a ")}.`,
    };
  }
  if (reference.name === object.metadata.name && reference.key === objectKey(object)) {
    return {
      code: "SELF_REFERENCE",
      path: path(),
      problem: "It names itself.",
      remedy: `Drop it. ${rule.missing}`,
    };
  }
  const isBlocked =
    rule.elsewhere === "locked" && cluster.lockdown && namespace !== object.metadata.namespace;
  if (isBlocked) {
    return {
      code: "CROSS_NAMESPACE_REFERENCE",
      path: path(),
      problem: `It refers to Namespace ${quoted(namespace)}, which lockdown blocks.`,
      remedy: `Put both into one Namespace. ${whenBlocked(rule)}`,
    };
  }
  const isFine =
    !cluster.complete ||
    reference.optional ||
    index.has(reference) ||
    mayComeFromElsewhere(cluster, placed, reference);
  return isFine ? undefined : missing(index, reference, path(), said);
}

/** The finding for a target that is nowhere; another kind of that name is named. */
function missing(
  index: ObjectIndex,
  reference: Reference,
  path: string,
  said: Map<string, Finding>,
): Finding {
  const { rule, kind, namespace, name } = reference;
  const full = namespace === undefined ? name : `${namespace}/${name}`;
  const other = kindsOf(reference).find((one) => {
    const key = identityKey(groupOfKind(one) ?? "", one, namespace, name);
    return one !== kind && index.has({ key, kind: one, namespace, name });
  });
  const known = `${path}\0${full}\0${other ?? ""}`;
  const finding = said.get(known) ?? {
    path,
    ...(other === undefined
      ? {
          code: "DANGLING_REFERENCE" as const,
          problem: `There is no ${titleOf(reference)}.`,
          remedy: `${rule.missing} ${choiceOf(nearest(full, index.names(reference.group, kind)))}; declare it, or list it in \`external\` if others make it.`,
        }
      : {
          code: "WRONG_KIND_REFERENCE" as const,
          problem: `There is no ${titleOf(reference)}; ${full} is a ${other}.`,
          remedy: `Write \`kind: ${other}\`. ${rule.missing}`,
        }),
  };
  said.set(known, finding);
  return finding;
}

function choiceOf(near: readonly string[]): string {
  return near.length === 0 ? "There is none" : `There is ${near.join(", ")}`;
}

function kindsOf({ rule, kind }: Reference): readonly string[] {
  return rule.to === "any" ? [kind] : rule.to;
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
  const home = textOf(object, "spec.sourceRef.namespace") ?? object.metadata.namespace ?? "";
  if (`${home}/${textOf(object, "spec.sourceRef.name") ?? ""}` !== fleetSource) return true;
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
  if (!lockdown) return [];
  const impersonates = isOfKind(object, "Kustomization") || isOfKind(object, "HelmRelease");
  if (!impersonates) return [];
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
