import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterClient } from "./client.js";
import { pollMs } from "./namespace.js";
import type { Patience } from "./namespace.js";
import { describeObject } from "./objects.js";
import type { ObjectRef } from "./objects.js";
import { clusterError } from "./problems.js";

/**
 * Waits until an object is gone.
 *
 * @throws `WAIT_NOT_GONE` when it is still there at the end.
 */
export async function waitUntilGone(
  client: ClusterClient,
  ref: ObjectRef,
  patience: Patience,
): Promise<void> {
  const deadline = Date.now() + patience.timeoutMs;
  while ((await client.get(ref, patience)) !== undefined) {
    if (Date.now() > deadline) {
      throw clusterError(
        "WAIT_NOT_GONE",
        client.name,
        `it is still there after ${Math.round(patience.timeoutMs / 1000)} seconds.`,
        "Look at the Kustomization that applied it, then run up again.",
        describeObject(ref),
      );
    }
    await sleep(pollMs, undefined, patience.signal && { signal: patience.signal });
  }
}
