import { FleetError, inPathOrder, type Finding } from "../errors.js";
import { watchCluster } from "./wait-cluster.js";
import { defaultFailurePatience, type FailurePatience } from "./wait-failures.js";
import { findingsOf, type ClusterReport, type WaitReport } from "./wait-report.js";
import type { CommitKnowledge, WaitSettings } from "./wait-settings.js";
import type { WaitCluster } from "./wait-snapshot.js";

/** What to wait for, and for how long. */
export interface WaitOptions {
  /** The commit that the clusters should run: 40 (or 64) hexadecimal digits. */
  readonly commit: string;
  /**
   * Whether `applied` has `commit` in its history. Asked once per commit when the answer is yes, and again now and then
   * when it is no or an error, because the commit may not have been fetched yet.
   */
  readonly isDescendant: (applied: string, commit: string) => Promise<boolean>;
  /** One time for all clusters, in milliseconds. */
  readonly timeoutMs: number;
  /** A line about a cluster whenever its state changes. */
  readonly onProgress?: (cluster: string, line: string) => void;
  /** Ends the waiting; what was not reached is reported with `WAIT_CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
  /** How long failures are watched before they count. */
  readonly failures?: Partial<FailurePatience>;
  /** Milliseconds a cluster may stay silent before it is given up. @defaultValue 60000 */
  readonly unreachableMs?: number;
  /** Milliseconds that tenants' own Kustomizations get to report after all else is settled. @defaultValue 10000 */
  readonly tenantMs?: number;
}

/**
 * Watches all clusters at once until each runs the commit, or nothing more changes by waiting, or the time is over.
 *
 * A Kustomization that reads the fleet's repository is current when its `lastAppliedRevision` is the commit or a
 * descendant, its declaration is observed and it is Ready. Those that read a tenant's own source are reported only,
 * unless `waitFor` is set. Suspended ones, and what they hold back, are reported and not waited for. A failure counts
 * when it concerns this commit and lasts; until then the controller is asked to try again.
 */
export async function watchFleet(
  clusters: readonly WaitCluster[],
  options: WaitOptions,
): Promise<WaitReport> {
  const settings: WaitSettings = {
    commit: options.commit,
    deadline: Date.now() + options.timeoutMs,
    commits: commitKnowledge(options),
    failures: { ...defaultFailurePatience, ...options.failures },
    unreachableMs: options.unreachableMs ?? 60_000,
    tenantMs: options.tenantMs ?? 10_000,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
  const seconds = Math.round(options.timeoutMs / 1000);
  const ends = await Promise.all(
    clusters.map(async (cluster) => {
      const { objects, end, problem } = await watchCluster(cluster, settings);
      const findings: readonly Finding[] =
        problem === undefined
          ? findingsOf(cluster.name, objects, end, seconds)
          : [problem, ...findingsOf(cluster.name, objects, end, seconds).filter(isWarning)];
      const reached = end === "settled" && problem === undefined && findings.every(isWarning);
      const report: ClusterReport = {
        cluster: cluster.name,
        reached,
        objects,
        ...(problem !== undefined && { problem }),
      };
      return { report, findings };
    }),
  );
  return {
    clusters: ends.map(({ report }) => report),
    findings: inPathOrder(ends.flatMap(({ findings }) => findings)),
  };
}

/**
 * Like {@link watchFleet}, but fails once, with everything that was found on any cluster.
 *
 * @throws `WAIT_FAILED`, `WAIT_SOURCE_FAILED`, `WAIT_TIMEOUT`, `WAIT_NOT_GONE`, `WAIT_CANCELLED`, and the client's codes.
 */
export async function waitForFleet(
  clusters: readonly WaitCluster[],
  options: WaitOptions,
): Promise<WaitReport> {
  const report = await watchFleet(clusters, options);
  const errors = report.findings.filter((finding) => !isWarning(finding));
  if (errors.length > 0) throw new FleetError(errors);
  return report;
}

function isWarning(finding: Finding): boolean {
  return finding.severity === "warning";
}

const askAgainMs = 5_000;

function commitKnowledge({ commit, isDescendant }: WaitOptions): CommitKnowledge {
  const descendants = new Set([commit]);
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<void> }>();
  const ask = (other: string): Promise<void> => {
    const before = asked.get(other);
    if (before !== undefined && Date.now() - before.at < askAgainMs) return before.answer;
    const answer = isDescendant(other, commit).then(
      (yes) => {
        if (yes) descendants.add(other);
      },
      () => undefined,
    );
    asked.set(other, { at: Date.now(), answer });
    return answer;
  };
  return {
    isAtCommit: (other) => descendants.has(other),
    learn: async (commits) => {
      await Promise.all([...commits].filter((one) => !descendants.has(one)).map(ask));
    },
  };
}
