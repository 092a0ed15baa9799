import type { Finding } from "../../errors.js";
import { cycles } from "../cycles.js";
import { isOfKind } from "./flux-kinds.js";
import type { FluxKind } from "./flux-kinds.js";
import type { ObjectIdentity } from "../objects.js";
import { objectKey } from "../objects.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { fieldsOf, referencesOf } from "./references.js";
import type { KubernetesObject } from "../../manifests/manifest.js";

/** A kind whose objects wait for others of it, and the field that says so. */
const waiting: readonly { readonly kind: FluxKind; readonly field: string }[] = [
  { kind: "Kustomization", field: "spec.dependsOn[]" },
  { kind: "HelmRelease", field: "spec.dependsOn[]" },
  { kind: "GitRepository", field: "spec.include[].repository" },
];

const forEver =
  "Flux waits for ever, and no condition says that it is a circle. Drop one of these edges.";
const neighbours =
  "Besides, one such circle stops event-driven updates of every Kustomization of the same source (kustomize-controller #1712).";

/** The findings about objects of one cluster that wait for each other in a circle. */
export function dependencyFindings(cluster: PlacedCluster, index: ObjectIndex): readonly Finding[] {
  return waiting.flatMap(({ kind, field }) => {
    const nodes = cluster.objects.filter(({ object }) => isOfKind(object, kind));
    const isWaiting = nodes.some(({ object }) =>
      referencesOf(object).some(({ rule }) => rule.field === field),
    );
    if (!isWaiting) return [];
    const graph = waitGraph(nodes, index, field);
    if (kind === "Kustomization") addChildren(graph, cluster.objects);
    return cycles(graph)
      .filter((walk) => walk.length > 2 && !isProven(walk, nodes, field))
      .map((walk) => cycleFinding(kind, field, walk, nodes));
  });
}

/** Whether every edge of a circle was looked at where it was declared. */
function isProven(walk: readonly string[], nodes: readonly PlacedObject[], field: string): boolean {
  const byKey = new Map(nodes.map((node) => [objectKey(node.object), node]));
  return walk.slice(0, -1).every((key, at) => {
    const node = byKey.get(key);
    // Objects that are only referred to are proven.
    if (node === undefined) return true;
    return node.proven?.includes(field) === true && dependsOn(node, walk[at + 1] ?? "");
  });
}

/** Who waits for whom: from the placed objects on, as far as their references lead. */
function waitGraph(
  nodes: readonly PlacedObject[],
  index: ObjectIndex,
  field: string,
): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  const open: ObjectIdentity[] = nodes.map(({ object }) => object);
  for (let object = open.pop(); object !== undefined; object = open.pop()) {
    const key = objectKey(object);
    if (graph.has(key)) continue;
    // What is found in the index is a whole object, not only its identity.
    const targets = referencesOf(object as KubernetesObject)
      .filter(({ rule, allowed }) => rule.field === field && allowed)
      .map((reference) => reference.key);
    graph.set(key, targets);
    for (const target of targets) {
      const found = graph.has(target) ? undefined : index.find(target);
      if (found !== undefined) open.push(found);
    }
  }
  return graph;
}

/** With `wait` a Kustomization waits for the Kustomizations that it applies. */
function addChildren(graph: Map<string, string[]>, objects: readonly PlacedObject[]): void {
  const parents = new Map(
    objects
      .filter(({ object }) => isOfKind(object, "Kustomization") && waits(object))
      .map(({ object }) => [nameOf(object), objectKey(object)]),
  );
  for (const { object, kustomization } of objects) {
    const parent = parents.get(kustomization ?? "");
    if (parent !== undefined && isOfKind(object, "Kustomization")) {
      graph.get(parent)?.push(objectKey(object));
    }
  }
}

function waits(object: KubernetesObject): boolean {
  return fieldsOf(object["spec"])["wait"] === true;
}

function nameOf({ metadata }: ObjectIdentity): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function cycleFinding(
  kind: FluxKind,
  field: string,
  walk: readonly string[],
  nodes: readonly PlacedObject[],
): Finding {
  const names = walk.map((key) => key.split("\0").slice(2).join("/"));
  const [first] = walk.flatMap((key) => nodes.filter(({ object }) => objectKey(object) === key));
  const isNested =
    kind === "Kustomization" &&
    walk.slice(0, -1).some((key, at) => {
      const node = nodes.find(({ object }) => objectKey(object) === key);
      return node !== undefined && !dependsOn(node, walk[at + 1] ?? "");
    });
  const nested = isNested ? " A Kustomization with `wait` waits for those that it applies." : "";
  return {
    code: "DEPENDENCY_CYCLE",
    path: `${first === undefined ? kind : placeOf(first)}: ${field.replace("[]", "")}`,
    problem: `The ${kind}s wait for each other in a circle: ${names.join(" -> ")}.${nested}`,
    remedy: kind === "Kustomization" ? `${forEver} ${neighbours}` : forEver,
  };
}

/** Whether an object itself says that it waits for another. */
function dependsOn({ object }: PlacedObject, to: string): boolean {
  return referencesOf(object).some(
    ({ key, rule }) => rule.field === "spec.dependsOn[]" && key === to,
  );
}
