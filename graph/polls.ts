import type { Finding } from "../errors.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { isOfKind } from "./references/flux-kinds.js";
import { identityKey } from "./objects.js";
import { textOf, valuesAt } from "./references/references.js";
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

/** Where the address of what is asked stands. */
const addresses: Readonly<Record<string, string>> = {
  GitRepository: "spec.url",
  OCIRepository: "spec.url",
  HelmRepository: "spec.url",
  Bucket: "spec.endpoint",
  ImageRepository: "spec.image",
};

/**
 * How often each host is asked when every object is reconciled at its interval, the busiest host
 * first. Suspended objects ask nobody. A question may be several requests.
 */
export function pollRates(objects: Iterable<PolledObject>): readonly PollRate[] {
  const rates = new Map<string, number>();
  const known = new Map<object, Rate>();
  const indirect: PolledObject[] = [];
  const sources = new Map<string, KubernetesObject>();
  const add = (rate: Rate): void => {
    if (rate !== undefined) rates.set(rate.host, (rates.get(rate.host) ?? 0) + rate.perHour);
  };
  for (const polled of objects) {
    const { object, cluster } = polled;
    const { kind, metadata } = object;
    if (kind === "HelmRelease" || kind === "ImageUpdateAutomation") indirect.push(polled);
    else if (Object.hasOwn(addresses, kind)) {
      // Objects are the same on all clusters on which they do not differ.
      if (!known.has(object)) known.set(object, ownRate(object));
      add(known.get(object));
      sources.set(sourceKey(cluster, kind, metadata.namespace, metadata.name), object);
    }
  }
  for (const { object, cluster } of indirect) add(rateThrough(object, cluster, sources));
  return [...rates]
    .map(([host, perHour]) => ({ host, perHour: Math.round(perHour) }))
    .sort((a, b) => b.perHour - a.perHour || (a.host < b.host ? -1 : 1));
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

function ownRate(object: KubernetesObject): Rate {
  const field = addresses[object.kind];
  if (field === undefined || isSilent(object)) return undefined;
  const address = textOf(object, field);
  return address === undefined ? undefined : rateOf(address, object.kind, intervalOf(object));
}

/** A registry with charts is asked for each chart; Git is asked for every look at the markers. */
function rateThrough(
  object: KubernetesObject,
  cluster: string,
  sources: ReadonlyMap<string, KubernetesObject>,
): Rate {
  if (valuesAt(object, "spec.suspend")[0]?.value === true) return undefined;
  const isRelease = isOfKind(object, "HelmRelease");
  const at = isRelease ? "spec.chart.spec" : "spec";
  const kind = textOf(object, `${at}.sourceRef.kind`) ?? "GitRepository";
  const namespace = textOf(object, `${at}.sourceRef.namespace`) ?? object.metadata.namespace;
  const name = textOf(object, `${at}.sourceRef.name`) ?? "";
  const source = sources.get(sourceKey(cluster, kind, namespace, name));
  if (source === undefined) return undefined;
  if (isRelease && !isRegistry(source)) return undefined;
  const interval = textOf(object, `${at}.interval`) ?? intervalOf(object);
  return rateOf(textOf(source, "spec.url") ?? "", source.kind, interval);
}

/** A registry of charts has no index that could be asked for; each chart is. */
function isRegistry(object: KubernetesObject): boolean {
  return isOfKind(object, "HelmRepository") && textOf(object, "spec.type") === "oci";
}

function isSilent(object: KubernetesObject): boolean {
  return isRegistry(object) || valuesAt(object, "spec.suspend")[0]?.value === true;
}

function intervalOf(object: KubernetesObject): string | undefined {
  return textOf(object, "spec.interval");
}

function rateOf(address: string, kind: string, interval: string | undefined): Rate {
  const seconds = durationSeconds(interval ?? "");
  if (seconds === undefined || seconds <= 0) return undefined;
  const plain = address.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/i, "");
  const [first = ""] = plain.split("/");
  const isHost = kind !== "ImageRepository" || /[.:]|^localhost$/.test(first);
  return {
    host: isHost && plain.includes("/") ? first : hostless(kind, first),
    perHour: 3600 / seconds,
  };
}

/** An image without host is of Docker Hub; an endpoint of a Bucket is nothing but a host. */
function hostless(kind: string, first: string): string {
  return kind === "ImageRepository" ? "docker.io" : first;
}

function sourceKey(
  cluster: string,
  kind: string,
  namespace: string | undefined,
  name: string,
): string {
  return identityKey(cluster, kind, namespace, name);
}
