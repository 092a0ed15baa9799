import type { Finding } from "../../../errors.js";
import { objectTitle } from "../../../graph/objects.js";
import { quoted } from "../../../graph/values/names.js";
import type { KubernetesObject } from "../../../manifests/manifest.js";
import { isTarget, patched } from "../../../manifests/object-patch.js";
import { isLeftAlone } from "../../../manifests/substitution.js";
import type { WrittenPlace } from "../../layer/directories.js";
import { declaredObjects, isRendered, writtenPlaces } from "../../layer/directories.js";
import type { WrittenPatch } from "../../layer/patches.js";
import {
  clusterPatches,
  environmentPatches,
  isForObjects,
  layerPatches,
} from "../../layer/patches.js";
import { writtenReferenceFindings } from "../../layer/variable-validation.js";
import { nameGuard, onePatchFindings } from "../../patches.js";
import type { WrittenDirectory, WrittenObject } from "./directories.js";
import { directoryReader } from "./directories.js";
import type { FleetModel, ModelCluster, ModelLayer } from "../model.js";
import { partTitle } from "../validation/shape-validation.js";

/** What people wrote, as one layer has it on one cluster. */
export interface LayerView {
  readonly cluster: ModelCluster;
  readonly layer: ModelLayer;
  /** How the layer is called in findings. */
  readonly title: string;
  /** Its directories, as they are in Git. */
  readonly places: readonly (WrittenPlace & { readonly written: WrittenDirectory })[];
  /** Their objects with the patches of the layer, before any variable is put in. */
  readonly objects: readonly ViewedObject[];
}

/** An object that people wrote, before and after the patches of the layer. */
export interface ViewedObject {
  readonly file: string;
  readonly inGit: WrittenObject;
  readonly object: WrittenObject;
}

/** Reads what people wrote for the layers; nothing without the texts. */
export function layerViews(
  model: FleetModel,
  texts: ReadonlyMap<string, string> | undefined,
): readonly LayerView[] {
  if (texts === undefined) return [];
  const read = directoryReader(texts);
  return model.clusters.flatMap((cluster) =>
    cluster.layers.map((layer): LayerView => {
      const { args } = layer.part;
      const places = writtenPlaces({ name: layer.name, args }, cluster.environment).map(
        (place) => ({
          ...place,
          // A directory that another one lists needs a list of its own; Flux makes one only on top.
          written: read(place.directory === "." ? "" : place.directory, !isRendered(args)),
        }),
      );
      const patches = patchesOfWritten(layer, cluster);
      const objects = places.flatMap(({ written }) =>
        written.objects.map(({ file, object }) => ({
          file,
          inGit: object,
          object: patched(object, patches),
        })),
      );
      return { cluster, layer, title: partTitle("layer", layer.part.name), places, objects };
    }),
  );
}

/** The findings of the variables and patches that reach what people wrote. */
export function layerViewFindings(views: readonly LayerView[]): readonly Finding[] {
  const byLayer = grouped(views, ({ title }) => title);
  return [...byLayer].flatMap(([title, own]) => [
    ...writtenReferenceFindings(
      own.map(({ cluster, layer, objects }) => ({
        name: cluster.name,
        values: layer.contents.clusters.get(cluster.name)?.variables.values ?? {},
        // Patches of the layer are checked with it, and escaped where they are written.
        things: objects
          .filter(({ object }) => !isLeftAlone(object))
          .map(({ file, object, inGit }) => ({
            title: `${file}: ${objectTitle(object)}`,
            value: inGit,
          })),
      })),
      title,
    ),
    ...patchFindings(own, title),
  ]);
}

/** The views of each name, in their order. */
export function grouped(
  views: readonly LayerView[],
  nameOf: (view: LayerView) => string,
): ReadonlyMap<string, readonly LayerView[]> {
  const groups = new Map<string, LayerView[]>();
  for (const view of views) {
    const group = groups.get(nameOf(view));
    if (group === undefined) groups.set(nameOf(view), [view]);
    else group.push(view);
  }
  return groups;
}

function patchesOfWritten(layer: ModelLayer, cluster: ModelCluster): readonly WrittenPatch[] {
  const { environments, clusters } = layer.contents;
  return [
    ...(environments.get(cluster.environment)?.patches ?? []),
    ...(clusters.get(cluster.name)?.patches ?? []),
  ];
}

/** Patches that reach nothing, or that someone believes to reach more than they do. */
function patchFindings(views: readonly LayerView[], title: string): readonly Finding[] {
  const isReadable = views.every(({ places }) =>
    places.every(({ written }) => written.findings.length === 0),
  );
  const seen = new Map<
    string,
    { patch: WrittenPatch; typed: boolean; objects: KubernetesObject[] }
  >();
  for (const { cluster, layer, places } of views) {
    const { args } = layer.part;
    const declared = declaredObjects(args, cluster.environment);
    const written = places.flatMap((place) => place.written.objects.map(({ object }) => object));
    for (const patch of [
      ...layerPatches(args),
      ...environmentPatches(args, cluster.environment),
      ...clusterPatches(args, cluster),
    ]) {
      const entry = seen.get(patch.at) ?? { patch, typed: false, objects: [] };
      seen.set(patch.at, entry);
      entry.typed ||= isForObjects(patch, declared);
      entry.objects.push(...written);
    }
  }
  return [...seen.values()].flatMap(({ patch, typed, objects }): readonly Finding[] => {
    const path = `${title}: ${patch.at}`;
    if (!typed) {
      const isKnown = isReadable && objects.length > 0;
      return isKnown ? onePatchFindings(objects, patch, nameGuard, path) : [];
    }
    const missed = objects.find((object) => isTarget(object, patch.target));
    return missed === undefined
      ? []
      : [
          {
            code: "PATCH_UNUSED",
            path: `${path}.target`,
            problem: `It changes objects of the program, and so not ${quoted(objectTitle(missed))}, which people wrote.`,
            remedy: "Write a patch for each of the two, with the name of its object in the target.",
          },
        ];
  });
}
