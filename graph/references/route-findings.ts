import type { Finding } from "../../errors.js";
import { identityKey } from "../objects.js";
import { quoted, someNames } from "../values/names.js";
import type { FluxKind } from "./flux-kinds.js";
import { fluxKindOf, fluxKinds, groupOfKind, isOfKind } from "./flux-kinds.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { fieldsOf, isDecided, textOf, valuesAt } from "./references.js";

/** Kinds of which a Receiver knows the API version by itself. */
const knownVersions: ReadonlySet<string> = new Set<FluxKind>([
  ...(["Bucket", "HelmChart", "HelmRepository", "GitRepository", "OCIRepository"] as const),
  ...(["ImageRepository", "ArtifactGenerator"] as const),
]);

const statusTypes: ReadonlySet<string> = new Set([
  ...["github", "gitlab", "gitea", "bitbucket", "bitbucketserver", "azuredevops"],
]);

/**
 * The findings about events and webhooks that reach nobody, on one cluster. Flux says nothing of most
 * of them: a Provider and an Alert have no status, and a Receiver is Ready until its hook is called.
 */
export function routeFindings(cluster: PlacedCluster, index: ObjectIndex): readonly Finding[] {
  return cluster.objects.flatMap((placed): readonly Finding[] => {
    switch (fluxKindOf(placed.object)) {
      case "Provider":
        return providerFindings(cluster, placed);
      case "Alert":
        return [
          ...elsewhereFindings(cluster, placed, "spec.eventSources[]"),
          ...alertFindings(cluster, index, placed),
        ];
      case "Receiver":
        return [
          ...elsewhereFindings(cluster, placed, "spec.resources[]"),
          ...receiverFindings(placed),
        ];
      default:
        return [];
    }
  });
}

/** Wildcards in another Namespace; single objects are references like any other. */
function elsewhereFindings(
  { lockdown }: PlacedCluster,
  placed: PlacedObject,
  field: string,
): readonly Finding[] {
  if (!lockdown) return [];
  return valuesAt(placed.object, field).flatMap(({ at, value }): readonly Finding[] => {
    const { name, namespace } = fieldsOf(value);
    const isHome = !isDecided(namespace) || namespace === placed.object.metadata.namespace;
    if (name !== "*" || isHome) return [];
    return [
      {
        code: "CROSS_NAMESPACE_REFERENCE",
        path: `${placeOf(placed)}: ${at}`,
        problem: `It means every object of Namespace ${quoted(namespace)}, which lockdown blocks.`,
        remedy: "Put one into that Namespace; nothing from there ever arrives here.",
      },
    ];
  });
}

function receiverFindings(placed: PlacedObject): readonly Finding[] {
  return valuesAt(placed.object, "spec.resources[]").flatMap(({ at, value }) => {
    const { kind, name, apiVersion, matchLabels } = fieldsOf(value);
    const findings: Finding[] = [];
    if (name === "*" && matchLabels === undefined) {
      const problem = "It means all objects of a kind and has no labels to choose them by.";
      findings.push(unrouted(placed, at, problem, "Set `matchLabels`, or name the object."));
    }
    if (apiVersion === undefined && isDecided(kind) && !knownVersions.has(kind)) {
      const problem = `Flux does not know the API version of a ${kind} here.`;
      findings.push(unrouted(placed, at, problem, "Set `apiVersion`."));
    }
    return findings;
  });
}

function unrouted(placed: PlacedObject, at: string, problem: string, remedy: string): Finding {
  return {
    code: "UNROUTED_EVENTS",
    path: `${placeOf(placed)}: ${at}`,
    problem: `${problem} The Receiver is Ready, and its hook answers 500.`,
    remedy,
  };
}

function providerFindings(
  { objects, complete }: PlacedCluster,
  placed: PlacedObject,
): readonly Finding[] {
  const { name, namespace } = placed.object.metadata;
  const isNamed = objects.some(
    ({ object }) =>
      isOfKind(object, "Alert") &&
      object.metadata.namespace === namespace &&
      textOf(object, "spec.providerRef.name") === name,
  );
  return !complete || isNamed
    ? []
    : [
        {
          code: "UNROUTED_EVENTS",
          path: placeOf(placed),
          problem: "No Alert of its Namespace names this Provider, so nothing is ever sent there.",
          remedy: "Declare an Alert that names it.",
          severity: "warning",
        },
      ];
}

function alertFindings(
  cluster: PlacedCluster,
  index: ObjectIndex,
  placed: PlacedObject,
): readonly Finding[] {
  return [...silentFindings(cluster, index, placed), ...statusFindings(index, placed)];
}

/** An Alert of which every source means objects of a kind that its Namespace has none of. */
function silentFindings(
  cluster: PlacedCluster,
  index: ObjectIndex,
  placed: PlacedObject,
): readonly Finding[] {
  const { namespace = "" } = placed.object.metadata;
  const sources = valuesAt(placed.object, "spec.eventSources[]").map(({ value }) =>
    fieldsOf(value),
  );
  const isTenant = cluster.tenants?.some((one) => one.namespace === namespace) === true;
  // What a tenant applies from its own repository is not known.
  if (!cluster.complete || isTenant || sources.length === 0) return [];
  if (sources.some(({ name, kind }) => name !== "*" || !isDecided(kind))) return [];
  const kinds = sources.map(({ kind }) => String(kind));
  const exists = (kind: string): boolean =>
    index.names(groupOfKind(kind) ?? "", kind).some((name) => name.startsWith(`${namespace}/`)) ||
    cluster.external?.some((one) => one.kind === kind && one.namespace === namespace) === true;
  return kinds.some(exists)
    ? []
    : [
        {
          code: "UNROUTED_EVENTS",
          path: `${placeOf(placed)}: spec.eventSources`,
          problem: `Namespace ${quoted(namespace)} has no ${kinds.join(" and no ")}, so no event ever comes.`,
          remedy: `Put the Alert and its Provider beside the objects it is about. ${whereThey(index, kinds)}`,
          severity: "warning",
        },
      ];
}

function whereThey(index: ObjectIndex, kinds: readonly string[]): string {
  const names = kinds.flatMap((kind) => index.names(groupOfKind(kind) ?? "", kind));
  const homes = [...new Set(names.map((name) => name.split("/")[0] ?? ""))].sort();
  return homes.length === 0 ? "There are none." : `They are in ${someNames(homes)}.`;
}

/** A status that is set when something fails, and never again. */
function statusFindings(index: ObjectIndex, placed: PlacedObject): readonly Finding[] {
  const { object } = placed;
  const name = textOf(object, "spec.providerRef.name");
  if (name === undefined || textOf(object, "spec.eventSeverity") !== "error") return [];
  const { group } = fluxKinds.Provider;
  const provider = index.placed(identityKey(group, "Provider", object.metadata.namespace, name));
  const type = textOf(provider?.object, "spec.type");
  return type === undefined || !statusTypes.has(type)
    ? []
    : [
        {
          code: "UNROUTED_EVENTS",
          path: `${placeOf(placed)}: spec.eventSeverity`,
          problem: `Provider ${quoted(name)} gives commits a status, and only failures are sent to it.`,
          remedy: 'Set "info"; until then a commit that failed once stays red when it succeeds.',
          severity: "warning",
        },
      ];
}

/**
 * The findings about commit statuses that several clusters overwrite each other: with one expression
 * that says nothing of the cluster, the last one to report decides whether a commit is good.
 */
export function commitStatusFindings(clusters: readonly PlacedCluster[]): readonly Finding[] {
  const found = new Map<string, { readonly placed: PlacedObject; readonly names: Set<string> }>();
  for (const cluster of clusters) {
    for (const placed of cluster.objects) {
      if (!isOfKind(placed.object, "Provider")) continue;
      const expression = textOf(placed.object, "spec.commitStatusExpr");
      if (expression === undefined || saysWhere(expression)) continue;
      const { address, secretRef } = fieldsOf(placed.object["spec"]);
      const key = JSON.stringify([expression, address, secretRef, placeOf(placed)]);
      const one = found.get(key) ?? { placed, names: new Set() };
      one.names.add(cluster.name);
      found.set(key, one);
    }
  }
  return [...found.values()].flatMap(({ placed, names }): readonly Finding[] =>
    names.size < 2
      ? []
      : [
          {
            code: "UNROUTED_EVENTS",
            path: `${placeOf(placed)}: spec.commitStatusExpr`,
            problem: `Clusters ${someNames([...names].sort())} would give a commit one status under the same name, and the last one wins.`,
            remedy:
              "Leave it out, and each status begins with the name of its cluster; or use `provider.metadata.uid` or `event.metadata.cluster`.",
          },
        ],
  );
}

/** Whether an expression has something that differs by cluster. */
function saysWhere(expression: string): boolean {
  return /\bprovider\.metadata\.uid\b|\b(?:event\.metadata|alert\.spec\.eventMetadata)\b/.test(
    expression,
  );
}
