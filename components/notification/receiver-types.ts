import type { ReceiverSpec } from "../../api/types/index.js";

/** Keys that the Secret of a Receiver must have, by its type. */
const secretKeys: Readonly<Record<ReceiverSpec["type"], readonly string[]>> = {
  ...{ generic: ["token"], "generic-hmac": ["token"], "generic-oidc": [] },
  ...{ github: ["token"], gitlab: ["token"], bitbucket: ["token"], harbor: ["token"] },
  ...{ dockerhub: ["token"], quay: ["token"], nexus: ["token"], acr: ["token"] },
  ...{ gcr: ["token", "email", "audience"], cdevents: ["token"] },
};

/** Every type of a Receiver, sorted. */
export const receiverTypes: readonly string[] = Object.keys(secretKeys).sort();

/** Keys that the Secret of a Receiver of this type must have. */
export function receiverSecretKeys(type: ReceiverSpec["type"]): readonly string[] {
  return secretKeys[type];
}
