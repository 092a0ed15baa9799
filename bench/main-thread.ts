import { readFileSync } from "node:fs";

/**
 * Milliseconds that the main thread has run, without those in which others had its core. Only Linux
 * tells; elsewhere always 0.
 */
export function mainThread(): number {
  try {
    const [nanoseconds = "0"] = readFileSync("/proc/self/schedstat", "utf8").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return 0;
  }
}
