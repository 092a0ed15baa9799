import type { FluxKind } from "../../graph/references/flux-kinds.js";
import { fluxKinds } from "../../graph/references/flux-kinds.js";
import type { PartHandle } from "../fleet/part.js";
import { handle } from "../fleet/part.js";
import type { NamedSource, SourceReference } from "../source/source.js";
import { sourceReference } from "../source/source.js";

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

/** A part whose objects of Flux are meant. */
export type EventPart = NamedSource | PartHandle<"release" | "layer" | "tenant" | "image">;

/** The same without what the part holds. */
export type EventHandle = SourceReference | PartHandle<"release" | "layer" | "tenant" | "image">;

/** What an Alert listens to: parts, objects by kind, or every object of Flux in its Namespace. */
export type EventSources = "all" | readonly (EventPart | EventObjects)[];

/** Handles of parts, so that nothing else of them travels along; objects as they are. */
export function handlesOfEvents<Objects extends EventObjects>(
  events: readonly (EventPart | Objects)[],
): readonly (EventHandle | Objects)[] {
  return events.map((one) => {
    if (!isEventPart(one)) return one;
    return one.kind === "source" ? sourceReference(one) : handle(one);
  });
}

/** Whether it is a part, and not objects by their kind. */
export function isEventPart(one: EventPart | EventObjects): one is EventPart {
  return partKinds.has(one.kind);
}

/** The parts that can be meant. */
export const eventPartKinds = ["source", "release", "layer", "tenant", "image"] as const;

const partKinds: ReadonlySet<string> = new Set(eventPartKinds);

/** Every kind that can be meant. */
export const eventKinds: readonly string[] = Object.entries(fluxKinds)
  .filter(([, { controller }]) => controller !== "notification-controller")
  .map(([kind]) => kind)
  .sort();

/** Kinds whose events every line of Flux takes. */
const everywhere: readonly EventKind[] = [
  ...(["Bucket", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"] as const),
  ...(["HelmRelease", "Kustomization"] as const),
  ...(["ImagePolicy", "ImageRepository", "ImageUpdateAutomation"] as const),
];

/** The objects that are meant, as declared. */
export function alertedObjects(sources: EventSources): readonly (EventObjects & Named)[] {
  return sources === "all"
    ? everywhere.map((kind) => ({ kind, name: "*" }))
    : sources.flatMap(objectsOf<EventObjects>);
}

interface Named {
  readonly kind: EventKind;
  readonly name: string;
}

/** What one entry means on the cluster. */
export function objectsOf<Objects extends EventObjects>(
  one: EventPart | Objects,
): readonly (Named | (Objects & Named))[] {
  if (!isEventPart(one)) return [{ ...one, name: one.name ?? "*" }];
  const { name } = one;
  switch (one.kind) {
    case "source":
      return [{ kind: sourceReference(one).type, name }];
    case "release":
      return [{ kind: "HelmRelease", name }];
    case "layer":
    case "tenant":
      return [{ kind: "Kustomization", name }];
    case "image":
      return [
        { kind: "ImageRepository", name },
        { kind: "ImagePolicy", name },
      ];
  }
}

/** The API version of a kind, which a Receiver needs and an Alert ignores. */
export function eventApiVersion(kind: EventKind): string {
  const version = kind === "HelmRelease" ? "v2" : kind === "ArtifactGenerator" ? "v1beta1" : "v1";
  return `${fluxKinds[kind].group}/${version}`;
}
