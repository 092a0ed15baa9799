import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ApiAccess } from "./api-client.js";

/** What a lab writes down for those who attach to it; only the owner of the directory can read it. */
export interface LabState {
  readonly version: 1;
  readonly directory: string;
  /** Process id of the guardian. */
  readonly guardian: number;
  /** Unix socket on which the guardian takes requests. */
  readonly socket: string;
  /** Whether it runs until `down`, not until its starter ends. */
  readonly detached: boolean;
  readonly startedAt: string;
  readonly clusters: readonly ClusterState[];
  readonly git?: GitState;
}

/** One cluster of a lab. */
export interface ClusterState {
  readonly name: string;
  readonly access: ApiAccess;
  /** Kubeconfig of a cluster administrator, as text. */
  readonly kubeconfig: string;
  /** The same as a file. */
  readonly kubeconfigFile: string;
  /** One log per process. */
  readonly logDirectory: string;
}

/** The Git server of a lab. */
export interface GitState {
  readonly url: string;
  readonly ca: string;
  /** Directory of the bare repositories. */
  readonly root: string;
  readonly writer: GitAccount;
  readonly reader: GitAccount;
}

/** A user of the Git server. */
export interface GitAccount {
  readonly username: string;
  readonly token: string;
}

const prefix = "pulumi-flux-fleet-lab-";
const stateName = "lab.json";
const birthName = "guardian.json";
const unclaimedMs = 60_000;
const sharedMemory = "/dev/shm";
const roomBytes = 2 ** 30;

/**
 * Where labs live: `PULUMI_FLUX_FLEET_LAB_ROOT`, else in memory where the machine has room there, for speed
 * and because nothing in it must last.
 */
export function labsRoot(): string {
  return possibleRoots().find(hasRoom) ?? tmpdir();
}

function possibleRoots(): readonly string[] {
  const chosen = process.env["PULUMI_FLUX_FLEET_LAB_ROOT"];
  if (chosen !== undefined && chosen !== "") return [path.resolve(chosen)];
  return [sharedMemory, tmpdir()].filter(existsSync);
}

/** Containers often have 64 MB of shared memory, which the logs of one long run would fill. */
function hasRoom(root: string): boolean {
  if (root !== sharedMemory) return true;
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize >= roomBytes && isWritable(root);
}

function isWritable(root: string): boolean {
  try {
    accessSync(root, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The beginning of every lab's directory. */
export function labPrefix(): string {
  return path.join(labsRoot(), prefix);
}

/** Where a lab's state file is. */
export function stateFile(directory: string): string {
  return path.join(directory, stateName);
}

/** Writes the state so that a reader sees the old or the new one, never a half. */
export function writeState(state: LabState): void {
  const target = stateFile(state.directory);
  writeFileSync(`${target}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${target}.new`, target);
}

/** Reads a state file. @throws when it is missing or of another version of the lab */
export function readState(file: string): LabState {
  const state = JSON.parse(readFileSync(file, "utf8")) as Partial<LabState>;
  if (state.version !== 1) throw new Error(`${file} is not the state of a lab of this version.`);
  // Written by writeState of the same version.
  return state as LabState;
}

/** Whose directory it is. */
interface Birth {
  readonly pid: number;
  /** When that process started, in the kernel's words. */
  readonly started: string;
}

/** Marks a directory as belonging to the calling process for as long as that process lives. */
export function claim(directory: string): void {
  const birth: Birth = { pid: process.pid, started: startOf(process.pid) };
  const target = path.join(directory, birthName);
  // Another lab may look for dead ones at any moment and must not see half of it.
  writeFileSync(`${target}.new`, JSON.stringify(birth), { mode: 0o600 });
  renameSync(`${target}.new`, target);
}

/** The labs that run now, oldest first; only those of this user. */
export function runningLabs(): readonly LabState[] {
  return labDirectories()
    .filter((directory) => isAlive(birthOf(directory)))
    .map(stateFile)
    .filter(existsSync)
    .map(readState)
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** Removes the directories of labs whose guardian is gone, and ends what may still run in them. */
export function removeDeadLabs(): void {
  for (const directory of labDirectories()) {
    // Read once: between two looks at it a guardian may claim its directory.
    const birth = birthOf(directory);
    if (birth === undefined ? isYoung(directory) : isAlive(birth)) continue;
    for (const pid of processesIn(directory)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function labDirectories(): readonly string[] {
  return possibleRoots()
    .flatMap((root) => readdirSync(root).map((name) => path.join(root, name)))
    .filter((directory) => path.basename(directory).startsWith(prefix))
    .filter(
      (directory) => statSync(directory, { throwIfNoEntry: false })?.uid === process.getuid?.(),
    );
}

function birthOf(directory: string): Birth | undefined {
  try {
    // Written by claim.
    return JSON.parse(readFileSync(path.join(directory, birthName), "utf8")) as Birth;
  } catch {
    return undefined;
  }
}

function isAlive(birth: Birth | undefined): boolean {
  return birth !== undefined && startOf(birth.pid) === birth.started;
}

/** A guardian may be between making its directory and claiming it. */
function isYoung(directory: string): boolean {
  const made = statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - made < unclaimedMs;
}

/** When a process started, in the kernel's words: a process id alone may have been given to another since. */
function startOf(pid: number): string {
  if (!existsSync("/proc/self/stat")) {
    try {
      process.kill(pid, 0);
      return "alive";
    } catch {
      return "gone";
    }
  }
  const stat = `/proc/${String(pid)}/stat`;
  if (!existsSync(stat)) return "gone";
  const text = readFileSync(stat, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent has not noticed yet.
  return fields[0] === "Z" ? "gone" : (fields[19] ?? "unknown");
}

function processesIn(directory: string): readonly number[] {
  if (!existsSync("/proc/self/cwd")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const place = readlinkSync(`/proc/${String(pid)}/cwd`);
        return place === directory || place.startsWith(`${directory}/`);
      } catch {
        return false;
      }
    });
}
