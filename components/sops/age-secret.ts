import { createHash } from "node:crypto";

/** Name of the Secret in `flux-system` from which kustomize-controller decrypts. */
export const ageSecretName = "sops-age";

/**
 * Key of the Secret for the identity of one recipient, so that several have room beside each other.
 * Flux reads only keys that end in `.agekey`.
 */
export function ageSecretEntry(owner: string, recipient: string): string {
  const digest = createHash("sha256").update(recipient).digest("hex");
  return `${owner}-${digest.slice(0, 8)}.agekey`;
}

/** Labels of the Secret: a changed identity is used at once. */
export const ageSecretLabels: Readonly<Record<string, string>> = {
  "reconcile.fluxcd.io/watch": "Enabled",
};
