import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import type { GuardianConfig, GuardianMessage } from "./guardian.js";

/** A cluster whose ports strangers take is started three times, each for 90 s at most. */
const readyMs = 300_000;

/** Starts the process that owns a lab; its input pipe is what ties it to this one. */
export function spawnGuardian(config: GuardianConfig): ChildProcess {
  const program = path.join(__dirname, "guardian.ts");
  const loader = pathToFileURL(require.resolve("tsx")).href;
  // Its own session, so that Ctrl-C reaches only the starter, whose end it then sees.
  return spawn(process.execPath, ["--import", loader, program, JSON.stringify(config)], {
    stdio: [config.detached ? "ignore" : "pipe", "pipe", config.detached ? "ignore" : "inherit"],
    detached: true,
  });
}

/** Resolves with the state file when the lab is up. @throws with the guardian's own words when it does not come up */
export async function readiness(
  guardian: ChildProcess,
  onProgress: ((line: string) => void) | undefined,
): Promise<string> {
  const { stdout } = guardian;
  if (stdout === null) throw new Error("The guardian has no output.");
  let last = "nothing";
  let limit: NodeJS.Timeout | undefined;
  const ready = new Promise<string>((resolve, reject) => {
    limit = setTimeout(() => {
      const seconds = String(readyMs / 1000);
      reject(new Error(`The lab was not up within ${seconds} s; the last it said: ${last}.`));
      guardian.kill();
    }, readyMs);
    guardian.once("error", reject);
    guardian.once("close", (code) => {
      reject(new Error(`The lab ended while starting, with code ${String(code)}.`));
    });
    createInterface({ input: stdout }).on("line", (line) => {
      const message = JSON.parse(line) as GuardianMessage;
      last = line;
      if ("progress" in message) onProgress?.(message.progress);
      else if ("failed" in message) reject(new Error(message.failed));
      else resolve(message.ready);
    });
  });
  const file = await ready.finally(() => {
    clearTimeout(limit);
  });
  // Neither pipe keeps this process alive; the closing of the input is what ends the lab.
  unref(guardian.stdin);
  unref(stdout);
  guardian.unref();
  return file;
}

function unref(stream: Readable | Writable | null): void {
  // A pipe to a child is a socket; its type says only stream.
  if (stream instanceof Socket) stream.unref();
}
