/** Name of the Secret in `flux-system` from which kustomize-controller decrypts. */
export const ageSecretName = "sops-age";

/** Key of the Secret that holds an identity. Flux reads only keys that end in `.agekey`. */
export function ageSecretKey(cluster: string): string {
  return `${cluster}.agekey`;
}

/** Labels of the Secret: a changed identity is used at once. */
export const ageSecretLabels: Readonly<Record<string, string>> = {
  "reconcile.fluxcd.io/watch": "Enabled",
};
