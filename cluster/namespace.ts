import { setTimeout as sleep } from "node:timers/promises";
import type { CallOptions, ClusterClient } from "./client.js";
import { ownFieldManager } from "./nudge.js";
import type { KubeObject } from "./objects.js";
import { clusterError, hasCode } from "./problems.js";

/** How long to wait, and what may end the waiting. */
export interface Patience extends CallOptions {
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/** How often waiting asks again, in milliseconds. */
export const pollMs = 500;

/**
 * Creates a Namespace when it is missing and leaves an existing one as it is. One that is being deleted is waited for
 * and created again.
 *
 * @throws `WAIT_NOT_GONE` when the old one does not leave in time.
 */
export async function ensureNamespace(
  client: ClusterClient,
  namespace: string | KubeObject,
  patience: Patience = { timeoutMs: 60_000 },
): Promise<"created" | "present"> {
  const object: KubeObject =
    typeof namespace === "string"
      ? { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }
      : namespace;
  const ref = { apiVersion: "v1", kind: "Namespace", name: object.metadata.name };
  const deadline = Date.now() + patience.timeoutMs;
  for (;;) {
    const live = await client.get(ref, patience);
    if (live === undefined) {
      try {
        await client.create(object, { ...patience, fieldManager: ownFieldManager });
        return "created";
      } catch (error) {
        if (!hasCode(error, "CLUSTER_CONFLICT")) throw error;
      }
    } else if (live.metadata.deletionTimestamp === undefined) {
      return "present";
    } else if (Date.now() > deadline) {
      throw clusterError(
        "WAIT_NOT_GONE",
        client.name,
        "it is being deleted and still there.",
        "Find out which finalizer keeps it, then run up again.",
        `Namespace ${ref.name}`,
      );
    }
    await sleep(pollMs, undefined, patience.signal && { signal: patience.signal });
  }
}

/**
 * Waits until Flux has created a Namespace, so that a Secret can be put there.

 *
 * @throws `WAIT_TIMEOUT` when it does not appear in time.
 */
export async function waitForNamespace(
  client: ClusterClient,
  name: string,
  patience: Patience,
): Promise<void> {
  const deadline = Date.now() + patience.timeoutMs;
  for (;;) {
    const over = Date.now() + pollMs > deadline;
    const ref = { apiVersion: "v1", kind: "Namespace", name };
    const live = await client.get(ref, patience).catch((error: unknown) => {
      // An API server that is away for a while costs time, not the whole run.
      if (over || !hasCode(error, "CLUSTER_UNREACHABLE")) throw error;
      return undefined;
    });
    if (live !== undefined && live.metadata.deletionTimestamp === undefined) return;
    if (over) {
      throw clusterError(
        "WAIT_TIMEOUT",
        client.name,
        live === undefined
          ? `Flux has not created it within ${Math.round(patience.timeoutMs / 1000)} seconds.`
          : "it is being deleted.",
        "Look at the Kustomization that creates it, then run up again.",
        `Namespace ${name}`,
      );
    }
    await sleep(pollMs, undefined, patience.signal && { signal: patience.signal });
  }
}
