import type { AlertSpec } from "../../api/types/index.js";
import type { Input, Part } from "../fleet/part.js";
import { part } from "../fleet/part.js";
import type { DeepPartial } from "../merged-spec.js";
import type { EventSources } from "./event-objects.js";
import { handlesOfEvents } from "./event-objects.js";
import type { NamedProvider } from "./provider.js";
import { providerReference } from "./provider.js";

/**
 * Which events are sent.
 *
 * @see https://fluxcd.io/flux/components/notification/alerts/
 */
export interface AlertArgs<Value = Input> {
  /** The Provider they are sent to, of the same owner. */
  readonly provider: NamedProvider;
  /** Whose events; objects of the Namespace of the Alert, for lockdown hides all others. */
  readonly sources: EventSources;
  /**
   * `error` sends failures only. A commit status needs `info`, or it never turns green again.
   * @default "info" for types of git hosts, otherwise "error" (ours; Flux has "info")
   */
  readonly severity?: "info" | "error" | undefined;
  /** What every event says in addition; the name of the cluster is there already. @default none */
  readonly eventMetadata?: Readonly<Record<string, Value>> | undefined;
  /** Regular expressions (RE2) of which an event must match one. @default every event */
  readonly include?: readonly string[] | undefined;
  /** Regular expressions (RE2) of events that are left out. @default none */
  readonly exclude?: readonly string[] | undefined;
  /** Fields that have no argument, laid over what is rendered. @default none */
  readonly spec?: DeepPartial<AlertSpec> | undefined;
}

/** An Alert of Flux. */
export type AlertPart<Value = Input> = Part<"alert", AlertArgs<Value>>;

/**
 * Declares which events go to a Provider.
 *
 * @example
 * ```ts
 * const failures = alert("failures", { provider: slack, sources: "all" });
 * const shop = alert("shop", {
 *   provider: slack,
 *   severity: "info",
 *   sources: [shopRelease, { kind: "GitRepository", name: "shop" }],
 * });
 * ```
 */
export function alert(name: string, args: AlertArgs<string>): AlertPart<string>;
export function alert(name: string, args: AlertArgs): AlertPart;
export function alert(name: string, args: AlertArgs): AlertPart {
  const { provider, sources, ...rest } = args;
  return part("alert", name, {
    ...rest,
    provider: providerReference(provider),
    sources: sources === "all" ? sources : handlesOfEvents(sources),
  });
}
