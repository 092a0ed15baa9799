import type { Finding } from "../../errors.js";
import { fluxKinds, isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import { nearest } from "../values/nearest.js";
import { identityKey, objectKey } from "../objects.js";
import type { PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { isDecided, markersOf } from "./references.js";

const silent = "Flux reports Ready and never updates the image.";

/**
 * The findings about setter markers. The policy may be on any cluster, for one automation writes for
 * all of them; but it must be on some, together with an automation of its Namespace.
 */
export function markerFindings(clusters: readonly PlacedCluster[]): readonly Finding[] {
  const uses = new Map<string, { readonly path: string; readonly key: string }>();
  for (const { objects, markers = [] } of clusters) {
    for (const placed of objects) {
      for (const { at, namespace, name } of markersOf(placed.object)) {
        const path = `${placeOf(placed)}: ${at}`;
        uses.set(path, { path, key: policyKey(namespace, name) });
      }
    }
    for (const { file, at, part, namespace, name } of markers) {
      const path = `${part.charAt(0).toUpperCase()}${part.slice(1)}: ${file}: ${at}`;
      uses.set(path, { path, key: policyKey(namespace, name) });
    }
  }
  if (uses.size === 0 || clusters.some(({ complete }) => !complete)) return [];
  const policies = new Map<string, PlacedObject>();
  const writers = new Set<string>();
  for (const { objects, external = [] } of clusters) {
    for (const placed of objects) {
      if (isOfKind(placed.object, "ImagePolicy")) policies.set(objectKey(placed.object), placed);
      if (isOfKind(placed.object, "ImageUpdateAutomation")) {
        writers.add(placed.object.metadata.namespace ?? "");
      }
    }
    for (const { kind, namespace, name } of external) {
      if (kind !== "ImagePolicy") continue;
      // Who writes it is as external as the policy.
      const key = policyKey(namespace ?? "", name);
      uses.forEach((use, path) => use.key === key && uses.delete(path));
    }
  }
  return [...uses.values()].flatMap(({ path, key }) => {
    const [, , namespace = "", name = ""] = key.split("\0");
    if (!isDecided(namespace) || !isDecided(name)) return [];
    if (policies.has(key)) return writers.has(namespace) ? [] : [noWriter(path, namespace)];
    const names = [...policies.keys()].map((one) => one.split("\0").slice(2).join("/"));
    const near = nearest(`${namespace}/${name}`, names);
    return [
      {
        code: "DANGLING_REFERENCE" as const,
        path,
        problem: `There is no ImagePolicy ${quoted(`${namespace}/${name}`)} on any cluster.`,
        remedy: `${silent} There is ${near.length === 0 ? "none" : near.join(", ")}; name an ImagePolicy that exists.`,
      },
    ];
  });
}

function noWriter(path: string, namespace: string): Finding {
  return {
    code: "DANGLING_REFERENCE",
    path,
    problem: `There is no ImageUpdateAutomation in Namespace ${quoted(namespace)}, that of the policy.`,
    remedy: `Declare one there. Until then nothing writes the marker, and no condition says so.`,
  };
}

function policyKey(namespace: string, name: string): string {
  return identityKey(fluxKinds.ImagePolicy.group, "ImagePolicy", namespace, name);
}
