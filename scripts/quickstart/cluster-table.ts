import { clusterClient, fluxKinds, fluxSystem, revisionCommit } from "../../cluster/index.js";
import type { ClusterClient, KubeObject, ObjectKind } from "../../cluster/index.js";
import { conditionOf, sourceOf } from "../../cluster/flux-objects.js";
import { listAt, numberAt, textAt } from "../../cluster/objects.js";
import { readHead } from "../../repository/index.js";
import type { Remote } from "../../repository/index.js";
import { owner } from "./declaration.js";
import type { Place } from "./place.js";
import { print, table, wrap } from "./screen.js";

const deploymentKind: ObjectKind = { apiVersion: "apps/v1", kind: "Deployment" };

/** A row of the table, and what is not as it should be. */
interface Row {
  readonly cells: readonly string[];
  readonly problem?: string;
}

/**
 * Prints what the clusters and the Git server say now. Every cell is read from an API server or from
 * Git; nothing is taken from the engine.
 * @throws Error when a cluster does not run the head of a branch it reads, or the workload does not run
 */
export async function showClusters(place: Place): Promise<void> {
  const { application, fleetRepository } = place;
  const heads = new Map<string, string>();
  for (const remote of [fleetRepository, ...(application === undefined ? [] : [application])]) {
    heads.set(remote.url, await headOf(remote));
  }
  const perCluster = await Promise.all(
    place.clusters.map(async ({ kubeconfig, name }) => {
      const client = clusterClient(kubeconfig, { name });
      try {
        return await rowsOf(client, heads);
      } finally {
        client.close();
      }
    }),
  );
  const rows = perCluster.flat();
  table([
    ["cluster", "object", "state", "every", "commit", "head of"],
    ...rows.map(({ cells }) => cells),
  ]);
  const problems = rows.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  print("", ...wrap("Read from the API servers of the clusters and from the Git server."));
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

async function headOf(remote: Remote): Promise<string> {
  const reader = await readHead(remote, owner);
  try {
    return reader.head.commit ?? "";
  } finally {
    await reader.dispose();
  }
}

async function rowsOf(
  client: ClusterClient,
  heads: ReadonlyMap<string, string>,
): Promise<readonly Row[]> {
  const [all, sources, deployments] = await Promise.all([
    client.list(fluxKinds.Kustomization),
    client.list(fluxKinds.GitRepository),
    client.list(deploymentKind),
  ]);
  const urls = new Map(sources.map((one) => [keyOf(one), textAt(one, "spec", "url") ?? ""]));
  const live = all.map((one): Live => {
    const url = urls.get(sourceOf(one).key) ?? "";
    const commit = revisionCommit(textAt(one, "status", "lastAppliedRevision")) ?? "";
    return { object: one, url, commit, head: heads.get(url), repository: lastWord(url) };
  });
  const ours = live.filter(({ head }) => head !== undefined);
  const workloads = deployments.filter((one) => one.metadata.namespace !== fluxSystem);
  const rows = [
    fluxRow(deployments.filter((one) => one.metadata.namespace === fluxSystem)),
    ...ours.sort(rootFirst).map(kustomizationRow),
    ...workloads.flatMap((one) => workloadRow(one, ours)),
    ...[...heads.keys()].filter((url) => !ours.some((one) => one.url === url)).map(unreadRow),
  ];
  if (!rows.some(({ cells }) => cells[0]?.startsWith("Deployment "))) rows.push(noWorkload);
  const named = (problem: string): string => `Cluster "${client.name}": ${problem}`;
  return rows.map(({ cells, problem }, index) => ({
    cells: [index === 0 ? client.name : "", ...cells],
    ...(problem === undefined ? {} : { problem: named(problem) }),
  }));
}

/** A Kustomization, what it applied, and what it could apply. */
interface Live {
  readonly object: KubeObject;
  readonly url: string;
  readonly commit: string;
  /** Head of the branch it reads; undefined for a repository that is not part of the story. */
  readonly head: string | undefined;
  readonly repository: string;
}

function fluxRow(controllers: readonly KubeObject[]): Row {
  const available = controllers.filter(isAvailable).length;
  const version = controllers[0]?.metadata.labels?.["app.kubernetes.io/version"] ?? "missing";
  const state = `${String(available)}/${String(controllers.length)} Available`;
  const good = controllers.length > 0 && available === controllers.length;
  const cells = [`Flux ${version}`, state, "", "", ""];
  return good ? { cells } : { cells, problem: `Flux ${version}: ${state}.` };
}

function kustomizationRow({ object, commit, head, repository }: Live): Row {
  const ready = conditionOf(object, "Ready");
  const state = ready?.status === "True" ? "Ready" : (ready?.reason ?? "no condition");
  const name = `Kustomization ${keyOf(object)}`;
  const interval = textAt(object, "spec", "interval") ?? "";
  const cells = [name, state, interval, commit.slice(0, 7), atHead(commit, head, repository)];
  return state === "Ready" && commit === head
    ? { cells }
    : { cells, problem: `${name}: ${state}.` };
}

/** A Deployment is at the commit of the Kustomization that lists it as applied. */
function workloadRow(object: KubeObject, applied: readonly Live[]): readonly Row[] {
  const id = `${object.metadata.namespace ?? ""}_${object.metadata.name}_apps_Deployment`;
  const by = applied.find((one) =>
    listAt(one.object, "status", "inventory", "entries").some(
      (entry) => textAt(entry, "id") === id,
    ),
  );
  if (by === undefined) return [];
  const { commit, head, repository } = by;
  const replicas = String(numberAt(object, "spec", "replicas") ?? 1);
  const there = String(numberAt(object, "status", "availableReplicas") ?? 0);
  const state = isAvailable(object)
    ? `Available ${there}/${replicas}`
    : `not Available ${there}/${replicas}`;
  const name = `Deployment ${keyOf(object)}`;
  const cells = [name, state, "", commit.slice(0, 7), atHead(commit, head, repository)];
  const good = isAvailable(object) && commit === head;
  return [good ? { cells } : { cells, problem: `${name}: ${state}.` }];
}

/** A repository of the story that nothing on the cluster reads. */
function unreadRow(url: string): Row {
  const cells = ["Kustomization", "missing", "", "", `(of ${lastWord(url)})`];
  return { cells, problem: `no Kustomization reads ${url}.` };
}

const noWorkload: Row = {
  cells: ["Deployment", "missing", "", "", ""],
  problem: "the tenant's repository holds no Deployment that was applied.",
};

function atHead(commit: string, head: string | undefined, repository: string): string {
  return commit === head ? repository : `(${repository} is at ${(head ?? "").slice(0, 7)})`;
}

function isAvailable(deployment: KubeObject): boolean {
  return conditionOf(deployment, "Available")?.status === "True";
}

function rootFirst({ object: a }: Live, { object: b }: Live): number {
  const rank = (one: KubeObject): string =>
    `${one.metadata.namespace === fluxSystem ? "0" : "1"} ${one.metadata.name === fluxSystem ? "0" : "1"} ${keyOf(one)}`;
  return rank(a) < rank(b) ? -1 : 1;
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

function lastWord(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1).replace(/\.git$/, "");
}
