import {
  gitSecretFindings,
  secretRule,
  secretTree,
  type KubernetesSecret,
} from "../document/kubernetes-secret.js";
import { keyedNonces } from "../document/nonces.js";
import { refuse } from "../document/refusal.js";
import { sealTree } from "../document/sealed.js";
import type { Envelope } from "./envelope.js";

/**
 * A Secret as an encrypted manifest for Git, like `encryptSecret`, and the same text every time it
 * is sealed with the same envelope. The text is read back before it returns.
 *
 * @throws FleetError INVALID_SECRET, SOPS_CHECK_FAILED
 */
export function sealSecret(secret: KubernetesSecret, envelope: Envelope): string {
  refuse(gitSecretFindings(secret));
  const { dataKey, wraps, lastModified } = envelope;
  return sealTree([secretTree(secret)], {
    ...{ format: "yaml", rule: secretRule, macOnlyEncrypted: false },
    ...{ dataKey, wraps, lastModified, nonceOf: keyedNonces(dataKey) },
  });
}
