/** `pulumi-flux-fleet/manifests`: printing manifests and naming files, without any engine. */
export { printYaml } from "./yaml.js";
export { repoPath, sourcePath } from "./repo-path.js";
export { pathCollisions } from "./path-collisions.js";
export { kustomizationFile } from "./kustomization-file.js";
export { hasSetterMarker, imagePolicyMarker, isSetterMarked } from "./marker.js";
export type { KubernetesObject, Manifest, ObjectMeta } from "./manifest.js";
export type { RepoPath } from "./repo-path.js";
export type {
  KustomizationFile,
  KustomizationFileOptions,
  KustomizePatch,
  PatchTarget,
} from "./kustomization-file.js";
export type { ImagePolicyField, ImagePolicyReference, SetterMarked } from "./marker.js";
