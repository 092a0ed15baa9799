import type { KubernetesObject } from "../../manifests/manifest.js";
import type { ObjectPatch } from "../../manifests/object-patch.js";
import { isTarget } from "../../manifests/object-patch.js";
import type { OverriddenCluster, Overrides } from "../fleet/overrides.js";
import { appliedOverrides } from "../fleet/overrides.js";
import { overlayField, overlayOf } from "./directories.js";
import type { LayerArgs, LayerOverride } from "./layer.js";

/** A patch and where it is written, for example `overlays["staging"].patches[0]`. */
export interface WrittenPatch extends ObjectPatch {
  readonly at: string;
}

/** The patches that every cluster of an environment has, apart from those of every environment. */
export function environmentPatches(args: LayerArgs, environment: string): readonly WrittenPatch[] {
  const { environments } = args.overrides ?? {};
  const place = { environment, ring: "", name: "" };
  return [
    ...written(overlayOf(args, environment)?.patches, overlayField(environment)),
    ...(environments === undefined ? [] : overridePatches({ environments }, place)),
  ];
}

/** The patches of every cluster. */
export function layerPatches(args: LayerArgs): readonly WrittenPatch[] {
  return written(args.patches, "");
}

/** The patches that a cluster has because of its ring or its name. */
export function clusterPatches(
  args: LayerArgs,
  cluster: OverriddenCluster,
): readonly WrittenPatch[] {
  const { rings = {}, clusters = {} } = args.overrides ?? {};
  return overridePatches({ rings, clusters }, cluster);
}

/** Whether a patch is for an object of the program; every other is for what people wrote. */
export function isForObjects(patch: ObjectPatch, objects: readonly KubernetesObject[]): boolean {
  return objects.some((object) => isTarget(object, patch.target));
}

function overridePatches(
  overrides: Overrides<LayerOverride>,
  cluster: OverriddenCluster,
): readonly WrittenPatch[] {
  return appliedOverrides(overrides, cluster).flatMap(({ at, value }) =>
    written(value.patches, at),
  );
}

function written(patches: readonly ObjectPatch[] = [], at: string): readonly WrittenPatch[] {
  const lead = at === "" ? "" : `${at}.`;
  return patches.map((patch, index) => ({ ...patch, at: `${lead}patches[${String(index)}]` }));
}
