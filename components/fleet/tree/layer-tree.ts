import type { Manifest } from "../../../manifests/manifest.js";
import { repoPath } from "../../../manifests/repo-path.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { layerFiles, layerPath } from "../../layer/manifests.js";
import type { ModelCluster, ModelLayer } from "../model.js";
import type { RenderedFile } from "../rendered.js";
import { renderedFile } from "./rendered-file.js";

/** The files of a layer, which its clusters share. */
export function layerTree({ name, part: { args }, contents }: ModelLayer): readonly RenderedFile[] {
  return layerFiles({ name, args }, contents).map(({ path, text }) =>
    renderedFile(repoPath(path), text, `layer "${name}"`),
  );
}

/** The objects that the layers of a cluster apply, as they are applied. */
export function layerManifests(cluster: ModelCluster): readonly Manifest[] {
  return cluster.layers.flatMap(({ name, part: { args }, contents }) =>
    (contents.clusters.get(cluster.name)?.applied ?? []).map(({ object, file }) => ({
      object,
      cluster: cluster.name,
      applier: "flux",
      path: repoPath(layerPath({ name, args }, file)),
      appliedBy: `${fluxNamespace}/${name}`,
      part: `layer "${name}"`,
    })),
  );
}
