import { createHash } from "node:crypto";

/** What the path of a webhook is made from. */
export interface WebhookPathArgs {
  /** Text under key `token` of the Receiver's Secret; a secret. "" for type `generic-oidc`. */
  readonly token: string;
  /** Name of the Receiver. */
  readonly name: string;
  /** Namespace of the Receiver: of the tenant, or `flux-system`. */
  readonly namespace: string;
}

/**
 * The path at which a Receiver answers, known before the Receiver exists: the same on every cluster.
 * For type `generic` it is all that a caller has to know, so it is as secret as the token.
 *
 * @see https://fluxcd.io/flux/components/notification/receivers/#webhook-path
 */
export function webhookPath({ token, name, namespace }: WebhookPathArgs): string {
  const digest = createHash("sha256").update(`${token}${name}${namespace}`).digest("hex");
  return `/hook/${digest}`;
}
