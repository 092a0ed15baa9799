import type { KubernetesObject } from "../../../manifests/manifest.js";
import type { KustomizePatch } from "../../../manifests/kustomization-file.js";
import { patched } from "../../../manifests/object-patch.js";
import type { ObjectPatch } from "../../../manifests/object-patch.js";
import { changePatch } from "../../layer/kustomize-patches.js";

/** What the kustomization file of `flux-system` makes of the files beside it. */
export interface FluxObjects {
  readonly install: readonly KubernetesObject[];
  readonly source: KubernetesObject;
  readonly root: KubernetesObject;
}

/** The same objects with a cluster's patches, and the difference in the form of kustomize. */
export interface PatchedFlux extends FluxObjects {
  readonly patches: readonly KustomizePatch[];
}

/**
 * Applies a cluster's patches to the objects of `flux-system`. The files with these objects stay as
 * Flux prints them, so what changes goes into the kustomization file, after the lockdown.
 */
export function patchedFlux(flux: FluxObjects, patches: readonly ObjectPatch[]): PatchedFlux {
  if (patches.length === 0) return { ...flux, patches: [] };
  const written: KustomizePatch[] = [];
  const change = (object: KubernetesObject): KubernetesObject => {
    const after = patched(object, patches);
    const difference = changePatch(object, after);
    if (difference !== undefined) written.push(difference);
    return after;
  };
  return {
    install: flux.install.map(change),
    source: change(flux.source),
    root: change(flux.root),
    patches: written,
  };
}
