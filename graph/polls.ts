import type { Finding } from "../errors.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { isOfKind } from "./references/flux-kinds.js";
import { identityKey } from "./objects.js";
import { fieldsOf, isDecided, textOf, valuesAt } from "./references/references.js";
import { durationSeconds } from "./values/durations.js";
import { quoted } from "./values/names.js";

/** How often the clusters of a fleet ask one host, each time for itself. */
export interface PollRate {
  /** Host with port, as it stands in addresses; images without one are from `docker.io`. */
  readonly host: string;
  /** Questions in one hour: of sources for their revision, of images for their tags. */
  readonly perHour: number;
}

/** An object and the cluster that it is on. */
interface PolledObject {
  readonly object: KubernetesObject;
  readonly cluster: string;
}

type Rate = PollRate | undefined;

/** The field of `spec` with the address of what is asked. */
const addresses: Readonly<Record<string, string>> = {
  GitRepository: "url",
  OCIRepository: "url",
  HelmRepository: "url",
  Bucket: "endpoint",
  ImageRepository: "image",
};

const polledKinds: ReadonlySet<string> = new Set(Object.keys(addresses));

/**
 * How often each host is asked when every object is reconciled at its interval, the busiest host
 * first. Suspended objects ask nobody. A question may be several requests.
 */
export function pollRates(objects: readonly PolledObject[]): readonly PollRate[] {
  const counts = new Map<KubernetesObject, number>();
  const indirect: PolledObject[] = [];
  for (const polled of objects) {
    const { object } = polled;
    const { kind } = object;
    // Nearly all objects are none of these, and the others are the same on many clusters.
    if (polledKinds.has(kind)) counts.set(object, (counts.get(object) ?? 0) + 1);
    else if (kind === "HelmRelease" || kind === "ImageUpdateAutomation") indirect.push(polled);
  }
  const rates = new Map<string, number>();
  const add = (rate: Rate, times: number): void => {
    if (rate === undefined) return;
    rates.set(rate.host, (rates.get(rate.host) ?? 0) + rate.perHour * times);
  };
  const secondsOf = durationReader();
  for (const [object, times] of counts) add(ownRate(object, secondsOf), times);
  const sources = indirect.length === 0 ? new Map<string, KubernetesObject>() : byPlace(objects);
  for (const { object, cluster } of indirect) {
    add(rateThrough(object, cluster, sources, secondsOf), 1);
  }
  return [...rates]
    .map(([host, perHour]) => ({ host, perHour: Math.round(perHour) }))
    .sort((a, b) => b.perHour - a.perHour || (a.host < b.host ? -1 : 1));
}

function byPlace(objects: readonly PolledObject[]): ReadonlyMap<string, KubernetesObject> {
  return new Map(
    objects
      .filter(({ object }) => polledKinds.has(object.kind))
      .map(({ object, cluster }) => [sourceKey(cluster, object), object]),
  );
}

/** One line for people: the busiest hosts, with their limits. */
export function pollReport(
  rates: readonly PollRate[],
  limits: Readonly<Record<string, number>> = {},
): string {
  const shown = rates.slice(0, 8).map(({ host, perHour }) => {
    const limit = limits[host];
    return `${host} ${String(perHour)}${limit === undefined ? "" : ` of ${String(limit)}`}`;
  });
  const more = rates.length - shown.length;
  return `polls per hour: ${shown.join(", ")}${more > 0 ? `, and ${String(more)} more hosts` : ""}`;
}

/** The findings of hosts that would be asked more often than is allowed. */
export function pollFindings(
  rates: readonly PollRate[],
  limits: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  return Object.entries(limits).flatMap(([host, limit]): readonly Finding[] => {
    const path = `polling.limits[${quoted(host)}]`;
    if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit < 1) {
      return [
        {
          code: "INVALID_ARGUMENT",
          path,
          problem: "The limit is not a whole number above zero.",
          remedy: "Give how often this host may be asked in one hour.",
        },
      ];
    }
    const rate = rates.find((one) => one.host === host);
    if (rate === undefined || rate.perHour <= limit) return [];
    return [
      {
        code: "POLL_LIMIT",
        path,
        problem: `The clusters would ask ${quoted(host)} ${String(rate.perHour)} times an hour, and ${String(limit)} are allowed.`,
        remedy:
          "Give sources and images longer intervals, with a Receiver that tells of changes at once, or raise the limit.",
      },
    ];
  });
}

function ownRate(object: KubernetesObject, secondsOf: Seconds): Rate {
  const field = addresses[object.kind];
  // Read as it is, and not by a path: there is one for each tenant on each cluster.
  const spec = fieldsOf(object["spec"]);
  const address = field === undefined ? undefined : spec[field];
  if (spec["suspend"] === true || isRegistry(object) || !isDecided(address)) return undefined;
  const { interval } = spec;
  return rateOf(address, object.kind, isDecided(interval) ? secondsOf(interval) : undefined);
}

/** A registry with charts is asked for each chart; Git is asked for every look at the markers. */
function rateThrough(
  object: KubernetesObject,
  cluster: string,
  sources: ReadonlyMap<string, KubernetesObject>,
  secondsOf: Seconds,
): Rate {
  if (valuesAt(object, "spec.suspend")[0]?.value === true) return undefined;
  const isRelease = isOfKind(object, "HelmRelease");
  const at = isRelease ? "spec.chart.spec" : "spec";
  const kind = textOf(object, `${at}.sourceRef.kind`) ?? "GitRepository";
  const namespace = textOf(object, `${at}.sourceRef.namespace`) ?? object.metadata.namespace;
  const name = textOf(object, `${at}.sourceRef.name`) ?? "";
  const source = sources.get(identityKey(cluster, kind, namespace, name));
  if (source === undefined) return undefined;
  if (isRelease && !isRegistry(source)) return undefined;
  const interval = textOf(object, `${at}.interval`) ?? textOf(object, "spec.interval") ?? "";
  return rateOf(textOf(source, "spec.url") ?? "", source.kind, secondsOf(interval));
}

/** A registry of charts has no index that could be asked for; each chart is. */
function isRegistry(object: KubernetesObject): boolean {
  return isOfKind(object, "HelmRepository") && textOf(object, "spec.type") === "oci";
}

function rateOf(address: string, kind: string, seconds: number | undefined): Rate {
  if (seconds === undefined || seconds <= 0) return undefined;
  const plain = address.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/i, "");
  const slash = plain.indexOf("/");
  const first = slash < 0 ? plain : plain.slice(0, slash);
  const isHost = kind !== "ImageRepository" || /[.:]|^localhost$/.test(first);
  return { host: isHost && slash >= 0 ? first : hostless(kind, first), perHour: 3600 / seconds };
}

/** A function that reads durations, each text once: nearly all intervals of a fleet are the same. */
function durationReader(): Seconds {
  const known = new Map<string, number | undefined>();
  return (text) => {
    if (known.has(text)) return known.get(text);
    const seconds = durationSeconds(text);
    known.set(text, seconds);
    return seconds;
  };
}

type Seconds = (text: string) => number | undefined;

/** An image without host is of Docker Hub; an endpoint of a Bucket is nothing but a host. */
function hostless(kind: string, first: string): string {
  return kind === "ImageRepository" ? "docker.io" : first;
}

function sourceKey(cluster: string, { kind, metadata }: KubernetesObject): string {
  return identityKey(cluster, kind, metadata.namespace, metadata.name);
}
