import * as pulumi from "@pulumi/pulumi";
import { webhookPath as pathOf } from "./notification/webhook-path.js";

/** What the path of a webhook is made from; each value may come from a resource. */
export interface WebhookPathInputs {
  /** Text under key `token` of the Receiver's Secret. "" for type `generic-oidc`. */
  readonly token: pulumi.Input<string>;
  /** Name of the Receiver. */
  readonly name: pulumi.Input<string>;
  /** Namespace of the Receiver: of the tenant, or `flux-system`. */
  readonly namespace: pulumi.Input<string>;
}

/**
 * The path at which a Receiver answers, known before the Receiver exists: the same on every cluster.
 * A secret, because for type `generic` it is all that a caller has to know.
 *
 * @example
 * ```ts
 * const path = webhookPath({ token, name: push.name, namespace: "payments" });
 * const url = pulumi.interpolate`https://flux.eu-west-1.example.com${path}`;
 * ```
 *
 * @see https://fluxcd.io/flux/components/notification/receivers/#webhook-path
 */
export function webhookPath({ token, name, namespace }: WebhookPathInputs): pulumi.Output<string> {
  const parts = pulumi.all([token, name, namespace]);
  return pulumi.secret(
    parts.apply(([secret, receiver, home]) =>
      pathOf({ token: secret, name: receiver, namespace: home }),
    ),
  );
}
