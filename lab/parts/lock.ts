import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock this process holds. */
export interface Lock {
  /** Gives the lock back. Calling it twice does nothing more. */
  release(): void;
}

/** Who holds a lock: the process, and when it started, because process numbers are used again. */
interface Holder {
  readonly pid: number;
  readonly started: string;
}

/** How {@link acquireLock} waits. */
export interface LockOptions {
  /** Called once, when another process holds the lock. */
  readonly onWait?: (pid: number) => void;
  /** Asked before every further try; `true` ends the wait without the lock. */
  readonly noLongerNeeded?: () => boolean;
  readonly signal?: AbortSignal | undefined;
  /** @default 500 */
  readonly pollMilliseconds?: number;
}

/**
 * Takes the lock in `file`, waiting for as long as a living process holds it. The lock of a process that has died is
 * taken over.
 * @returns the lock, or `undefined` when `noLongerNeeded` said so
 */
export async function acquireLock(
  file: string,
  options: LockOptions = {},
): Promise<Lock | undefined> {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? "" };
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    if (tryTake(file, mine))
      return {
        release: () => {
          release(file, mine);
        },
      };
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) {
      breakLock(file, holder);
      continue;
    }
    if (options.noLongerNeeded?.() === true) return undefined;
    if (!told && holder !== undefined) options.onWait?.(holder.pid);
    told = true;
    await sleep(options.pollMilliseconds ?? 500, undefined, { signal: options.signal });
  }
}

/** Writes a private file first and links it, so that nobody ever reads a half-written lock. */
function tryTake(file: string, mine: Holder): boolean {
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function release(file: string, mine: Holder): void {
  const holder = readHolder(file);
  if (holder?.pid === mine.pid && holder.started === mine.started) rmSync(file, { force: true });
}

/** Moves a dead lock aside; puts it back when another process was quicker and the file is a living one by now. */
function breakLock(file: string, dead: Holder): void {
  const aside = `${file}.dead.${String(process.pid)}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && (moved.pid !== dead.pid || moved.started !== dead.started)) {
    try {
      linkSync(aside, file);
    } catch {
      // A third process holds it now; the one we moved will notice when it gives its lock back.
    }
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const started = startOf(holder.pid);
  return started === undefined || holder.started === "" || started === holder.started;
}

/** The kernel's start time of a process; `undefined` where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
