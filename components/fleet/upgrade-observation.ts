import { liveFlux } from "../../cluster/index.js";
import { FleetError } from "../../errors.js";
import type { Finding } from "../../errors.js";
import type { FleetRecord } from "../../graph/ownership.js";
import type { LiveFlux, VersionChange } from "../../graph/upgrades.js";
import {
  changesLine,
  definitionVersions,
  liveFindings,
  uncheckedFinding,
} from "../../graph/upgrades.js";
import type { ObservedCluster } from "./fleet-observation.js";
import type { FleetDeclaration } from "./fleet.js";
import { headRecord } from "./former-names.js";
import type { RenderedCluster } from "./rendered.js";

/** What decides which clusters are looked at. */
export interface UpgradeView {
  readonly clusters: readonly RenderedCluster[];
  readonly declaration: FleetDeclaration;
  /** What the commit at head declares. */
  readonly record: FleetRecord | undefined;
  readonly observed: ReadonlyMap<string, ObservedCluster>;
}

const timeoutMs = 10_000;

/**
 * Looks at every cluster whose Flux version would change, all at once: whether its API server would
 * take the new definitions, and whether it runs what the repository says. A warning names each cluster
 * that nobody could look at although it leaves a minor version.
 */
export async function observeUpgrades(view: UpgradeView): Promise<readonly Finding[]> {
  const record = view.record && headRecord(view.record, view.declaration);
  const reason = view.declaration.flux.versionJump?.reason;
  const findings = view.clusters.map(async (cluster): Promise<readonly Finding[]> => {
    const from = record?.clusters[cluster.name]?.fluxVersion;
    const change = { cluster: cluster.name, from, to: cluster.fluxVersion };
    if (from === cluster.fluxVersion) return [];
    const live = await look(view.observed.get(cluster.name));
    return typeof live === "string"
      ? unchecked(change, live)
      : liveFindings(change, live, cluster.install.flatMap(definitionVersions), reason);
  });
  return (await Promise.all(findings)).flat();
}

/** The Flux of a cluster, or why it is not known. */
async function look(observed: ObservedCluster | undefined): Promise<LiveFlux | string> {
  if (observed === undefined) return "it has no kubeconfig here";
  if (!observed.seen.reachable) return "it is out of reach";
  try {
    return await liveFlux(observed.client, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    if (error instanceof DOMException) return "it did not answer in time";
    const [problem] = FleetError.is(error) ? error.findings : [];
    if (problem === undefined) throw error;
    return problem.problem.replace(/\.$/, "");
  }
}

function unchecked(change: VersionChange, why: string): readonly Finding[] {
  return changesLine(change) ? [uncheckedFinding(change, why)] : [];
}
