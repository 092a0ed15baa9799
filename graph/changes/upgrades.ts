import type { Finding } from "../../errors.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import { quoted, someNames } from "../values/names.js";

/** A Flux version that a cluster has, and the one that it is to have. */
export interface VersionChange {
  readonly cluster: string;
  /** What it has. Undefined when that is not known: then there is nothing to judge. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A custom resource definition: a live one with the versions it may hold, or one to be applied. */
export interface DefinitionVersions {
  /** For example `buckets.source.toolkit.fluxcd.io`. */
  readonly name: string;
  /** Live: `status.storedVersions`. To be applied: the names in `spec.versions`. */
  readonly versions: readonly string[];
}

/** The minor release line of a Flux version, for example `2.9`; undefined for other text. */
export function fluxLineOf(version: string): string | undefined {
  const match = /^v?(\d+)\.(\d+)\.\d+/.exec(version);
  return match === null ? undefined : `${match[1] ?? ""}.${match[2] ?? ""}`;
}

/** Whether a change leaves the minor release line; within one, only code changes. */
export function changesLine({ from, to }: VersionChange): boolean {
  if (from === undefined || to === undefined) return false;
  const [before, after] = [fluxLineOf(from), fluxLineOf(to)];
  return before !== undefined && after !== undefined && before !== after;
}

/**
 * The findings of version changes that nobody tests: back to an older minor version, or over one.
 * Steps within a minor version are fine in both directions. Clusters with the same change share a
 * finding.
 *
 * @param at - what the findings are about, for example `flux.version`
 * @param reason - why such a change is made all the same; the findings are warnings then
 */
export function versionFindings(
  changes: readonly VersionChange[],
  at: string,
  reason?: string,
): readonly Finding[] {
  const groups = new Map<string, { change: VersionChange; clusters: string[] }>();
  for (const change of changes.filter(changesLine)) {
    const key = `${change.from ?? ""} ${change.to ?? ""}`;
    const group = groups.get(key) ?? { change, clusters: [] };
    groups.set(key, group);
    group.clusters.push(change.cluster);
  }
  return [...groups.values()].flatMap(({ change, clusters }) =>
    changeFindings(change, clusters, at).map((finding) =>
      reason === undefined || reason.trim() === ""
        ? finding
        : { ...finding, remedy: `The reason given is ${quoted(reason)}.`, severity: "warning" },
    ),
  );
}

function changeFindings(
  { from = "", to = "" }: VersionChange,
  clusters: readonly string[],
  path: string,
): readonly Finding[] {
  const [before, after] = [numbers(from), numbers(to)];
  const who = `${clusters.length === 1 ? "Cluster" : "Clusters"} ${someNames(clusters)}`;
  const change = `from Flux ${from} to ${to}`;
  if (after.major < before.major || (after.major === before.major && after.minor < before.minor)) {
    return [
      {
        code: "FLUX_DOWNGRADE",
        path,
        problem: `${who} would go back ${change}, whose definitions may refuse what is stored or drop fields of it.`,
        remedy: `Declare a Flux of ${fluxLineOf(from) ?? from} or newer, or write in \`flux.versionJump.reason\` why this is safe.`,
      },
    ];
  }
  if (after.major === before.major && after.minor - before.minor < 2) {
    return [];
  }
  const between = after.major === before.major ? linesBetween(before, after) : [];
  const first =
    between.length === 0
      ? "Read the release notes of the new major version"
      : `Declare ${between.join(", then ")} first, each until every cluster runs it`;
  return [
    {
      code: "FLUX_SKIPPED_MINOR",
      path,
      problem: `${who} would go ${change} without having run what is between.`,
      remedy: `${first}, or run \`flux migrate\` on the clusters and write the reason in \`flux.versionJump.reason\`.`,
    },
  ];
}

/**
 * The finding of a cluster that may store objects in versions which the definitions to be applied no
 * longer have. An API server refuses such a definition, and with it everything in its commit.
 *
 * @see https://fluxcd.io/flux/cmd/flux_migrate/
 */
export function storedVersionFindings(
  cluster: string,
  to: string,
  live: readonly DefinitionVersions[],
  applied: readonly DefinitionVersions[],
): readonly Finding[] {
  const known = new Map(applied.map(({ name, versions }) => [name, new Set(versions)]));
  const blocking = live.flatMap(({ name, versions }) => {
    const kept = known.get(name);
    const lost = kept === undefined ? [] : versions.filter((version) => !kept.has(version));
    return lost.length === 0 ? [] : [`${name} (${lost.join(", ")})`];
  });
  if (blocking.length === 0) {
    return [];
  }
  return [
    {
      code: "FLUX_STORED_VERSION",
      path: `Cluster ${quoted(cluster)}: flux.version`,
      problem: `Its API server would refuse definitions of Flux ${to}, which lack versions that objects may be stored in: ${blocking.sort().join(", ")}.`,
      remedy: "Run `flux migrate` on the cluster, then `up` again.",
    },
  ];
}

/** What an API server says of the Flux on a cluster. */
export interface LiveFlux {
  /** Its definitions with the versions in which objects may be stored. */
  readonly definitions: readonly DefinitionVersions[];
  /** The version that the labels of the definitions name. */
  readonly running: string | undefined;
}

/**
 * The findings of a cluster that answered: stored versions that are in the way, and a version change
 * that is another one than the repository says, because the cluster runs something else.
 */
export function liveFindings(
  change: VersionChange & { readonly to: string },
  live: LiveFlux,
  applied: readonly DefinitionVersions[],
  reason?: string,
): readonly Finding[] {
  const { cluster, from, to } = change;
  const { running, definitions } = live;
  const isKnown = running === undefined || fluxLineOf(running) === fluxLineOf(from ?? "");
  const at = `Cluster ${quoted(cluster)}: flux.version`;
  return [
    ...storedVersionFindings(cluster, to, definitions, applied),
    ...(isKnown ? [] : versionFindings([{ cluster, from: running, to }], at, reason)),
  ];
}

/** The versions of a definition that is to be applied; none for any other object. */
export function definitionVersions(object: KubernetesObject): readonly DefinitionVersions[] {
  if (object.kind !== "CustomResourceDefinition") return [];
  // The shape of a definition; the data is Flux's own.
  const { versions } = object["spec"] as { readonly versions: readonly { name: string }[] };
  return [{ name: object.metadata.name, versions: versions.map(({ name }) => name) }];
}

/** A cluster that nobody could look at before its upgrade. */
export interface UncheckedCluster {
  readonly cluster: string;
  readonly to: string;
  /** Half a sentence, for example `it is out of reach`. */
  readonly why: string;
}

/** The warnings about clusters that nobody could look at, one for all that share version and reason. */
export function uncheckedFindings(unchecked: readonly UncheckedCluster[]): readonly Finding[] {
  const groups = new Map<string, UncheckedCluster[]>();
  for (const one of unchecked) {
    const key = `${one.to} ${one.why}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group): Finding => {
    const [{ to, why } = { to: "", why: "" }] = group;
    return {
      code: "FLUX_UPGRADE_UNCHECKED",
      path: "flux.version",
      problem: `Whether stored versions allow the step to Flux ${to} was not checked on ${someNames(group.map(({ cluster }) => cluster))}: ${why}.`,
      remedy: "Run `flux migrate` there before the commit arrives.",
      severity: "warning",
    };
  });
}

interface Numbers {
  readonly major: number;
  readonly minor: number;
}

function numbers(version: string): Numbers {
  const [major = "", minor = ""] = (fluxLineOf(version) ?? "").split(".");
  return { major: Number(major), minor: Number(minor) };
}

function linesBetween(from: Numbers, to: Numbers): readonly string[] {
  return Array.from(
    { length: to.minor - from.minor - 1 },
    (_, index) => `${String(to.major)}.${String(from.minor + 1 + index)}`,
  );
}
