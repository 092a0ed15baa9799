import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

import { FleetError } from "../errors.js";
import { gitEnvironment, secretsOf } from "./git-environment.js";
import { gitMissing, stopped, timedOut } from "./git-failure.js";
import { guard } from "./process-guard.js";
import { redactor } from "./redaction.js";
import type { Remote } from "./remote.js";

/** One run of git. */
export interface GitCall {
  /** The argument vector after `git`. No shell reads it; no secret belongs into it. */
  readonly args: readonly string[];
  /** Sent to standard input, which is closed afterwards. @default nothing */
  readonly input?: Iterable<string | Uint8Array>;
  /** In milliseconds; the whole process group is killed then. @default 120000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a run of git left behind; `stderr` is redacted and at most its last 64 KiB. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where git runs and whom it may talk to. */
export interface GitPlace {
  readonly directory: string;
  readonly gitDirectory?: string;
  readonly remote?: Remote;
  readonly caFile?: string;
}

const stderrLimit = 64 * 1024;
const stdoutLimit = 1024 * 1024 * 1024;

/**
 * Runs git: the one place of this package that does. Resolves whatever the exit code is.
 *
 * @throws FleetError `GIT_MISSING`, `GIT_UNREACHABLE` (time is over) or `GIT_STOPPED` (aborted);
 * the process and all its children are gone then.
 */
export async function runGit(place: GitPlace, call: GitCall): Promise<GitResult> {
  if (call.signal?.aborted === true) throw new FleetError([stopped()]);
  const environment = gitEnvironment(place.remote, place);
  const redact = redactor(secretsOf(place.remote));
  const child = spawn("git", [...call.args], {
    cwd: place.directory,
    env: environment,
    detached: process.platform !== "win32", // a process group of its own, so that all of it can be ended
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const timeoutMs = call.timeoutMs ?? 120_000;
  const release = guard(child);
  return await new Promise<GitResult>((resolve, reject) => {
    let failure: FleetError | undefined;
    const end = (reason: FleetError): void => {
      failure ??= reason;
      killGroup(child);
    };
    const onAbort = (): void => {
      end(new FleetError([stopped()]));
    };
    const timer = setTimeout(() => {
      end(new FleetError([timedOut(place.remote, call.args[0] ?? "", timeoutMs)]));
    }, timeoutMs);
    call.signal?.addEventListener("abort", onAbort, { once: true });

    const output: Buffer[] = [];
    let size = 0;
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output.push(chunk);
      size += chunk.length;
      if (size > stdoutLimit) end(new FleetError([timedOut(place.remote, "output", timeoutMs)]));
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      errors = (errors + chunk).slice(-stderrLimit);
    });
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      call.signal?.removeEventListener("abort", onAbort);
      release();
      settle();
    };
    child.on("error", (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === "ENOENT" || cause.code === "EACCES";
      const reason = missing ? new FleetError([gitMissing()]) : new Error(redact(cause.message));
      finish(() => {
        reject(reason);
      });
    });
    child.on("close", (code, signal) => {
      finish(() => {
        if (failure !== undefined) reject(failure);
        else {
          const stderr = redact(signal === null ? errors : `${errors}\ngit was ended by ${signal}`);
          resolve({ code: code ?? 128, stdout: Buffer.concat(output), stderr });
        }
      });
    });
    send(child, call.input);
  });
}

function send(child: ChildProcess, input: Iterable<string | Uint8Array> = []): void {
  const stdin = child.stdin;
  if (stdin === null) return;
  stdin.on("error", () => undefined); // git ended early: its exit code and message tell why
  const chunks = input[Symbol.iterator]();
  const more = (): void => {
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
      if (!stdin.write(next.value)) {
        stdin.once("drain", more);
        return;
      }
    }
    stdin.end();
  };
  more();
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // the group is gone already
  }
}
