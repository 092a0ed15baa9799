import type { FluxKind } from "../../graph/references/flux-kinds.js";
import type { PartHandle } from "../fleet/part.js";

/** A kind of Flux whose objects have events, and can be asked to reconcile. */
export type EventKind = Exclude<FluxKind, "Provider" | "Alert" | "Receiver">;

/** Objects of Flux in the Namespace of whoever names them: lockdown lets nobody see another one. */
export interface EventObjects {
  readonly kind: EventKind;
  /** The name of one, or `*` for all. @default "*" */
  readonly name?: string | undefined;
  /** Only those with these labels; looked at when `name` is `*`. @default whatever their labels */
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
}

/** A source with the kind of its object, without which its name says too little. */
export interface SourceHandle extends PartHandle<"source"> {
  readonly type: EventKind;
}

/** A part whose objects of Flux are meant. */
export type EventPart =
  | SourceHandle
  | { readonly kind: "source"; readonly name: string; readonly args: { readonly type: EventKind } }
  | PartHandle<"release" | "layer" | "tenant" | "image">;

/** What an Alert listens to: parts, objects by kind, or every object of Flux in its Namespace. */
export type EventSources = "all" | readonly (EventPart | EventObjects)[];

/** Handles of parts, so that nothing else of them travels along; objects as they are. */
export function handlesOfEvents<Other extends EventObjects>(
  events: readonly (EventPart | Other)[],
): readonly (Exclude<EventPart, { readonly args: unknown }> | Other)[] {
  return events.map((one) => {
    if (!isEventPart(one)) return one;
    const { kind, name } = one;
    if (kind !== "source") return { kind, name };
    return { kind, name, type: "args" in one ? one.args.type : one.type };
  });
}

/** Whether it is a part, and not an object by its kind. */
export function isEventPart(one: EventPart | EventObjects): one is EventPart {
  return partKinds.has(one.kind);
}

const partKinds: ReadonlySet<string> = new Set(["source", "release", "layer", "tenant", "image"]);
