import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** How a command ended. */
export interface Ended {
  /** Exit code; `undefined` when a signal ended it. */
  readonly code: number | undefined;
  /** Standard output and error in the order they arrived. */
  readonly output: string;
  /** Wall-clock seconds. */
  readonly seconds: number;
  /** The time limit passed and the whole process group was ended. */
  readonly timedOut: boolean;
}

/** Settings of {@link run}. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Seconds until the whole process group is ended. @default no limit */
  readonly limitSeconds?: number;
  /** Gets processor time that nothing else wants. @default false */
  readonly background?: boolean;
  /** Called with every message the child sends with `process.send`; opens an IPC channel. */
  readonly onMessage?: (message: unknown) => void;
}

const live = new Set<ChildProcess>();
let ending = false;

/** Runs a command in its own process group, so that it can be ended with everything it started. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  // What asks for the next command must not get one while everything ends.
  if (ending) return new Promise(() => undefined);
  const { onMessage, limitSeconds } = options;
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", ...(onMessage === undefined ? [] : (["ipc"] as const))],
  });
  live.add(child);
  if (options.background === true && child.pid !== undefined) yieldProcessors(child.pid);
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (onMessage !== undefined) child.on("message", onMessage);
  let timedOut = false;
  const timer =
    limitSeconds === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          endGroup(child, "SIGKILL");
        }, limitSeconds * 1000);
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      live.delete(child);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", () => {
      // Something it left behind may hold the pipes open for ever.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, 5000).unref();
    });
    child.once("close", (code) => {
      settle();
      resolve({
        code: code ?? undefined,
        output: Buffer.concat(chunks).toString("utf8"),
        seconds: (performance.now() - started) / 1000,
        timedOut,
      });
    });
  });
}

/** Runs a JavaScript file of this checkout or of a package with the Node of this process. */
export function runNode(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, args, options);
}

/**
 * Ends every command on Ctrl-C or SIGTERM: politely first, after five seconds for good. `finish`
 * runs in between, for what is not a child of this process.
 */
export function endOnSignal(finish: () => Promise<void> = () => Promise.resolve()): void {
  const onSignal = (signal: "SIGINT" | "SIGTERM"): void => {
    if (ending) return;
    ending = true;
    console.log(`\n${signal}: ending everything this run started`);
    for (const child of live) endGroup(child, "SIGTERM");
    const exit = (): never => {
      for (const child of live) endGroup(child, "SIGKILL");
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    setTimeout(exit, 5000).unref();
    void Promise.all([finish(), allEnded()]).then(exit, exit);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

/** A process group of its own is scheduled as one on Linux, so its group yields as well. */
function yieldProcessors(pid: number): void {
  for (const yields of [
    () => setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL),
    () => writeFileSync(`/proc/${pid}/autogroup`, "10"),
  ]) {
    try {
      yields();
    } catch {
      // It ended already, or this system knows no such groups.
    }
  }
}

async function allEnded(): Promise<void> {
  while (live.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
