import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "../errors.js";
import type { CallOptions, ClusterClient } from "./client.js";
import { waitForDeployment } from "./deployment.js";
import { fluxSystem } from "./flux-objects.js";
import { definedKinds, foreignKeeper, judgeDefinition, planInstall } from "./install-plan.js";
import { safeMessage } from "./message.js";
import { ensureNamespace, type Patience } from "./namespace.js";
import { describeObject, refOf, textAt, type KubeObject } from "./objects.js";
import { clusterError } from "./problems.js";
import { readRootSource, rootElsewhere, rootSource } from "./root.js";

/** What a first installation applies, as rendered for one cluster. */
export interface FluxInstallation {
  /** The objects of `gotk-components` with the cluster's patches. */
  readonly install: readonly KubeObject[];
  /** The objects of `gotk-sync`. */
  readonly sync: { readonly source: KubeObject; readonly root: KubeObject };
}

/** Settings of {@link installFlux}. */
export interface InstallOptions extends CallOptions {
  /** Milliseconds for the whole installation. @defaultValue 300000 */
  readonly timeoutMs?: number;
  /** Milliseconds that a failing Pod may take to recover. @defaultValue 20000 */
  readonly graceMs?: number;
  /** One line for every step. */
  readonly onProgress?: (line: string) => void;
}

/** Flux's own name as a writer, as `flux bootstrap` uses it. */
const fluxFieldManager = "flux";
const parallel = 8;

/**
 * Installs Flux where it is missing, by the rule of `flux bootstrap`: only while the root Kustomization has applied
 * nothing yet. Once it has, everything is Flux's own and nothing is written. Can be repeated after a failure or a kill
 * at any point.
 *
 * @returns `present` when nothing had to be done.
 * @throws `FLUX_ROOT_ELSEWHERE`, `FLUX_ROOT_LEAVING`, `FLUX_MANAGED_ELSEWHERE` before anything is written;
 *   `FLUX_CRD_NOT_ESTABLISHED`, `FLUX_NOT_AVAILABLE` and the codes of the client.
 * @see https://fluxcd.io/flux/installation/bootstrap/
 */
export async function installFlux(
  client: ClusterClient,
  installation: FluxInstallation,
  options: InstallOptions = {},
): Promise<"installed" | "present"> {
  const timeoutMs = options.timeoutMs ?? 300_000;
  const deadline = Date.now() + timeoutMs;
  const left = (): Patience => ({
    timeoutMs: Math.max(0, deadline - Date.now()),
    signal: options.signal,
  });
  const say = options.onProgress ?? (() => undefined);
  if (await rootHasApplied(client, installation, options)) return "present";
  const plan = planInstall(installation.install);
  await refuseForeignKeepers(client, [...plan.definitions, ...plan.deployments], options);

  say("installing Flux");
  for (const namespace of plan.namespaces) {
    await ensureNamespace(client, namespace, left());
  }
  await applyAll(client, [...plan.namespaces, ...plan.definitions], options);
  await inParallel(plan.definitions, (one) => waitForDefinition(client, one, left()));
  say(`${plan.definitions.length} custom resource definitions established`);
  await applyAll(client, plan.surroundings, options);
  await applyAll(client, plan.deployments, options);
  const grace = options.graceMs === undefined ? {} : { graceMs: options.graceMs };
  await inParallel(plan.deployments, (one) =>
    waitForDeployment(client, one.metadata.namespace ?? fluxSystem, one.metadata.name, {
      ...left(),
      ...grace,
    }),
  );
  say(`${plan.deployments.length} controllers Available`);
  // The root comes last: while it is missing, a repeated run starts over.
  await applyAll(client, [installation.sync.source], options);
  await applyAll(client, [installation.sync.root], options);
  say("root applied");
  return "installed";
}

async function rootHasApplied(
  client: ClusterClient,
  { sync }: FluxInstallation,
  options: CallOptions,
): Promise<boolean> {
  const root = await client.get(refOf(sync.root), options);
  if (root === undefined) return false;
  const object = describeObject(refOf(root));
  if (root.metadata.deletionTimestamp !== undefined) {
    throw clusterError(
      "FLUX_ROOT_LEAVING",
      client.name,
      "it is being deleted, and with it everything it applied.",
      "Let the deletion finish or remove its finalizer, then run up again.",
      object,
    );
  }
  const elsewhere = rootElsewhere(
    client.name,
    await readRootSource(client, root, options),
    rootSource(sync.root, sync.source),
  );
  if (elsewhere.length > 0) throw new FleetError(elsewhere);
  return textAt(root, "status", "lastAppliedRevision") !== undefined;
}

async function refuseForeignKeepers(
  client: ClusterClient,
  objects: readonly KubeObject[],
  options: CallOptions,
): Promise<void> {
  await inParallel(objects, async (object) => {
    const live = await client.get(refOf(object), options);
    const keeper = live === undefined ? undefined : foreignKeeper(live);
    if (keeper === undefined) return;
    throw clusterError(
      "FLUX_MANAGED_ELSEWHERE",
      client.name,
      `it is kept by ${keeper}.`,
      "Remove that installation of Flux, or leave this cluster to the tool that keeps it.",
      describeObject(refOf(object)),
    );
  });
}

async function applyAll(
  client: ClusterClient,
  objects: readonly KubeObject[],
  options: CallOptions,
): Promise<void> {
  const write = { ...options, fieldManager: fluxFieldManager, force: true };
  await inParallel(objects, async (object) => {
    await client.apply(object, { ...write });
  });
}

async function waitForDefinition(
  client: ClusterClient,
  definition: KubeObject,
  patience: Patience,
): Promise<void> {
  const deadline = Date.now() + patience.timeoutMs;
  for (;;) {
    const { established, problem } = judgeDefinition(await client.get(refOf(definition), patience));
    if (established && (await servesAll(client, definition, patience))) return;
    if (problem !== undefined || Date.now() > deadline) {
      throw clusterError(
        "FLUX_CRD_NOT_ESTABLISHED",
        client.name,
        problem === undefined ? "it is not Established in time." : `${safeMessage(problem)}.`,
        "Remove the definition that stands in its way, then run up again.",
        describeObject(refOf(definition)),
      );
    }
    await sleep(100, undefined, patience.signal && { signal: patience.signal });
  }
}

async function servesAll(
  client: ClusterClient,
  definition: KubeObject,
  patience: Patience,
): Promise<boolean> {
  for (const kind of definedKinds(definition)) {
    if (!(await client.serves(kind, patience))) return false;
  }
  return true;
}

/** Runs the work for all items, a few at a time, and fails once with every finding. */
async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  for (const error of errors) {
    if (error instanceof Error && !FleetError.is(error)) throw error;
  }
  const findings = errors.flatMap((error) => (FleetError.is(error) ? error.findings : []));
  if (findings.length > 0) throw new FleetError(findings);
}
