import { setTimeout as sleep } from "node:timers/promises";

/** Waits, or less when the signal aborts; never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** Whether the signal has aborted by now; a call, so that no earlier answer is taken for granted. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
