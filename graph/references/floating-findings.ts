import type { Finding } from "../../errors.js";
import { isOfKind } from "./flux-kinds.js";
import { quoted, someNames } from "../values/names.js";
import { identityKey, objectKey } from "../objects.js";
import type { PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { fieldsOf, markersOf, referencesOf, textOf, valuesAt } from "./references.js";
import { hasUpperBound, isExactVersion } from "../values/version-ranges.js";

/**
 * Annotation with the reason why a version may move on several clusters at once; that of a chart
 * within a range only on those of one ring.
 */
export const floatReason = "pulumi-flux-fleet/float-reason";

/** A version that can change without a commit. */
interface Float {
  readonly at: string;
  /** What it follows, as a sentence. */
  readonly problem: string;
  /** Whether versions of it are released, so that one cannot be taken back by reverting a commit. */
  readonly isReleased: boolean;
}

interface Reach {
  readonly placed: PlacedObject;
  readonly float: Float;
  /** Whether a reason is given, which is good for one ring. */
  readonly hasReason: boolean;
  readonly clusters: Set<PlacedCluster>;
}

/**
 * The findings about versions that move without a commit, where that reaches more than one ring or
 * more than one cluster of an environment. One cluster may float: it is the canary of the others. With
 * a reason several may, only a chart never in more than one ring.
 */
export function floatingFindings(clusters: readonly PlacedCluster[]): readonly Finding[] {
  const reached = new Map<string, Reach>();
  const marked = markedClusters(clusters);
  for (const cluster of clusters) {
    const charts = chartSources(cluster);
    for (const placed of cluster.objects) {
      const { object, part } = placed;
      const float = floatOf(placed, charts);
      if (float === undefined) continue;
      const hasReason = isExplained(placed);
      if (hasReason && !(float.isReleased && isChart(object, charts))) continue;
      const key = `${part}\0${objectKey(object)}\0${float.problem}`;
      const reach = reached.get(key) ?? { placed, float, hasReason, clusters: new Set() };
      reach.clusters.add(cluster);
      if (isOfKind(object, "ImagePolicy")) {
        for (const other of marked.get(objectKey(object)) ?? []) reach.clusters.add(other);
        for (const other of clusters.filter(isOfTenant(object))) reach.clusters.add(other);
      }
      reached.set(key, reach);
    }
  }
  return [...reached.values()].flatMap(({ placed, float, hasReason, clusters: on }) => {
    const wide = wideReach([...on], hasReason);
    return wide === undefined
      ? productionFindings(placed, float, [...on])
      : [
          {
            code: "FLOATING_VERSION" as const,
            path: `${placeOf(placed)}: ${float.at}`,
            problem: `${float.problem} It would change on ${wide} at the same time, without a commit that can be reverted.`,
            remedy: hasReason
              ? "Pin it in all rings but one; its reason is good for the clusters of one ring only."
              : `Pin it, per ring or cluster where it should differ, or write the reason into annotation \`${floatReason}\`.`,
          },
        ];
  });
}

/** One cluster may float, but in production somebody says why. */
function productionFindings(
  placed: PlacedObject,
  { at, problem }: Float,
  clusters: readonly PlacedCluster[],
): readonly Finding[] {
  const names = clusters.filter(({ production }) => production === true).map(({ name }) => name);
  if (names.length === 0 || !isOfKind(placed.object, "ImagePolicy")) return [];
  return [
    {
      code: "UNBOUNDED_RANGE",
      path: `${placeOf(placed)}: ${at}`,
      problem: `${problem} It changes ${someNames(names)}, which is production.`,
      remedy: `Give the range an upper end, for example "<2.0.0", or write the reason into \`reason\` of the image, annotation \`${floatReason}\`.`,
    },
  ];
}

/** Whether a cluster has the tenant whose Namespace an object is in: its source reaches all of them. */
function isOfTenant({ metadata }: PlacedObject["object"]): (cluster: PlacedCluster) => boolean {
  return ({ tenants = [] }) => tenants.some(({ namespace }) => namespace === metadata.namespace);
}

/** What the clusters are when they are too many; undefined for one, or one for each environment. */
function wideReach(clusters: readonly PlacedCluster[], hasReason: boolean): string | undefined {
  const rings = new Set(clusters.map(({ ring }) => ring));
  if (rings.size > 1) return `${String(rings.size)} rings`;
  if (hasReason) return undefined;
  const environments = new Set(clusters.map(({ environment }) => environment));
  return environments.size < clusters.length ? `${String(clusters.length)} clusters` : undefined;
}

/** Whether a chart comes from it, or it is a chart itself. */
function isChart(object: PlacedObject["object"], charts: ReadonlySet<string>): boolean {
  return (
    isOfKind(object, "HelmRelease") ||
    isOfKind(object, "HelmChart") ||
    charts.has(objectKey(object))
  );
}

function isExplained({ object }: PlacedObject): boolean {
  return (object.metadata.annotations?.[floatReason] ?? "").trim() !== "";
}

function floatOf({ object }: PlacedObject, charts: ReadonlySet<string>): Float | undefined {
  if (isOfKind(object, "GitRepository") && !charts.has(objectKey(object))) return undefined;
  const float = known.has(object) ? known.get(object) : ownFloat(object);
  known.set(object, float);
  return float;
}

/** Looked at once for all clusters that share an object. */
const known = new WeakMap<object, Float | undefined>();

function ownFloat(object: PlacedObject["object"]): Float | undefined {
  if (isOfKind(object, "HelmRelease")) return chartFloat(object, "spec.chart.spec");
  if (isOfKind(object, "HelmChart")) return chartFloat(object, "spec");
  if (isOfKind(object, "OCIRepository")) return imageFloat(object);
  if (isOfKind(object, "GitRepository")) return branchFloat(object);
  return isOfKind(object, "ImagePolicy") ? policyFloat(object) : undefined;
}

/** A chart of a HelmRepository; one from Git has the version of its source. */
function chartFloat(object: unknown, at: string): Float | undefined {
  if (textOf(object, `${at}.sourceRef.kind`) !== "HelmRepository") return undefined;
  const field = `${at}.version`;
  const [found] = valuesAt(object, field);
  if (found === undefined || found.value === "" || found.value === "*") {
    return { at: field, problem: "The chart follows its newest version.", isReleased: true };
  }
  const version = textOf(object, field);
  return version === undefined || isExactVersion(version)
    ? undefined
    : {
        at: field,
        problem: `The chart follows every version of ${quoted(version)}.`,
        isReleased: true,
      };
}

function imageFloat(object: unknown): Float | undefined {
  const ref = fieldsOf(valuesAt(object, "spec.ref")[0]?.value);
  if (ref["digest"] !== undefined) return undefined;
  if (ref["semver"] !== undefined) {
    const range = textOf(object, "spec.ref.semver");
    return range === undefined || isExactVersion(range)
      ? undefined
      : {
          at: "spec.ref.semver",
          problem: `The artifact follows every version of ${quoted(range)}.`,
          isReleased: true,
        };
  }
  const { tag } = ref;
  return tag === undefined || tag === "" || tag === "latest"
    ? { at: "spec.ref", problem: 'The artifact follows the tag "latest".', isReleased: true }
    : undefined;
}

function branchFloat(object: unknown): Float | undefined {
  const ref = fieldsOf(valuesAt(object, "spec.ref")[0]?.value);
  const named = textOf(object, "spec.ref.name");
  const isFixed =
    ref["commit"] !== undefined ||
    (named === undefined ? ref["tag"] !== undefined && ref["semver"] === undefined : isTag(named));
  const range = named === undefined ? textOf(object, "spec.ref.semver") : undefined;
  if (isFixed || (range !== undefined && isExactVersion(range))) return undefined;
  return range === undefined
    ? {
        at: "spec.ref",
        problem: "A chart is taken from whatever the newest commit is.",
        isReleased: false,
      }
    : {
        at: "spec.ref.semver",
        problem: `A chart is taken from every tag within ${quoted(range)}.`,
        isReleased: true,
      };
}

function isTag(name: string): boolean {
  return name.startsWith("refs/tags/");
}

function policyFloat(object: unknown): Float | undefined {
  const policy = fieldsOf(valuesAt(object, "spec.policy")[0]?.value);
  const range = textOf(object, "spec.policy.semver.range");
  if (range !== undefined) {
    return hasUpperBound(range)
      ? undefined
      : {
          at: "spec.policy.semver.range",
          problem: `The range ${quoted(range)} has no upper end, so it takes every new major version.`,
          isReleased: false,
        };
  }
  const by = ["alphabetical", "numerical"].find((name) => policy[name] !== undefined);
  return by === undefined
    ? undefined
    : {
        at: `spec.policy.${by}`,
        problem: "The policy takes every new tag.",
        isReleased: false,
      };
}

/** Keys of the sources that are no charts by kind and from which one is taken; a commit of the fleet itself is no float. */
function chartSources({ objects, fleetSource }: PlacedCluster): ReadonlySet<string> {
  const sources = new Set<string>();
  for (const { object } of objects) {
    if (!isOfKind(object, "HelmRelease") && !isOfKind(object, "HelmChart")) continue;
    for (const { rule, kind, namespace, name, key } of referencesOf(object)) {
      const isGit = rule.field.endsWith("sourceRef") && kind === "GitRepository";
      const isArtifact = rule.field === "spec.chartRef" && kind === "OCIRepository";
      const isOwn = fleetSource === `${namespace ?? ""}/${name}`;
      if (isArtifact || (isGit && !isOwn)) sources.add(key);
    }
  }
  return sources;
}

/** Clusters with a field that an ImagePolicy writes, by the key of the policy. */
function markedClusters(
  clusters: readonly PlacedCluster[],
): ReadonlyMap<string, ReadonlySet<PlacedCluster>> {
  const found = new Map<string, Set<PlacedCluster>>();
  for (const cluster of clusters) {
    const add = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => {
      const key = identityKey("image.toolkit.fluxcd.io", "ImagePolicy", namespace, name);
      found.set(key, (found.get(key) ?? new Set()).add(cluster));
    };
    for (const { object } of cluster.objects) markersOf(object).forEach(add);
    cluster.markers?.forEach(add);
  }
  return found;
}
