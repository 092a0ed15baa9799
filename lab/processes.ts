import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, closeSync, constants, mkdirSync, openSync } from "node:fs";
import path from "node:path";

/** What to run. The environment is exactly the given one; output goes to the log file. */
export interface ProcessSpec {
  /** For messages, for example `eu/etcd`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logFile: string;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not be started at all. */
  readonly error?: string;
}

/** A process of the lab; leader of its own process group. */
export interface Managed {
  readonly name: string;
  /** 0 when it could not be started. */
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly exited: Promise<Exit>;
  readonly isRunning: () => boolean;
  /** Asks the group to end and kills it after `graceMs`; 0 kills at once. Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
  /** Sends a signal to the group. */
  signal(signal: NodeJS.Signals): void;
}

/** Every process of one lab. None survives the process that holds the table, however that one ends. */
export interface ProcessTable {
  start(spec: ProcessSpec): Managed;
  readonly running: () => readonly Managed[];
  /** Kills all, at once. Resolves when all have ended. */
  killAll(): Promise<void>;
}

/**
 * The undertaker outlives its parent for a moment: when the pipe from the parent closes, it kills the
 * process groups it was told about and removes the lab's directory.
 */
const undertaker = `
trap '' HUP INT TERM
set -f
groups=
while read -r action group; do
  case $action in
    add) groups="$groups $group" ;;
    drop) kept=; for g in $groups; do [ "$g" = "$group" ] || kept="$kept $g"; done; groups=$kept ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
for pause in 0 0.2 0.5 1 2; do
  sleep $pause
  rm -rf -- "$1" 2>/dev/null
  [ -e "$1" ] || exit 0
done
`;

/** Makes the table of a lab whose files live in `directory`; that directory is removed with the holder. */
export function createProcessTable(directory: string): ProcessTable {
  const running = new Map<number, Managed>();
  const keeper = spawn("/bin/sh", ["-c", undertaker, "lab-undertaker", directory], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
  });
  keeper.unref();
  const tell = (line: string): void => {
    keeper.stdin.write(`${line}\n`);
  };
  // A dead undertaker costs only the second net; the first, the death signal, remains.
  keeper.stdin.on("error", () => undefined);
  return {
    start(spec) {
      const managed = launch(spec);
      if (managed.pid === 0) return managed;
      running.set(managed.pid, managed);
      tell(`add ${String(managed.pid)}`);
      void managed.exited.then(() => {
        running.delete(managed.pid);
        tell(`drop ${String(managed.pid)}`);
      });
      return managed;
    },
    running: () => [...running.values()],
    async killAll() {
      await Promise.all([...running.values()].map((managed) => managed.stop(0)));
    },
  };
}

function launch(spec: ProcessSpec): Managed {
  mkdirSync(path.dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a", 0o600);
  const [command, args] = withDeathSignal(spec.command, spec.args);
  const child = spawn(command, args, {
    cwd: spec.directory,
    env: { ...spec.env },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  let ended = false;
  const exited = endOf(child).then((exit) => {
    ended = true;
    return exit;
  });
  const signal = (name: NodeJS.Signals): void => {
    if (ended || pid === 0) return;
    try {
      process.kill(-pid, name);
    } catch {
      // It ended between the check and the call.
    }
  };
  return {
    name: spec.name,
    pid,
    exited,
    isRunning: () => !ended,
    signal,
    async stop(graceMs) {
      signal(graceMs > 0 ? "SIGTERM" : "SIGKILL");
      const timer = setTimeout(() => {
        signal("SIGKILL");
      }, graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function endOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve({ code: null, signal: null, error: error.message });
    });
    child.once("exit", (code, signal) => {
      resolve({ code, signal });
    });
  });
}

let setpriv: string | null | undefined;

/** Linux then kills the child the moment its parent dies; elsewhere the undertaker alone does. */
function withDeathSignal(command: string, args: readonly string[]): [string, string[]] {
  setpriv ??= findSetpriv();
  if (setpriv === null) return [command, [...args]];
  return [setpriv, ["--pdeathsig", "KILL", "--", command, ...args]];
}

function findSetpriv(): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(":")) {
    const candidate = path.join(folder, "setpriv");
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
