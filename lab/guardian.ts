/**
 * The process that owns a lab: it starts every other process, serves requests on a Unix socket, and ends
 * everything when its starter's end of the pipe closes, however the starter ended. Its own death, even by
 * SIGKILL, ends the rest too (see `processes.ts`).
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { ClusterHost } from "./cluster-host.js";
import { startGitServer } from "./git-server.js";
import { createAuthority } from "./pki.js";
import { partStatuses } from "./parts/index.js";
import { clusterParts } from "./plan.js";
import { createPorts } from "./ports.js";
import { createProcessTable, type ProcessTable } from "./processes.js";
import { serveRequests, type LabRequest } from "./requests.js";
import {
  claim,
  labPrefix,
  removeDeadLabs,
  stateFile,
  writeState,
  type ClusterState,
  type GitState,
} from "./state.js";

/** What a guardian is told on its command line, as JSON. */
export interface GuardianConfig {
  readonly clusters: readonly string[];
  readonly git: boolean;
  /** Runs until it is asked to shut down, not until its standard input closes. */
  readonly detached: boolean;
}

/** What a guardian says on its standard output until it is ready, one JSON line each. */
export type GuardianMessage =
  { readonly progress: string } | { readonly ready: string } | { readonly failed: string };

class Guardian {
  readonly #config: GuardianConfig;
  readonly #directory: string;
  readonly #processes: ProcessTable;
  readonly #ports = createPorts();
  readonly #clusters = new Map<string, ClusterHost>();
  /** Taken names, also of clusters that are starting or ending. */
  readonly #names = new Set<string>();
  readonly #startedAt = new Date().toISOString();
  #git: GitState | undefined;
  #ready = false;
  #ending = false;

  constructor(config: GuardianConfig) {
    this.#config = config;
    this.#directory = mkdtempSync(labPrefix());
    chmodSync(this.#directory, 0o700);
    claim(this.#directory);
    this.#processes = createProcessTable(this.#directory);
  }

  async run(): Promise<void> {
    removeDeadLabs();
    const missing = partStatuses(clusterParts).filter(({ present }) => !present);
    if (missing.length > 0) {
      const names = missing.map(({ name }) => name).join(", ");
      throw new Error(`Not built yet: ${names}. Run "npm run lab -- build".`);
    }
    await serveRequests(this.#socket, (request, onClosed) => this.#handle(request, onClosed));
    if (this.#config.git) this.#git = await startGit(path.join(this.#directory, "git"));
    await Promise.all(this.#config.clusters.map((name) => this.#add(name)));
    this.#ready = true;
    this.#writeState();
    say({ ready: stateFile(this.#directory) });
  }

  async end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await this.#processes.killAll();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    process.exit(0);
  }

  get #socket(): string {
    return path.join(this.#directory, "guardian.sock");
  }

  async #add(name: string): Promise<ClusterHost> {
    if (this.#names.has(name)) throw new Error(`The lab has a cluster "${name}" already.`);
    this.#names.add(name);
    const host = await this.#create(name).catch((error: unknown) => {
      this.#names.delete(name);
      throw error;
    });
    this.#clusters.set(name, host);
    return host;
  }

  async #create(name: string): Promise<ClusterHost> {
    const started = performance.now();
    const host = await ClusterHost.create({
      name,
      directory: path.join(this.#directory, "clusters", name),
      ports: this.#ports,
      processes: this.#processes,
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say({ progress: `cluster "${name}" is up at ${host.controlPlane.server} after ${seconds} s` });
    return host;
  }

  async #remove(host: ClusterHost): Promise<void> {
    this.#clusters.delete(host.name);
    this.#writeState();
    await host.remove();
    this.#names.delete(host.name);
  }

  async #handle(request: LabRequest, onClosed: (action: () => void) => void): Promise<unknown> {
    switch (request.method) {
      case "startCluster": {
        const host = await this.#add(request.name);
        this.#writeState();
        onClosed(() => void this.#remove(host));
        return stateOf(host);
      }
      case "shutdown":
        setImmediate(() => void this.end());
        return undefined;
      case "killController":
        return kill(this.#find(request.cluster), request.program);
      case "programs":
      case "services":
        return this.#find(request.cluster)[request.method]();
      case "start":
      case "stop":
      case "stopApiServer":
      case "rebuild":
        await this.#find(request.cluster)[request.method]();
        return undefined;
    }
  }

  #find(name: string): ClusterHost {
    const host = this.#clusters.get(name);
    if (host !== undefined) return host;
    const names = [...this.#clusters.keys()].join(", ");
    throw new Error(`The lab has no cluster "${name}". It has: ${names}.`);
  }

  #writeState(): void {
    // Whoever reads the state of a lab may use all of it.
    if (!this.#ready || this.#ending) return;
    writeState({
      version: 1,
      directory: this.#directory,
      guardian: process.pid,
      socket: this.#socket,
      detached: this.#config.detached,
      startedAt: this.#startedAt,
      clusters: [...this.#clusters.values()]
        .map(stateOf)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ...(this.#git === undefined ? {} : { git: this.#git }),
    });
  }
}

function stateOf({ controlPlane, directory, logDirectory, name }: ClusterHost): ClusterState {
  return {
    name,
    access: controlPlane.access,
    kubeconfig: controlPlane.kubeconfig,
    kubeconfigFile: path.join(directory, "admin.kubeconfig"),
    logDirectory,
  };
}

async function startGit(root: string): Promise<GitState> {
  mkdirSync(root, { mode: 0o700 });
  const authority = createAuthority("lab-git");
  const { certificate, key } = authority.server("lab-git", ["127.0.0.1", "localhost"]);
  const account = (username: string): GitState["writer"] => ({
    username,
    token: randomBytes(24).toString("hex"),
  });
  const [writer, reader] = [account("writer"), account("reader")];
  const { url } = await startGitServer({
    directory: root,
    certificate,
    key,
    users: [
      { ...writer, write: true },
      { ...reader, write: false },
    ],
  });
  return { url, ca: authority.certificate, root, writer, reader };
}

function kill(host: ClusterHost, program: string): readonly number[] {
  const pids = host
    .programs()
    .filter((one) => one.program === program)
    .flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  if (pids.length === 0) throw new Error(`Cluster "${host.name}" runs no "${program}" now.`);
  for (const pid of pids) process.kill(-pid, "SIGKILL");
  return pids;
}

function say(message: GuardianMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function main(): Promise<void> {
  const config = JSON.parse(process.argv[2] ?? "") as GuardianConfig;
  const guardian = new Guardian(config);
  const end = (): void => void guardian.end();
  // Whoever reads the output may go away first.
  process.stdout.on("error", () => undefined);
  process.on("SIGTERM", end).on("SIGINT", end);
  process.on("SIGHUP", () => undefined);
  if (!config.detached) {
    process.stdin.on("end", end).on("error", end).on("close", end);
    process.stdin.resume();
  }
  try {
    await guardian.run();
  } catch (error) {
    say({ failed: error instanceof Error ? error.message : String(error) });
    await guardian.end();
  }
}

void main();
