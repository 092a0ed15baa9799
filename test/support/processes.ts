/** Looks at processes of this machine. */
import { readdirSync, readFileSync } from "node:fs";

/** Numbers of living processes whose command line or environment names a text, such as a test's own directory. */
export function processesNaming(text: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(Number)
    .filter((pid) => ["cmdline", "environ"].some((file) => contents(pid, file).includes(text)));
}

/** Waits until a condition holds. @throws Error with `what` after `seconds` */
export async function eventually(
  what: string,
  seconds: number,
  holds: () => boolean,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`after ${seconds} s still not true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function contents(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended while we looked.
    return "";
  }
}
