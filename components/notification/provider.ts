import type { ProviderSpec } from "../../api/types/index.js";
import type { Input, Part } from "../fleet/part.js";
import { part } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";

/**
 * Where events are sent to.
 *
 * @see https://fluxcd.io/flux/components/notification/providers/
 */
export interface ProviderArgs<Value = Input> {
  /** What is at the other end: a chat, a pager, a git host whose commits get a status, a webhook. */
  readonly type: ProviderSpec["type"];
  /**
   * Address without credentials; it is committed as plain text. The address of a webhook is a
   * credential itself: it belongs under key `address` of the Secret. @default that of the Secret
   */
  readonly address?: Value | undefined;
  /** Channel, room, routing key or topic; what it means depends on the type. @default none */
  readonly channel?: Value | undefined;
  /** Under which name is written. @default "" or what the type has */
  readonly username?: Value | undefined;
  /**
   * Secret with the login: `address`, `token`, `username` and `password`, `headers`, whatever the
   * type reads. @default none
   */
  readonly secret?: SecretReference | undefined;
  /** Secret with `ca.crt`, `tls.crt` and `tls.key` for the connection. @default none */
  readonly certSecret?: SecretReference | undefined;
  /** Secret with `address`, `username` and `password` of an HTTP proxy. @default none */
  readonly proxySecret?: SecretReference | undefined;
  /**
   * ServiceAccount beside the Provider whose workload identity logs in, for types of a cloud.
   * @default none
   */
  readonly serviceAccountName?: string | undefined;
  /**
   * CEL expression for the name under which a commit gets its status. For types of git hosts only.
   * @default one that begins with the name of the cluster, so that no cluster overwrites the status of
   * another; where the cluster is not known, Flux's, which begins with the kind and ends with an id
   */
  readonly commitStatusExpr?: string | undefined;
  /** Longest time for sending one event; no unit `h`. Go duration, 1s to 1440m. @default "15s" (Flux) */
  readonly timeout?: string | undefined;
  /** Fields that have no argument, laid over what is rendered. @default none */
  readonly spec?: DeepPartial<ProviderSpec> | undefined;
}

/** The identity of a Provider with its type, on which the defaults of an Alert depend. */
export interface ProviderReference {
  readonly kind: "provider";
  readonly name: string;
  readonly type: ProviderSpec["type"];
}

/** A Provider where an Alert names one. */
export type NamedProvider =
  | ProviderReference
  | {
      readonly kind: "provider";
      readonly name: string;
      readonly args: { readonly type: ProviderSpec["type"] };
    };

/** A reference to a Provider without its arguments. */
export function providerReference(provider: NamedProvider): ProviderReference {
  const type = "args" in provider ? provider.args.type : provider.type;
  return { kind: "provider", name: provider.name, type };
}

/** A Provider of Flux. */
export type ProviderPart<Value = Input> = Part<"provider", ProviderArgs<Value>>;

/**
 * Declares where events are sent to. One of the fleet or of a cluster that no Alert names gets every
 * failure of the platform.
 *
 * @example
 * ```ts
 * const login = opaqueSecret("slack", { address: config.requireSecret("slackWebhook") });
 * const slack = provider("slack", { type: "slack", channel: "payments", secret: login });
 * ```
 */
export function provider(name: string, args: ProviderArgs<string>): ProviderPart<string>;
export function provider(name: string, args: ProviderArgs): ProviderPart;
export function provider(name: string, args: ProviderArgs): ProviderPart {
  const { secret, certSecret, proxySecret, ...rest } = args;
  return part("provider", name, {
    ...rest,
    ...(secret === undefined ? {} : { secret: secretReference(secret) }),
    ...(certSecret === undefined ? {} : { certSecret: secretReference(certSecret) }),
    ...(proxySecret === undefined ? {} : { proxySecret: secretReference(proxySecret) }),
  });
}
