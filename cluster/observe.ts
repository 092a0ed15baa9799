import type { Finding } from "../errors.js";
import { FleetError } from "../errors.js";
import type { CallOptions, ClusterClient } from "./client.js";
import {
  attemptedRevision,
  conditionOf,
  fluxKinds,
  fluxSystem,
  isSuspended,
  keyOf,
  type Condition,
} from "./flux-objects.js";
import { judgeDeployment } from "./deployment.js";
import { safeMessage } from "./message.js";
import { listAt, numberAt, textAt, type KubeObject } from "./objects.js";
import { clusterFinding } from "./problems.js";
import { revisionCommit } from "./revision.js";
import { readRootSource, type RootSource } from "./root.js";

/** The root of a cluster as it is. */
export interface ObservedRoot extends RootSource {
  readonly suspended: boolean;
  readonly lastAppliedRevision: string | undefined;
}

/** One controller of Flux. */
export interface ObservedController {
  readonly name: string;
  readonly available: boolean;
  readonly image: string | undefined;
}

/** One Kustomization of the cluster. */
export interface ObservedKustomization {
  readonly namespace: string;
  readonly name: string;
  readonly suspended: boolean;
  /** While what was applied is applied again, the answer of the last time; `undefined` while something new is. */
  readonly ready: boolean | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** The commit in `status.lastAppliedRevision`. */
  readonly appliedCommit: string | undefined;
}

/** What a cluster looks like now, or why that is not known. */
export type ClusterObservation =
  | {
      readonly cluster: string;
      readonly reachable: true;
      /** UID of Namespace `kube-system`. */
      readonly uid: string;
      /** Digest of the endpoint, see `Endpoint`. */
      readonly endpoint: string;
      readonly kubernetesVersion: string;
      readonly root: ObservedRoot | undefined;
      readonly controllers: readonly ObservedController[];
      /** Sorted by namespace and name. */
      readonly kustomizations: readonly ObservedKustomization[];
    }
  | { readonly cluster: string; readonly reachable: false; readonly problem: Finding };

/** Settings of {@link observeCluster}. */
export interface ObserveOptions extends CallOptions {
  /** Milliseconds for everything that is asked. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** Looks at one cluster and changes nothing. Never fails because of the cluster: the reason is part of the answer. */
export async function observeCluster(
  client: ClusterClient,
  options: ObserveOptions = {},
): Promise<ClusterObservation> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  // The first look loads a large library; that is not the cluster's time. `read` reports what fails here.
  await client.endpoint().catch(() => undefined);
  const clock = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? clock : AbortSignal.any([clock, options.signal]);
  try {
    return await read(client, { signal });
  } catch (error) {
    options.signal?.throwIfAborted();
    const [problem] = FleetError.is(error) ? error.findings : [];
    if (problem === undefined && !clock.aborted) throw error;
    return {
      cluster: client.name,
      reachable: false,
      problem: problem ?? tooSlow(client.name, timeoutMs),
    };
  }
}

/** Looks at all clusters at once; the answers come in the order of the clients. */
export async function observeClusters(
  clients: readonly ClusterClient[],
  options: ObserveOptions = {},
): Promise<readonly ClusterObservation[]> {
  return Promise.all(clients.map((client) => observeCluster(client, options)));
}

async function read(client: ClusterClient, options: CallOptions): Promise<ClusterObservation> {
  const [endpoint, kubernetesVersion, kubeSystem, kustomizations, deployments] = await Promise.all([
    client.endpoint(),
    client.version(options),
    client.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" }, options),
    client.list(fluxKinds.Kustomization, options),
    client.list(deploymentKind, { ...options, namespace: fluxSystem, labelSelector }),
  ]);
  const root = kustomizations.find((one) => keyOf(one) === `${fluxSystem}/${fluxSystem}`);
  return {
    cluster: client.name,
    reachable: true,
    uid: kubeSystem?.metadata.uid ?? "",
    endpoint: endpoint.digest,
    kubernetesVersion,
    root: root && {
      ...(await readRootSource(client, root, options)),
      suspended: isSuspended(root),
      lastAppliedRevision: textAt(root, "status", "lastAppliedRevision"),
    },
    controllers: deployments.map(observedController).sort(byName),
    kustomizations: kustomizations.map(observedKustomization).sort(byName),
  };
}

const deploymentKind = { apiVersion: "apps/v1", kind: "Deployment" };
const labelSelector = "app.kubernetes.io/part-of=flux";

function observedController(deployment: KubeObject): ObservedController {
  const [container] = listAt(deployment, "spec", "template", "spec", "containers");
  return {
    name: deployment.metadata.name,
    available: judgeDeployment(deployment, []).kind === "available",
    image: textAt(container, "image"),
  };
}

function observedKustomization(object: KubeObject): ObservedKustomization {
  const ready = conditionOf(object, "Ready");
  return {
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    suspended: isSuspended(object),
    ready: readiness(object, ready),
    reason: ready?.reason,
    message: ready === undefined ? undefined : safeMessage(ready.message),
    appliedCommit: revisionCommit(textAt(object, "status", "lastAppliedRevision")),
  };
}

/**
 * Ready says "Unknown" during every reconciliation, also when nothing is new: then a large fleet would
 * hardly ever be at rest. What was applied last was Ready, or `lastAppliedRevision` would not name it.
 */
function readiness(object: KubeObject, ready: Condition | undefined): boolean | undefined {
  if (ready === undefined) return undefined;
  if (ready.status !== "Unknown") return ready.status === "True";
  const applied = textAt(object, "status", "lastAppliedRevision");
  const isRepeated =
    applied !== undefined &&
    attemptedRevision(object) === applied &&
    numberAt(object, "status", "observedGeneration") === object.metadata.generation &&
    conditionOf(object, "Healthy")?.status !== "False";
  return isRepeated ? true : undefined;
}

function byName(
  a: { readonly namespace?: string; readonly name: string },
  b: { readonly namespace?: string; readonly name: string },
): number {
  const left = `${a.namespace ?? ""}/${a.name}`;
  const right = `${b.namespace ?? ""}/${b.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

function tooSlow(cluster: string, timeoutMs: number): Finding {
  return clusterFinding(
    "CLUSTER_UNREACHABLE",
    cluster,
    `its API server did not answer within ${timeoutMs / 1000} seconds.`,
    "Check network, VPN and the server in the kubeconfig; the other clusters are not affected.",
  );
}
