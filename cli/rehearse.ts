import { checkObject } from "../api/check-object.js";
import { crdsOf, fluxLine, supportedLines } from "../api/lines.js";
import type { Finding } from "../errors.js";
import { objectTitle } from "../graph/objects.js";
import { versionFindings } from "../graph/changes/upgrades.js";
import { UsageError } from "./arguments.js";
import type { RehearseCommand } from "./arguments.js";
import { appliedObjects } from "./applied-objects.js";
import type { FoundObject } from "./applied-objects.js";
import { behaviourFindings } from "./behaviour-findings.js";
import { openCheckout } from "./checkout.js";
import type { CheckedOutCluster } from "./checkout.js";
import { liveClusterFindings } from "./live-clusters.js";
import { selectClusters } from "./select-clusters.js";

/** A finding and the clusters that it is about. */
export interface RehearsalFinding extends Finding {
  readonly clusters: readonly string[];
}

/** What an upgrade would do to the clusters of a checkout. */
export interface Rehearsal {
  readonly flux: string;
  readonly clusters: readonly CheckedOutCluster[];
  /** Distinct files that hold an object of Flux. */
  readonly files: number;
  /** Distinct objects of Flux. */
  readonly objects: number;
  /** Kustomizations with other sources, which nobody looked into. */
  readonly elsewhere: readonly string[];
  /** Errors first, then by path. */
  readonly findings: readonly RehearsalFinding[];
}

/**
 * Rehearses an upgrade on a checkout.
 *
 * @throws UsageError when the version or the selection cannot be worked with
 * @throws FleetError when the checkout or a kubeconfig cannot be read
 */
export async function rehearse(command: RehearseCommand): Promise<Rehearsal> {
  const { flux } = command;
  const target = fluxLine(flux);
  if (target === undefined) {
    throw new UsageError(
      `Flux ${flux} cannot be rehearsed: this version of pulumi-flux-fleet knows ${supportedLines.join(", ")}.`,
    );
  }
  const checkout = openCheckout(command.tree);
  const clusters = selectClusters(checkout.clusters, command);
  const collected = new FindingsByCluster();
  if (target.beyond) collected.add(clusters.map(nameOf), [beyondFinding(flux, target.line)]);
  const seen = new Map<object, FoundObject>();
  const elsewhere = new Set<string>();
  const check = objectCheck(flux);
  for (const cluster of clusters) {
    const { name, fluxVersion: from } = cluster;
    const applied = appliedObjects(checkout, cluster);
    const ofFlux = applied.objects.filter(({ object }) => object.apiVersion.includes("fluxcd.io/"));
    for (const found of ofFlux) seen.set(found.object, found);
    for (const title of applied.elsewhere) elsewhere.add(title);
    collected.add([name], applied.findings.map(asWarning));
    collected.add(
      [name],
      ofFlux.flatMap((found) => check(found, from)),
    );
    collected.add([name], behaviourFindings(ofFlux, from, flux));
  }
  for (const from of new Set(clusters.map(({ fluxVersion }) => fluxVersion))) {
    const names = clusters.filter(({ fluxVersion }) => fluxVersion === from).map(nameOf);
    const changes = names.map((cluster) => ({ cluster, from, to: flux }));
    collected.add(names, versionFindings(changes, "flux.version"));
  }
  const definitions = crdsOf(target.line);
  for (const result of await liveClusterFindings(clusters, command, definitions)) {
    collected.add(result.clusters, result.findings);
  }
  return {
    flux,
    clusters,
    files: new Set([...seen.values()].map(({ file }) => file)).size,
    objects: seen.size,
    elsewhere: [...elsewhere].sort(),
    findings: collected.all(),
  };
}

/** A check of one object that says only what the version it has does not say already. */
function objectCheck(
  to: string,
): (found: FoundObject, from: string | undefined) => readonly Finding[] {
  const known = new Map<string, WeakMap<object, readonly Finding[]>>();
  const checked = (found: FoundObject, version: string): readonly Finding[] => {
    const { file, patched, substituted } = found;
    const object = found.object; // read as such; the check is total
    const key = `${version} ${String(patched)} ${String(substituted)}`;
    const results = known.get(key) ?? new WeakMap<object, readonly Finding[]>();
    known.set(key, results);
    const result =
      results.get(object) ??
      checkObject(object, version, `${file}: ${objectTitle(object)}`, {
        variables: substituted,
        partial: patched,
      });
    results.set(object, result);
    return result;
  };
  return (found, from) => {
    const before = from === undefined ? [] : checked(found, from);
    const said = new Set(before.map(({ code, path }) => `${code} ${path}`));
    return checked(found, to).filter(({ code, path }) => !said.has(`${code} ${path}`));
  };
}

/** Findings that are equal but for the cluster, each once. */
class FindingsByCluster {
  readonly #found = new Map<string, { finding: Finding; clusters: string[] }>();

  add(clusters: readonly string[], findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = JSON.stringify([finding.path, finding.code, finding.problem]);
      const entry = this.#found.get(key) ?? { finding, clusters: [] };
      this.#found.set(key, entry);
      entry.clusters.push(...clusters.filter((name) => !entry.clusters.includes(name)));
    }
  }

  all(): readonly RehearsalFinding[] {
    const rank = ({ severity }: Finding): string => (severity === "warning" ? "1" : "0");
    return [...this.#found.entries()]
      .map(([key, { finding, clusters }]) => {
        return { key: rank(finding) + key, finding: { ...finding, clusters } };
      })
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ finding }) => finding);
  }
}

function nameOf({ name }: CheckedOutCluster): string {
  return name;
}

function asWarning(finding: Finding): Finding {
  return { ...finding, severity: "warning" };
}

function beyondFinding(flux: string, line: string): Finding {
  return {
    code: "UNKNOWN_FLUX_LINE",
    path: "--flux",
    problem: `Flux ${flux} is newer than this version of pulumi-flux-fleet, so objects were checked against ${line}.`,
    remedy: "Read the release notes of Flux, or upgrade pulumi-flux-fleet.",
    severity: "warning",
  };
}
