import { liveFlux } from "../../../cluster/index.js";
import { FleetError } from "../../../errors.js";
import type { Finding } from "../../../errors.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import type { LiveFlux, UncheckedCluster } from "../../../graph/changes/upgrades.js";
import {
  changesLine,
  definitionVersions,
  liveFindings,
  uncheckedFindings,
} from "../../../graph/changes/upgrades.js";
import type { ObservedCluster } from "./fleet-observation.js";
import type { FleetDeclaration } from "../fleet.js";
import { headRecord } from "../former-names.js";
import type { RenderedCluster } from "../rendered.js";

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
  const unchecked: UncheckedCluster[] = [];
  const findings = await Promise.all(
    view.clusters.map(async ({ name, fluxVersion: to, install }): Promise<readonly Finding[]> => {
      const change = { cluster: name, from: record?.clusters[name]?.fluxVersion, to };
      if (change.from === to) return [];
      const live = await look(view.observed.get(name));
      if (typeof live !== "string") {
        return liveFindings(change, live, install.flatMap(definitionVersions), reason);
      }
      if (changesLine(change)) unchecked.push({ cluster: name, to, why: live });
      return [];
    }),
  );
  const byName = unchecked.sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
  return [...findings.flat(), ...uncheckedFindings(byName)];
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
