import type { Finding } from "../errors.js";
import { isOfKind } from "../graph/references/flux-kinds.js";
import { fieldsOf, valuesAt } from "../graph/references/references.js";
import { quoted } from "../graph/values/names.js";
import type { Field } from "../graph/values/shapes.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import type { FluxPlace } from "./flux-part.js";
import type { Input, PartHandle } from "./fleet/part.js";
import { notificationObjects } from "./notification/manifests.js";
import type { NotificationPart } from "./notification/notification.js";
import { notificationsShape } from "./notification/shape.js";
import { notificationFindings } from "./notification/validation.js";
import { releaseObjects } from "./release/manifests.js";
import type { ReleasePart } from "./release/release.js";
import { releasesShape } from "./release/shape.js";
import { releaseFindings } from "./release/validation.js";
import { sourceObjects } from "./source/manifests.js";
import { sourcesShape } from "./source/shape.js";
import type { SourcePart } from "./source/source.js";
import { sourceFindings } from "./source/validation.js";

/** What a tenant, a layer or an overlay has Flux fetch, install and report. */
export interface FluxParts<Value = Input> {
  /** What Flux fetches besides. @default none @see docs/releases.md */
  readonly sources?: readonly SourcePart<Value>[];
  /** Helm charts that Flux installs. @default none @see docs/releases.md */
  readonly releases?: readonly ReleasePart<Value>[];
  /** Providers and Alerts, and Receivers of webhooks. @default none @see docs/notifications.md */
  readonly notifications?: readonly NotificationPart<Value>[];
}

/** The shapes of {@link FluxParts}. */
export const fluxPartFields: Readonly<Record<keyof FluxParts, Field>> = {
  sources: { optional: sourcesShape },
  releases: { optional: releasesShape },
  notifications: { optional: notificationsShape },
};

/** The objects of {@link FluxParts} by kind and name. */
export interface FluxObjects {
  readonly sources: readonly KubernetesObject[];
  readonly releases: readonly KubernetesObject[];
  readonly notifications: readonly KubernetesObject[];
}

const none: FluxObjects = { sources: [], releases: [], notifications: [] };

/** Whether any part is declared. */
export function hasFluxParts({ sources, releases, notifications }: FluxParts<unknown>): boolean {
  return sources !== undefined || releases !== undefined || notifications !== undefined;
}

/** Renders the parts, whatever the order in which they are declared. */
export function fluxObjects(parts: FluxParts<string>, place: FluxPlace): FluxObjects {
  if (!hasFluxParts(parts)) return none;
  const { sources = [], releases = [], notifications = [] } = parts;
  return {
    sources: inKindOrder(sources.flatMap((part) => sourceObjects(part, place))),
    releases: inKindOrder(releases.flatMap((part) => releaseObjects(part, place))),
    notifications: inKindOrder(notifications.flatMap((part) => notificationObjects(part, place))),
  };
}

/** Objects by kind, Namespace and name, so that the order of declaration never shows. */
export function inKindOrder(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const keyed = objects.map((object): [string, KubernetesObject] => {
    const { kind, metadata } = object;
    return [`${kind}\0${metadata.namespace ?? ""}\0${metadata.name}`, object];
  });
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
}

/** Whether a Receiver among the objects asks for a source at once, so that polling may be slower. */
export function isReceived(
  objects: readonly KubernetesObject[],
  source: Pick<KubernetesObject, "kind" | "metadata">,
): boolean {
  return objects.some(
    (object) =>
      isOfKind(object, "Receiver") &&
      valuesAt(object, "spec.resources[]").some(({ value }) => isNamedBy(fieldsOf(value), source)),
  );
}

function isNamedBy(
  { kind, name, matchLabels }: Readonly<Record<string, unknown>>,
  source: Pick<KubernetesObject, "kind" | "metadata">,
): boolean {
  if (kind !== source.kind) return false;
  if (name !== "*") return name === source.metadata.name;
  const { labels = {} } = source.metadata;
  return Object.entries(fieldsOf(matchLabels)).every(([key, value]) => labels[key] === value);
}

/**
 * Every finding of the parts themselves.
 *
 * @param lead - what the names of the lists come after, for example `Tenant "payments": `
 */
export function fluxPartFindings(
  parts: FluxParts<string>,
  place: FluxPlace,
  lead: string,
): readonly Finding[] {
  if (!hasFluxParts(parts)) return [];
  const { sources = [], releases = [], notifications = [] } = parts;
  const at = (list: string, { name }: PartHandle): string => `${lead}${list}[${quoted(name)}]`;
  return [
    ...duplicateNames(sources, `${lead}sources`),
    ...duplicateNames(releases, `${lead}releases`),
    ...duplicateNames(notifications, `${lead}notifications`),
    ...sources.flatMap((part) => sourceFindings(part, place, at("sources", part))),
    ...releases.flatMap((part) => releaseFindings(part, place, at("releases", part))),
    ...notifications.flatMap((part) =>
      notificationFindings(part, place, at("notifications", part)),
    ),
  ];
}

/** The findings of a list in which two parts have one name. */
export function duplicateNames(parts: readonly PartHandle[], at: string): readonly Finding[] {
  const seen = new Set<string>();
  return parts.flatMap(({ kind, name }): readonly Finding[] => {
    const key = `${kind}\0${name}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [
      {
        code: "DUPLICATE_IDENTITY",
        path: `${at}[${quoted(name)}]`,
        problem: `Two of this list are ${kind} ${quoted(name)}.`,
        remedy: "Give one of them another name, or list it once.",
      },
    ];
  });
}
