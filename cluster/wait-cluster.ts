import { setTimeout as sleep } from "node:timers/promises";
import { FleetError, type Finding } from "../errors.js";
import { attemptedRevision, conditionOf, sourceOf } from "./flux-objects.js";
import { safeMessage } from "./message.js";
import { listAt, textAt, type KubeObject } from "./objects.js";
import { clusterFinding, hasCode } from "./problems.js";
import { revisionCommit } from "./revision.js";
import { withCauses } from "./wait-causes.js";
import { Candidates, type Candidate } from "./wait-candidates.js";
import { holdBack } from "./wait-holds.js";
import {
  goneSuffix,
  isSettled,
  progressLine,
  type ObjectReport,
  type WaitEnd,
} from "./wait-report.js";
import type { WaitSettings } from "./wait-settings.js";
import { fleetSourceKey, takeSnapshot, type Snapshot, type WaitCluster } from "./wait-snapshot.js";

/** How the waiting for one cluster ended. */
export interface ClusterEnd {
  readonly objects: readonly ObjectReport[];
  readonly end: WaitEnd;
  readonly problem?: Finding;
}

const shortestPauseMs = 400;
const longestPauseMs = 2_000;
/** Refusals get less time than silence: credentials do not mend themselves. */
const refusedMs = 15_000;
/** Time to find out what is behind a failure, once the waiting is over. */
const causesMs = 10_000;

/** Watches one cluster until nothing changes by waiting, the time is over, or the signal is aborted. */
export async function watchCluster(
  cluster: WaitCluster,
  settings: WaitSettings,
): Promise<ClusterEnd> {
  const watch = new ClusterWatch(cluster, settings);
  for (;;) {
    const ended = await watch.look();
    if (ended !== undefined) return explained(cluster, ended, settings);
    try {
      await sleep(watch.pauseMs, undefined, settings.signal && { signal: settings.signal });
    } catch {
      return { objects: watch.objects, end: "cancelled" };
    }
  }
}

/** The end with what is behind failed checks of health; a cluster that does not answer is not asked. */
async function explained(
  { client }: WaitCluster,
  end: ClusterEnd,
  { signal }: WaitSettings,
): Promise<ClusterEnd> {
  if (end.problem !== undefined || end.end === "cancelled") return end;
  const bound = AbortSignal.any([AbortSignal.timeout(causesMs), ...(signal ? [signal] : [])]);
  return { ...end, objects: await withCauses(client, end.objects, { signal: bound }) };
}

class ClusterWatch {
  readonly #cluster: WaitCluster;
  readonly #settings: WaitSettings;
  readonly #candidates: Candidates;
  #line = "";
  #silentSince: number | undefined;
  #fleetSettledAt: number | undefined;
  objects: readonly ObjectReport[] = [];
  pauseMs: number = shortestPauseMs;

  constructor(cluster: WaitCluster, settings: WaitSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#candidates = new Candidates(cluster, settings);
  }

  async look(): Promise<ClusterEnd | undefined> {
    const { deadline, signal } = this.#settings;
    try {
      const left = Math.max(1_000, deadline - Date.now());
      const bound = AbortSignal.any([AbortSignal.timeout(left), ...(signal ? [signal] : [])]);
      const snapshot = await takeSnapshot(this.#cluster, { signal: bound });
      this.#silentSince = undefined;
      await this.#settings.commits.learn(commitsIn(snapshot, fleetSourceKey(this.#cluster)));
      this.objects = await this.#judge(snapshot);
      this.#report(progressLine(this.objects, this.#settings.commit));
    } catch (error) {
      if (signal?.aborted === true) return { objects: this.objects, end: "cancelled" };
      const problem = this.#silence(error);
      if (problem !== undefined) return { objects: this.objects, end: "settled", problem };
    }
    if (this.#silentSince === undefined && this.objects.every(isSettled)) {
      return { objects: this.objects, end: "settled" };
    }
    return Date.now() < deadline ? undefined : { objects: this.objects, end: "timeout" };
  }

  /** A finding when the cluster has been silent for too long. */
  #silence(error: unknown): Finding | undefined {
    const now = Date.now();
    const over = now >= this.#settings.deadline;
    if (!FleetError.is(error)) {
      if (!over) throw error;
      return this.#noAnswer();
    }
    this.#silentSince ??= now;
    const finding = error.findings[0] ?? this.#noAnswer();
    this.#report(`${finding.problem} Trying again.`);
    const patience = hasCode(error, "CLUSTER_UNREACHABLE")
      ? this.#settings.unreachableMs
      : hasCode(error, "CLUSTER_KUBECONFIG_INVALID")
        ? 0
        : Math.min(refusedMs, this.#settings.unreachableMs);
    return over || now - this.#silentSince >= patience ? finding : undefined;
  }

  #noAnswer(): Finding {
    return clusterFinding(
      "CLUSTER_UNREACHABLE",
      this.#cluster.name,
      "its API server did not answer before the time was over.",
      "Check the API server and run up again.",
    );
  }

  #report(line: string): void {
    const changed = line !== this.#line;
    this.pauseMs = changed ? shortestPauseMs : Math.min(longestPauseMs, this.pauseMs * 1.25);
    if (!changed) return;
    this.#line = line;
    this.#settings.onProgress(this.#cluster.name, line);
  }

  async #judge(snapshot: Snapshot): Promise<readonly ObjectReport[]> {
    // When the time is over, whatever fails is a cause.
    const over = Date.now() >= this.#settings.deadline;
    const candidates = (await this.#candidates.of(snapshot)).map((one) => ({
      ...one,
      lost: one.lost || (over && one.state.kind === "failing"),
    }));
    const held = holdBack(candidates);
    const reports = candidates.map(({ key, state, lost }) => ({
      object: key,
      state: held.get(key) ?? state,
      lost,
    }));
    const leaving = this.#leaving(snapshot, reports);
    return [...this.#withTenantsSettled(candidates, reports), ...leaving];
  }

  /** Tenants' own Kustomizations get a moment after everything else; then they are reported as they are. */
  #withTenantsSettled(
    candidates: readonly Candidate[],
    reports: readonly ObjectReport[],
  ): readonly ObjectReport[] {
    const tenants = new Set(candidates.filter((one) => one.tenantOwned).map((one) => one.key));
    const settled = reports.every((one) => tenants.has(one.object) || isSettled(one));
    this.#fleetSettledAt = settled ? (this.#fleetSettledAt ?? Date.now()) : undefined;
    const since = this.#fleetSettledAt;
    if (since === undefined || Date.now() - since < this.#settings.tenantMs) return reports;
    return reports.map((report) =>
      tenants.has(report.object) && report.state.kind === "waiting"
        ? { ...report, state: { kind: "reported", ready: false, detail: report.state.detail } }
        : report,
    );
  }

  #leaving(snapshot: Snapshot, reports: readonly ObjectReport[]): readonly ObjectReport[] {
    const stuck = reports.find(
      ({ state, lost }) =>
        (state.kind === "suspended" && !state.current) || (state.kind === "failing" && lost),
    );
    return [...snapshot.remaining].map(([key, object]) => {
      const detail =
        object.metadata.deletionTimestamp === undefined
          ? "nobody has deleted it"
          : deletionDetail(object);
      const held = stuck !== undefined && object.metadata.deletionTimestamp === undefined;
      return {
        object: `${key}${goneSuffix}`,
        lost: false,
        state: held
          ? { kind: "held", by: stuck.object, detail }
          : { kind: "waiting", missing: false, detail },
      };
    });
  }
}

function deletionDetail(object: KubeObject): string {
  const conditions = listAt(object, "status", "conditions");
  const remaining = conditions
    .filter((one) => textAt(one, "status") === "True")
    .map((one) => textAt(one, "message") ?? "")
    .find((message) => /remaining|finalizer/i.test(message));
  const ready = conditionOf(object, "Ready");
  const finalizers = (object.metadata.finalizers ?? []).join(", ");
  const said =
    remaining ?? ready?.message ?? (finalizers === "" ? "" : `kept by finalizer ${finalizers}`);
  return safeMessage(`it is being deleted${said === "" ? "" : `: ${said}`}`);
}

/** Every commit of the fleet's repository that a snapshot mentions in a place that is judged. */
function commitsIn(snapshot: Snapshot, fleetSource: string): ReadonlySet<string> {
  // Commits of tenants' repositories would be looked for in vain, and again with every look.
  const ofFleet = [...snapshot.kustomizations.values()].filter(
    (one) => sourceOf(one).key === fleetSource,
  );
  const revisions = ofFleet.flatMap((one) => [
    textAt(one, "status", "lastAppliedRevision"),
    attemptedRevision(one),
  ]);
  if (snapshot.source !== undefined) {
    revisions.push(textAt(snapshot.source, "status", "artifact", "revision"));
  }
  return new Set(revisions.flatMap((revision) => revisionCommit(revision) ?? []));
}
