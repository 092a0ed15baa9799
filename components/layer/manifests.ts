import { kustomizationFile } from "../../manifests/kustomization-file.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import type { KustomizePatch } from "../../manifests/kustomization-file.js";
import { printYaml } from "../../manifests/yaml.js";
import type { LayerContents, LayerObject } from "./contents.js";
import type { NamedLayer } from "./directories.js";
import { isRendered, relativeDirectory, renderedRoot, writtenPlaces } from "./directories.js";
import { changePatch, mergePatch } from "./kustomize-patches.js";

/** A file of a layer, with its path from the root of the repository. */
export interface LayerFile {
  readonly path: string;
  readonly text: string;
}

/** The path of a file of a rendered layer, from the root of the repository. */
export function layerPath(layer: NamedLayer, file: string): string {
  const root = renderedRoot(layer);
  return root === "" ? file : `${root}/${file}`;
}

/** The files of a layer: its base once, and an overlay for each environment of its clusters. */
export function layerFiles(layer: NamedLayer, contents: LayerContents): readonly LayerFile[] {
  if (!isRendered(layer.args)) return [];
  const files = new Map<string, string>();
  const root = renderedRoot(layer);
  const depth = root === "" ? 0 : root.split("/").length;
  const add = (name: string, documents: readonly object[]): void => {
    files.set(layerPath(layer, name), printYaml(documents));
  };
  for (const [environment, { objects, patches }] of contents.environments) {
    const overlay = `overlays/${environment}`;
    for (const { object, file } of objects) {
      add(file, [contents.written(object)]);
    }
    const places = writtenPlaces(layer, environment);
    const directories = (folder: string, up: number): readonly string[] =>
      places
        .filter(({ field }) => field.startsWith("base.") === (folder === "base"))
        .map(({ directory }) => relativeDirectory(directory, depth + up));
    const base = [...filesIn(objects, "base"), ...directories("base", 1)];
    if (base.length > 0) {
      add("base/kustomization.yaml", [kustomizationFile(base)]);
    }
    const resources = [
      ...(base.length > 0 ? ["../../base"] : []),
      ...filesIn(objects, overlay),
      ...directories(overlay, 2),
    ];
    const merges = patches.map((patch) => mergePatch(contents.written(patch)));
    add(`${overlay}/kustomization.yaml`, [kustomizationFile(resources, { patches: merges })]);
  }
  return [...files].map(([path, text]) => ({ path, text }));
}

/** What the Kustomization of a cluster changes in what the layer is in its environment. */
export function clusterKustomizePatches(
  { args }: NamedLayer,
  contents: LayerContents,
  cluster: { readonly name: string; readonly environment: string },
): readonly KustomizePatch[] {
  const environment = contents.environments.get(cluster.environment);
  const own = contents.clusters.get(cluster.name);
  if (environment === undefined || own === undefined) return [];
  const before = environment.objects.map(({ object }) => object);
  const changed = own.declared.flatMap(({ object }, index) => {
    const of: KubernetesObject | undefined = before[index];
    const patch =
      of === undefined || of === object
        ? undefined
        : changePatch(contents.written(of), contents.written(object));
    return patch === undefined ? [] : [patch];
  });
  // What people wrote has no overlay of ours that could hold the patches of its environment.
  const shared = isRendered(args) ? [] : environment.patches;
  const merges = [...shared, ...own.patches].map((patch) => mergePatch(contents.written(patch)));
  return [...changed, ...merges];
}

function filesIn(objects: readonly LayerObject[], folder: string): readonly string[] {
  return objects
    .filter(({ file }) => file.startsWith(`${folder}/`))
    .map(({ file }) => file.slice(folder.length + 1));
}
