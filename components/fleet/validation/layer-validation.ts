import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import type { KubernetesObject } from "../../../manifests/manifest.js";
import { nameGuard, onePatchFindings } from "../../patches.js";
import {
  declaredObjects,
  isRendered,
  overlayField,
  writtenPlaces,
} from "../../layer/directories.js";
import type { WrittenPatch } from "../../layer/patches.js";
import {
  clusterPatches,
  environmentPatches,
  isForObjects,
  layerPatches,
} from "../../layer/patches.js";
import { referenceFindings } from "../../layer/variable-validation.js";
import type { FleetModel, ModelCluster, ModelLayer } from "../model.js";
import { partTitle } from "./shape-validation.js";

/** The findings of layers against their clusters: overlays, patches and variables. */
export function layerFleetFindings(model: FleetModel): readonly Finding[] {
  return model.layers.flatMap((layer) => {
    const title = partTitle("layer", layer.part.name);
    const wanted = new Set(layer.clusters);
    const clusters = model.clusters.filter(({ name }) => wanted.has(name));
    return [
      ...overlayFindings(layer, title),
      ...patchFindings(layer, clusters, title),
      ...referenceFindings(layer.contents, title),
    ];
  });
}

/** Overlays that nothing applies, and environments for which there is nothing to apply. */
function overlayFindings(layer: ModelLayer, title: string): readonly Finding[] {
  const { args } = layer.part;
  const { environments } = layer.contents;
  if (!isRendered(args) || environments.size === 0) return [];
  const known = [...environments.keys()];
  const unused = Object.keys(args.overlays ?? {})
    .filter((environment) => !environments.has(environment))
    .map((environment): Finding => ({
      code: "EMPTY_SELECTOR",
      path: `${title}: ${overlayField(environment)}`,
      problem: "No cluster of the layer is in this environment.",
      remedy: `Use one of ${known.map((name) => quoted(name)).join(", ")}, or select more clusters.`,
    }));
  const empty = [...environments]
    .filter(
      ([name, { objects }]) =>
        objects.length === 0 && writtenPlaces({ name: layer.name, args }, name).length === 0,
    )
    .map(([name]): Finding => ({
      code: "EMPTY_LAYER",
      path: `${title}: ${overlayField(name)}`,
      problem: `On the clusters of environment ${quoted(name)} the layer has nothing to apply.`,
      remedy: "Put objects or directories into `base` or this overlay, or select other clusters.",
    }));
  return [...unused, ...empty];
}

/** Patches that match nothing on any cluster, or change what names an object. */
function patchFindings(
  layer: ModelLayer,
  clusters: readonly ModelCluster[],
  title: string,
): readonly Finding[] {
  const { args } = layer.part;
  const targets = new Map<string, { patch: WrittenPatch; objects: KubernetesObject[] }>();
  let isWritten = false;
  for (const cluster of clusters) {
    const { environment } = cluster;
    isWritten ||= writtenPlaces({ name: layer.name, args }, environment).length > 0;
    // Before any patch, so that one that renames is seen.
    const objects = declaredObjects(args, environment);
    const patches = [
      ...layerPatches(args),
      ...environmentPatches(args, environment),
      ...clusterPatches(args, cluster),
    ];
    for (const patch of patches) {
      const entry = targets.get(patch.at) ?? { patch, objects: [] };
      targets.set(patch.at, entry);
      entry.objects.push(...objects);
    }
  }
  return [...targets.values()].flatMap(({ patch, objects }) => {
    // What people wrote is looked through when their files are read.
    const judged = isWritten && !isForObjects(patch, objects) ? [standIn(patch)] : objects;
    return onePatchFindings(judged, patch, nameGuard, `${title}: ${patch.at}`);
  });
}

/** An object that the patch matches, to see what it would change of its names. */
function standIn({ target }: WrittenPatch): KubernetesObject {
  const { group = "", kind, name = "every", namespace } = target;
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion, kind, metadata };
}
