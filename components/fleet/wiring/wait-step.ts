import type * as pulumi from "@pulumi/pulumi";
import { areReady, nudge, watchFleet } from "../../../cluster/index.js";
import type { WaitCluster } from "../../../cluster/index.js";
import { FleetError } from "../../../errors.js";
import type { Finding } from "../../../errors.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import { readHead } from "../../../repository/index.js";
import type { HeadReader, Remote } from "../../../repository/index.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { step } from "../../step.js";
import type { Step } from "../../step.js";
import { awaitedReleases } from "./awaited-releases.js";
import { absentObjects, runsCommit } from "./fleet-observation.js";
import type { ObservedCluster } from "./fleet-observation.js";
import type { FleetDeclaration } from "../fleet.js";
import type { RenderedCluster, RenderedFleet } from "../rendered.js";

/** What the wait needs to know about the run it belongs to. */
export interface FleetWaitArgs {
  readonly rendered: RenderedFleet;
  readonly declaration: FleetDeclaration;
  readonly observed: ReadonlyMap<string, ObservedCluster>;
  readonly remote: Remote;
  /** Commits known not to have the one to wait for in their history. */
  readonly older: ReadonlySet<string>;
  /** The commit to wait for; resolves after the publish Step. */
  readonly commit: pulumi.Output<string>;
  /** Whether every reachable cluster runs that commit already. */
  readonly settled: boolean;
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
  /** Reports what people should know although nothing failed. */
  readonly warn: (line: string) => void;
}

/**
 * The one Step that waits: all clusters at once, one deadline, one failure with the full list. Clusters
 * that did not answer are part of it, so that they fail the run, or are named as pending, at its end.
 */
export function waitStep(
  name: string,
  args: FleetWaitArgs,
  opts: pulumi.CustomResourceOptions,
): Step<void> {
  let commit = "";
  return step(
    name,
    {
      input: { commit: args.commit.apply((known) => (commit = known)) },
      settled: args.settled,
      run: async () => waitForClusters(args, commit),
    },
    opts,
  );
}

async function waitForClusters(args: FleetWaitArgs, commit: string): Promise<void> {
  const { rendered, observed, log } = args;
  const awaited = awaitedReleases(rendered);
  const answering = rendered.clusters.flatMap((cluster): readonly WaitCluster[] => {
    const one = observed.get(cluster.name);
    const releases = awaited.get(cluster.name) ?? [];
    return one?.seen.reachable === true
      ? [{ ...waitCluster(cluster, one, rendered.record), releases }]
      : [];
  });
  const silent = silentFindings(args);
  await Promise.all(answering.map(({ client }) => nudgeRoot(client)));
  const reader = lazyReader(args, rendered.owner);
  const { findings } = await watchFleet(answering, {
    commit,
    isDescendant: reader.isDescendant,
    timeoutMs: args.timeoutMs,
    onProgress: (cluster, line) => log(`${cluster}: ${line}`),
  }).finally(reader.dispose);
  for (const { path, problem, remedy } of findings.filter(isWarning)) {
    args.warn(`${path}: ${problem} ${remedy}`);
  }
  // Silent clusters that may be skipped were reported when this run looked at them.
  const errors = [...findings, ...silent].filter((finding) => !isWarning(finding));
  if (errors.length > 0) throw new FleetError(errors);
}

function isWarning({ severity }: Finding): boolean {
  return severity === "warning";
}

function waitCluster(
  cluster: RenderedCluster,
  { client }: ObservedCluster,
  record: FleetRecord,
): WaitCluster {
  const { name, kustomizations } = cluster;
  return { name, client, kustomizations, absent: absentObjects(record, cluster) };
}

async function nudgeRoot(client: ObservedCluster["client"]): Promise<void> {
  // The waiter reports a cluster that cannot be asked; a failed nudge costs one interval.
  await nudge(client, "GitRepository", fluxNamespace, fluxNamespace).catch(() => undefined);
}

/** A finding for every cluster that did not answer: an error, or a warning where it may be skipped. */
export function silentFindings({
  declaration,
  observed,
}: Pick<FleetWaitArgs, "declaration" | "observed">): readonly Finding[] {
  return declaration.clusters.flatMap(({ name, args }): readonly Finding[] => {
    // A retired cluster is not observed.
    const seen = observed.get(name)?.seen;
    if (seen === undefined || seen.reachable) return [];
    // A cluster that answers, but not to these credentials, is not one that is away.
    return args.whenUnreachable === "skip" && seen.problem.code === "CLUSTER_UNREACHABLE"
      ? [{ ...seen.problem, severity: "warning" }]
      : [seen.problem];
  });
}

/** Whether every cluster that answers runs the commit; false as soon as one that must answer does not. */
export async function allRun(
  commit: string,
  reader: HeadReader,
  args: Pick<FleetWaitArgs, "rendered" | "declaration" | "observed">,
): Promise<boolean> {
  if (!silentFindings(args).every(isWarning)) return false;
  const isAtCommit = async (applied: string): Promise<boolean> =>
    applied === commit || reader.isDescendant(applied, commit);
  const awaited = awaitedReleases(args.rendered);
  const states = await Promise.all(
    args.rendered.clusters.map(async (cluster) => {
      const one = args.observed.get(cluster.name);
      if (one?.seen.reachable !== true) return true;
      const absent = absentObjects(args.rendered.record, cluster);
      const left = await Promise.all(absent.map((ref) => one.client.get(ref)));
      return (
        left.every((object) => object === undefined) &&
        (await runsCommit(cluster, one.seen, isAtCommit)) &&
        (await areReady(one.client, awaited.get(cluster.name) ?? []))
      );
    }),
  );
  return states.every((runs) => runs);
}

/**
 * The commits that clusters run now and that came before the one to wait for, so that the ordinary wait
 * need not read the branch again. `head` is absent when that commit is yet to be made.
 */
export async function olderCommits(
  head: string | undefined,
  reader: HeadReader | undefined,
  observed: ReadonlyMap<string, ObservedCluster>,
): Promise<ReadonlySet<string>> {
  if (reader === undefined) return new Set();
  const running = [...observed.values()].flatMap(({ seen }) =>
    seen.reachable
      ? seen.kustomizations
          .filter(({ namespace }) => namespace === fluxNamespace)
          .flatMap(({ appliedCommit }) => appliedCommit ?? [])
      : [],
  );
  const older = new Set<string>();
  for (const commit of new Set(running)) {
    const isKnown = await reader.isDescendant(commit, commit);
    const isNewer = head !== undefined && (await reader.isDescendant(commit, head));
    if (isKnown && !isNewer) older.add(commit);
  }
  return older;
}

/** Reads the branch only when a cluster runs a commit that was not seen before, and again when that one is newer. */
function lazyReader(
  { remote, older }: Pick<FleetWaitArgs, "remote" | "older">,
  owner: string,
): {
  readonly isDescendant: (applied: string, commit: string) => Promise<boolean>;
  readonly dispose: () => Promise<void>;
} {
  let current: Promise<HeadReader> | undefined;
  const readAgain = (): Promise<HeadReader> => {
    const previous = current;
    const next = readHead(remote, owner);
    current = next;
    void next.then(
      async () => (await previous)?.dispose(),
      () => (current = previous),
    );
    return next;
  };
  return {
    isDescendant: async (applied, commit) => {
      if (older.has(applied)) return false;
      const before = current;
      const reader = await (before ?? readAgain());
      // A clone that has the commit has all of its history.
      if (await reader.isDescendant(applied, applied)) return reader.isDescendant(applied, commit);
      // Several clusters may ask at once: one reads again for all of them.
      const newer = await (current === undefined || current === before ? readAgain() : current);
      return newer.isDescendant(applied, commit);
    },
    dispose: async () => {
      await (await current?.catch(() => undefined))?.dispose();
    },
  };
}
