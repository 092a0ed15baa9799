import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterClient } from "./client.js";
import { conditionOf } from "./flux-objects.js";
import { safeMessage } from "./message.js";
import type { Patience } from "./namespace.js";
import { at, listAt, numberAt, textAt, type KubeObject } from "./objects.js";
import { clusterError } from "./problems.js";

/** What a Deployment and its Pods say. */
export type DeploymentState =
  | { readonly kind: "available" }
  | { readonly kind: "progressing"; readonly message: string }
  /** It will not become Available without a change; `lasting` is false when the reason is known to pass at times. */
  | { readonly kind: "failing"; readonly message: string; readonly lasting: boolean };

/** Reasons of a container that does not start; the value tells whether a retry cannot help. */
const waitingReasons: Readonly<Record<string, boolean>> = {
  InvalidImageName: true,
  ErrImageNeverPull: true,
  ErrImagePull: false,
  ImagePullBackOff: false,
  RegistryUnavailable: false,
  CreateContainerConfigError: false,
  CreateContainerError: false,
  RunContainerError: false,
  CrashLoopBackOff: false,
};

/** Judges a Deployment by its own status and by the Pods it selects. */
export function judgeDeployment(
  deployment: KubeObject | undefined,
  pods: readonly KubeObject[],
): DeploymentState {
  if (deployment === undefined) return { kind: "progressing", message: "it does not exist yet" };
  const wanted = numberAt(deployment, "spec", "replicas") ?? 1;
  const seen = numberAt(deployment, "status", "observedGeneration") ?? 0;
  const current = seen >= (deployment.metadata.generation ?? 0);
  const updated = numberAt(deployment, "status", "updatedReplicas") ?? 0;
  const available = numberAt(deployment, "status", "availableReplicas") ?? 0;
  const all = numberAt(deployment, "status", "replicas") ?? 0;
  if (current && updated >= wanted && available >= wanted && all <= updated) {
    return { kind: "available" };
  }
  const stuck = pods.map(stuckContainer).find((found) => found !== undefined);
  if (stuck !== undefined) return stuck;
  const failure = conditionOf(deployment, "ReplicaFailure");
  if (failure?.status === "True") return failing(failure.reason, failure.message, false);
  const progress = conditionOf(deployment, "Progressing");
  if (current && progress?.status === "False") {
    return failing(progress.reason, progress.message, true);
  }
  return { kind: "progressing", message: `${available} of ${wanted} replicas are available` };
}

function stuckContainer(pod: KubeObject): DeploymentState | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const statuses = [
    ...listAt(pod, "status", "initContainerStatuses"),
    ...listAt(pod, "status", "containerStatuses"),
  ];
  for (const status of statuses) {
    const reason = textAt(status, "state", "waiting", "reason");
    const lasting = reason === undefined ? undefined : waitingReasons[reason];
    if (reason === undefined || lasting === undefined) continue;
    const image = textAt(status, "image");
    const message = textAt(status, "state", "waiting", "message") ?? "";
    const ofImage = image === undefined ? "" : `image "${image}"`;
    return failing(reason, [ofImage, message].filter((part) => part !== "").join(": "), lasting);
  }
  return undefined;
}

function failing(reason: string, message: string, lasting: boolean): DeploymentState {
  const text = safeMessage(`${reason}: ${message}`).replace(/[.\s]+$/, "");
  return { kind: "failing", message: text, lasting };
}

/** How long a failure that may pass has to last before it ends the waiting. */
const graceMs = 20_000;
const pollMs = 500;

/** Settings of {@link waitForDeployment}. */
export interface DeploymentPatience extends Patience {
  /** Milliseconds that a failure which may pass (an image that cannot be pulled) has to last. @defaultValue 20000 */
  readonly graceMs?: number;
}

/**
 * Waits until every wanted replica of a Deployment is updated and available.
 *
 * @throws `FLUX_NOT_AVAILABLE` with the reason of the Pod or Deployment: early when it will not pass, else at the end of
 *   the time.
 */
export async function waitForDeployment(
  client: ClusterClient,
  namespace: string,
  name: string,
  patience: DeploymentPatience,
): Promise<void> {
  const deadline = Date.now() + patience.timeoutMs;
  const grace = patience.graceMs ?? graceMs;
  let failingSince: number | undefined;
  for (;;) {
    const state = judgeDeployment(...(await readDeployment(client, namespace, name, patience)));
    if (state.kind === "available") return;
    const now = Date.now();
    failingSince = state.kind === "failing" ? (failingSince ?? now) : undefined;
    const over = now + pollMs > deadline;
    const lost =
      state.kind === "failing" && (state.lasting || now - (failingSince ?? now) >= grace);
    if (over || lost) {
      const time = lost ? "" : ` within ${Math.round(patience.timeoutMs / 1000)} seconds`;
      throw clusterError(
        "FLUX_NOT_AVAILABLE",
        client.name,
        `it does not become Available${time}: ${state.message}.`,
        "Mend what the message names, then run up again; what was applied so far is kept.",
        `Deployment ${namespace}/${name}`,
      );
    }
    await sleep(pollMs, undefined, patience.signal && { signal: patience.signal });
  }
}

async function readDeployment(
  client: ClusterClient,
  namespace: string,
  name: string,
  patience: Patience,
): Promise<[KubeObject | undefined, readonly KubeObject[]]> {
  const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
  const deployment = await client.get(ref, patience);
  const labels = at(deployment, "spec", "selector", "matchLabels");
  if (deployment === undefined || typeof labels !== "object" || labels === null) {
    return [deployment, []];
  }
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
  const kind = { apiVersion: "v1", kind: "Pod" };
  const pods = await client.list(kind, { ...patience, namespace, labelSelector });
  return [deployment, pods];
}
