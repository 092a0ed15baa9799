import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

/** A program of this folder as a child, with the first line it printed. */
export interface ChildProgram {
  readonly child: ChildProcess;
  readonly line: string;
}

/** Runs a TypeScript file of this folder and resolves with its first line of output. */
export async function runProgram(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ChildProgram> {
  const program = path.join(__dirname, file);
  const child = spawn(process.execPath, ["--import", "tsx", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => {
      reject(new Error(`${file} ended with code ${String(code)} before it said anything`));
    });
  });
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
  return processIds().filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[2] === String(leader) && fields[0] !== "Z";
    } catch {
      return false;
    }
  });
}

function processIds(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
