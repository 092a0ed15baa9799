import type { KubernetesObject } from "../../manifests/manifest.js";
import type { KustomizePatch } from "../../manifests/kustomization-file.js";

const pruneAnnotation = "kustomize.toolkit.fluxcd.io/prune";
const keptKinds: ReadonlyMap<string, string> = new Map([
  ["Namespace", "v1"],
  ["CustomResourceDefinition", "apiextensions.k8s.io/v1"],
]);

/**
 * The patches of `flux-system/kustomization.yaml` with which Namespace and CRDs of Flux survive their
 * removal from Git. Leaving a controller out would otherwise delete every object of its kinds.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
 */
export const keepPatches: readonly KustomizePatch[] = [...keptKinds].map(([kind, apiVersion]) => ({
  target: { kind },
  patch: [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    "metadata:",
    "  name: every",
    "  annotations:",
    `    ${pruneAnnotation}: disabled`,
    "",
  ].join("\n"),
}));

/** An object as {@link keepPatches} leaves it. */
export function kept(object: KubernetesObject): KubernetesObject {
  if (!keptKinds.has(object.kind)) return object;
  const annotations = { ...object.metadata.annotations, [pruneAnnotation]: "disabled" };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
