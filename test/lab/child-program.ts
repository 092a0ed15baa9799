import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";

/** A program of this folder as a child, with the first line it printed. */
export interface ChildProgram {
  readonly child: ChildProcess;
  readonly line: string;
}

/** What the tests themselves are loaded with: it starts sooner than tsx. */
const loader = path.join(__dirname, "../../scripts/load-typescript.cjs");

/** What uses most of it: two labs that start beside other tests. */
const speakMs = 180_000;

/**
 * Runs a TypeScript file of this folder and resolves with its first line of output. The program ends
 * with this process, and does not keep it alive once it has spoken: a test that failed while another
 * of its programs was still starting would otherwise never end.
 * @throws when it ends, or is silent for three minutes
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ChildProgram> {
  const program = path.join(__dirname, file);
  const child = spawn(process.execPath, ["--require", loader, program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  process.once("exit", () => child.kill("SIGKILL"));
  let limit: NodeJS.Timeout | undefined;
  const spoken = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => {
      reject(new Error(`${file} ended with code ${String(code)} before it said anything`));
    });
    limit = setTimeout(() => {
      reject(new Error(`${file} ${args.join(" ")} said nothing within ${speakMs / 1000} s`));
      child.kill("SIGKILL");
    }, speakMs);
  });
  const line = await spoken.finally(() => {
    clearTimeout(limit);
  });
  child.unref();
  // A pipe to a child is a socket; its type says only stream.
  if (child.stdout instanceof Socket) child.stdout.unref();
  return { child, line };
}

/** Ids of the processes whose working directory is in `directory`. */
export function processesIn(directory: string): readonly number[] {
  return processIds().filter((pid) => {
    try {
      const place = readlinkSync(`/proc/${String(pid)}/cwd`).replace(/ \(deleted\)$/, "");
      return place === directory || place.startsWith(`${directory}/`);
    } catch {
      return false;
    }
  });
}

/** Ids of the processes in the process group that `leader` led. */
export function processGroup(leader: number): readonly number[] {
  return processIds().filter((pid) => isAlive(pid) && statFields(pid)[2] === String(leader));
}

function processIds(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Ids of the children of a process, their children and so on. */
export function descendants(ancestor: number): readonly number[] {
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)]));
  const under = (pid: number): readonly number[] => {
    const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
    return [...children, ...children.flatMap(under)];
  };
  return under(ancestor);
}

/** Whether a process runs; one that ended and was not yet waited for does not. */
export function isAlive(pid: number): boolean {
  return !["", "Z", "X"].includes(statFields(pid)[0] ?? "");
}

function parentOf(pid: number): number {
  return Number(statFields(pid)[1] ?? 0);
}

/** State, parent, process group and so on. */
function statFields(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
