import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { gitRepositories, type GitRepositories } from "./git-repositories.js";
import { readiness, spawnGuardian } from "./guardian-process.js";
import { labCluster, type LabCluster } from "./lab-cluster.js";
import { pulumiEnvironment } from "./pulumi.js";
import { ask } from "./requests.js";
import { readState, stateFile, type ClusterState, type GitState, type LabState } from "./state.js";

export { ApiError, createApiClient } from "./api-client.js";
export type { ApiAccess, ApiClient, ApiList, ApiObject, WatchEvent } from "./api-client.js";
export type { Program } from "./kubelet.js";
export type { LabCluster } from "./lab-cluster.js";

/** Names the state file of a running lab, for every process of one test run. */
export const labVariable = "PULUMI_FLUX_FLEET_LAB";

/** What to start. */
export interface LabOptions {
  /** How many clusters, named `cluster-1` and so on, or their names. */
  readonly clusters: number | readonly string[];
  /** Whether a Git server over HTTPS joins. @default true */
  readonly git?: boolean;
  /** Goes on after this process ends, until `npm run lab -- down`. @default false */
  readonly detached?: boolean;
  /** One line at a time. */
  readonly onProgress?: (line: string) => void;
}

/** The lab's Git server: basic authentication, a certificate of the lab's own authority. */
export interface LabGit extends GitRepositories {
  /** HTTPS address of a repository. */
  readonly url: (repository: string) => string;
  /** Certificate of the authority to trust, as PEM. */
  readonly ca: string;
  /** May read and push. */
  readonly writer: { readonly username: string; readonly token: string };
  /** May only read. */
  readonly reader: { readonly username: string; readonly token: string };
}

/** A running lab. */
export interface Lab {
  /** Everything it writes is in here and disappears with it. */
  readonly directory: string;
  /** For `PULUMI_FLUX_FLEET_LAB`. */
  readonly stateFile: string;
  readonly clusters: readonly LabCluster[];
  /** The cluster of that name. @throws when the lab has none */
  cluster(name: string): LabCluster;
  /** @throws when the lab was started without */
  readonly git: LabGit;
  /** Environment for the Pulumi CLI with home, plugins and state inside the lab. */
  readonly pulumi: { readonly env: () => Promise<Readonly<Record<string, string>>> };
  /** Starts one more cluster, which ends with this process, with `remove`, or with the lab. */
  startCluster(name: string): Promise<LabCluster>;
  /** Ends the lab if this process started it; an attached lab goes on. */
  stop(): Promise<void>;
}

/**
 * Starts a lab that ends with this process at the latest, however that one ends. The parts must be built.
 * @throws when a part is missing or a process does not start, with the end of its log
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { clusters, detached = false, git = true, onProgress } = options;
  const names =
    typeof clusters === "number"
      ? Array.from({ length: clusters }, (_, index) => `cluster-${String(index + 1)}`)
      : clusters;
  const guardian = spawnGuardian({ clusters: names, git, detached });
  const file = await readiness(guardian, onProgress);
  return openLab(readState(file), () => end(guardian, detached ? file : undefined));
}

/**
 * Opens a lab that runs already.
 * @param file - its state file; default is the environment variable `PULUMI_FLUX_FLEET_LAB`
 * @throws when there is none
 */
export function attachLab(file: string | undefined = process.env[labVariable]): Lab {
  if (file === undefined || file === "") {
    throw new Error(`No lab to attach to: ${labVariable} is not set. Run "npm run lab -- up".`);
  }
  return openLab(readState(file), () => Promise.resolve());
}

/** Ends a lab that another process started. */
export async function endLab({ socket, guardian }: LabState): Promise<void> {
  (await ask(socket, { method: "shutdown" })).close();
  while (isAlive(guardian)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function openLab(state: LabState, stop: () => Promise<void>): Lab {
  const { directory, socket } = state;
  const clusters = state.clusters.map((cluster) => labCluster(socket, cluster));
  return {
    directory,
    stateFile: stateFile(directory),
    clusters,
    cluster(name) {
      const found = clusters.find((cluster) => cluster.name === name);
      if (found === undefined) throw new Error(`The lab has no cluster "${name}".`);
      return found;
    },
    get git() {
      if (state.git === undefined) throw new Error("The lab was started without a Git server.");
      return labGit(state.git);
    },
    pulumi: { env: () => pulumiEnvironment(path.join(directory, "pulumi")) },
    async startCluster(name) {
      const answered = await ask(socket, { method: "startCluster", name });
      // Answered by a guardian of the same version.
      return labCluster(socket, answered.result as ClusterState, answered);
    },
    async stop() {
      for (const cluster of clusters) cluster.api.close();
      await stop();
    },
  };
}

function labGit({ ca, reader, root, url, writer }: GitState): LabGit {
  return {
    ...gitRepositories(root),
    ca,
    reader,
    writer,
    url: (repository) => `${url}/${repository}.git`,
  };
}

async function end(guardian: ChildProcess, detachedState: string | undefined): Promise<void> {
  if (detachedState !== undefined) {
    await endLab(readState(detachedState));
    return;
  }
  if (guardian.exitCode !== null || guardian.signalCode !== null) return;
  const ended = new Promise((resolve) => guardian.once("exit", resolve));
  guardian.ref();
  guardian.stdin?.end();
  await ended;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
