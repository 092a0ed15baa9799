import type { ReceiverSpec } from "../../api/types/index.js";
import type { Part } from "../fleet/part.js";
import { part } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";
import type { EventObjects, EventPart } from "./event-objects.js";
import { handlesOfEvents } from "./event-objects.js";

/** Objects that a webhook asks to reconcile; all of a kind only together with labels. */
export interface ReceiverObjects extends EventObjects {
  /** CEL expression of `res` and `req` without which the object is left alone. Since Flux 2.9. @default none */
  readonly filter?: string | undefined;
}

/** Who may call a webhook of type `generic-oidc`. */
export type OidcProvider = NonNullable<ReceiverSpec["oidcProviders"]>[number];

/** What every webhook has. */
export interface ReceiverBase {
  /** Parts and objects that are reconciled when it is called, of the Namespace of the Receiver. */
  readonly resources: readonly (EventPart | ReceiverObjects)[];
  /** Events of the sender that count, as it names them: `push` of GitHub. @default all */
  readonly events?: readonly string[] | undefined;
  /** CEL expression of `res` and `req` without which an object is left alone. @default none */
  readonly resourceFilter?: string | undefined;
  /** Fields that have no argument, laid over what is rendered. @default none */
  readonly spec?: DeepPartial<ReceiverSpec> | undefined;
}

/**
 * A webhook.
 *
 * @see https://fluxcd.io/flux/components/notification/receivers/
 */
export type ReceiverArgs = ReceiverBase &
  (
    | {
        /** Who calls; how a call proves itself depends on it. `generic` proves nothing but the path. */
        readonly type: Exclude<ReceiverSpec["type"], "generic-oidc">;
        /** Secret with key `token`; type `gcr` reads `email` and `audience` as well. */
        readonly secret: SecretReference;
        readonly oidcProviders?: never;
      }
    | {
        /** Calls prove themselves with a token of an OIDC issuer. Since Flux 2.9. */
        readonly type: "generic-oidc";
        /** The issuers, each with what its tokens must say. */
        readonly oidcProviders: readonly OidcProvider[];
        readonly secret?: never;
      }
  );

/** A Receiver of Flux. */
export type ReceiverPart = Part<"receiver", ReceiverArgs>;

/**
 * Declares a webhook that asks Flux to reconcile. Its path is known before it exists: `webhookPath`.
 *
 * @example
 * ```ts
 * const token = opaqueSecret("webhook", { token: config.requireSecret("webhookToken") });
 * const push = receiver("push", {
 *   type: "github",
 *   events: ["ping", "push"],
 *   resources: [{ kind: "GitRepository", name: "payments" }],
 *   secret: token,
 * });
 * ```
 */
export function receiver(name: string, args: ReceiverArgs): ReceiverPart {
  const resources = handlesOfEvents<ReceiverObjects>(args.resources);
  return part(
    "receiver",
    name,
    args.secret === undefined
      ? { ...args, resources }
      : { ...args, resources, secret: secretReference(args.secret) },
  );
}
