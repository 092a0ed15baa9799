import type { KubernetesObject } from "../../manifests/manifest.js";
import { isTarget, patched } from "../../manifests/object-patch.js";
import {
  isLeftAlone,
  staysText,
  substitutedText,
  markedTexts,
  variableReferences,
  withTexts,
  writtenText,
} from "../../manifests/substitution.js";
import type { MarkedText } from "../../manifests/substitution.js";
import type { NamedLayer } from "./directories.js";
import { contentObjects } from "./content-objects.js";
import { isRendered, overlayOf } from "./directories.js";
import { fileNames } from "./object-files.js";
import type { WrittenPatch } from "./patches.js";
import { clusterPatches, environmentPatches, isForObjects, layerPatches } from "./patches.js";
import type { LayerCluster, LayerVariables } from "./variables.js";
import { layerVariables, withSomeVariable } from "./variables.js";

/** An object of a layer in some stage, and its file below the root of the layer. */
export interface LayerObject {
  readonly object: KubernetesObject;
  readonly file: string;
}

/** What a layer is in one environment, as declared: references to variables are still in it. */
export interface EnvironmentContent {
  readonly objects: readonly LayerObject[];
  /** Patches of what people wrote. */
  readonly patches: readonly WrittenPatch[];
}

/** What a layer is on one cluster. */
export interface ClusterContent {
  /** As declared, with every patch: references to variables are still in them. */
  readonly declared: readonly LayerObject[];
  /** As they are applied. */
  readonly applied: readonly LayerObject[];
  /** Patches of what people wrote that are not those of the environment. */
  readonly patches: readonly WrittenPatch[];
  readonly variables: LayerVariables;
  readonly environment: string;
}

/** A layer with its patches and variables applied. */
export interface LayerContents {
  readonly environments: ReadonlyMap<string, EnvironmentContent>;
  readonly clusters: ReadonlyMap<string, ClusterContent>;
  /** An object or patch as it stands in a file that Flux may substitute. */
  readonly written: <Value extends object>(value: Value) => Value;
}

/** Computes what a layer is on each of its clusters. */
export function layerContents(layer: NamedLayer, clusters: readonly LayerCluster[]): LayerContents {
  const { args } = layer;
  const names = [...new Set(clusters.map(({ environment }) => environment))].sort();
  const environments = environmentContents(args, names);
  const textsOf = markedTexts();
  const stages = clusters.map((cluster) => {
    const content = environments.get(cluster.environment) ?? nothing;
    const declaredObjects = content.objects.map(({ object }) => object);
    const own = clusterPatches(args, cluster);
    const patches = own.filter((patch) => !isForObjects(patch, declaredObjects));
    const declared =
      patches.length === own.length
        ? content.objects
        : content.objects.map(({ object, file }) => ({ object: patched(object, own), file }));
    const texts = [...declared.map(({ object }) => object), ...content.patches, ...patches].flatMap(
      textsOf,
    );
    const variables = layerVariables(args, cluster, defaultsIn(texts));
    return { cluster, declared, patches, variables, texts };
  });
  const substitutes = stages.some(({ variables }) => Object.keys(variables.values).length > 0);
  const needed = substitutes && stages.some(({ texts }) => texts.some(isChanged));
  const all = stages.map((stage) =>
    needed ? { ...stage, variables: withSomeVariable(stage.variables, stage.cluster.name) } : stage,
  );
  const values = all.map(({ variables }) => variables.values);
  const isQuoted = (text: string): boolean =>
    !text.includes("\n") &&
    variableReferences(text).length > 0 &&
    values.some((known) => !staysText(substitutedText(text, known)));
  return {
    environments,
    clusters: new Map(
      all.map(({ cluster, declared, patches, variables }): [string, ClusterContent] => [
        cluster.name,
        {
          declared,
          applied: declared.map((placed) =>
            textsOf(placed.object).some(isReference) ? appliedWith(variables, placed) : placed,
          ),
          patches,
          variables,
          environment: cluster.environment,
        },
      ]),
    ),
    written: (value) =>
      !substitutes || isLeftAlone(value)
        ? value
        : withTexts(value, (text) => writtenText(text, isQuoted(text))),
  };
}

const nothing: EnvironmentContent = { objects: [], patches: [] };

/**
 * Objects of the base that an environment changes stand resolved in every overlay instead, so that
 * the committed tree says what is applied.
 */
function environmentContents(
  args: NamedLayer["args"],
  environments: readonly string[],
): ReadonlyMap<string, EnvironmentContent> {
  const rendered = isRendered(args);
  const common = layerPatches(args);
  const own = new Map(environments.map((name) => [name, environmentPatches(args, name)]));
  const special = [...own.values()].flat();
  const base = contentObjects(args.base, args);
  const overlays = environments.map((name) => contentObjects(overlayOf(args, name), args));
  const fileOf = fileNames([...base, ...overlays.flat()]);
  return new Map(
    environments.map((name, index) => {
      const patches = [...common, ...(own.get(name) ?? [])];
      const overlay = overlays[index] ?? [];
      const isShared = (object: KubernetesObject): boolean =>
        !special.some(({ target }) => isTarget(object, target));
      const place = (object: KubernetesObject, folder: string): LayerObject => ({
        object: patched(object, patches),
        file: `${folder}/${fileOf(object)}`,
      });
      const declared = [...base, ...overlay];
      const content: EnvironmentContent = {
        objects: rendered
          ? [
              ...base.map((object) =>
                place(object, isShared(object) ? "base" : `overlays/${name}`),
              ),
              ...overlay.map((object) => place(object, `overlays/${name}`)),
            ]
          : [],
        patches: patches.filter((patch) => !isForObjects(patch, declared)),
      };
      return [name, content];
    }),
  );
}

function appliedWith({ values }: LayerVariables, { object, file }: LayerObject): LayerObject {
  return { object: withTexts(object, (text) => substitutedText(text, values)), file };
}

/** Whether the text is written otherwise where Flux substitutes. */
function isChanged({ text }: MarkedText): boolean {
  return writtenText(text, false) !== text;
}

function isReference({ text }: MarkedText): boolean {
  return variableReferences(text).length > 0;
}

/** The defaults of references, by variable; of several the first in the order of the layer. */
function defaultsIn(texts: readonly MarkedText[]): ReadonlyMap<string, string> {
  const defaults = new Map<string, string>();
  for (const { text } of texts) {
    for (const { name, default: value } of variableReferences(text)) {
      if (value !== undefined && !defaults.has(name)) defaults.set(name, value);
    }
  }
  return defaults;
}
