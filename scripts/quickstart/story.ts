import { setTimeout as sleep } from "node:timers/promises";
import { stageInstallManifests } from "../install-manifests.js";
import type { Arguments } from "./arguments.js";
import { showDeclaration, interval } from "./declaration.js";
import { heading, print, wrap } from "./screen.js";
import type { Place } from "./place.js";

/** The longest that a cancelled engine gets to end by itself, in milliseconds. */
const patience = 10_000;

/**
 * Tells the whole story. Whatever happens, it ends everything it started before it returns.
 * @param interrupted - aborted by Ctrl-C
 * @returns the exit code
 */
export async function tell(
  { keep, setting }: Arguments,
  interrupted: AbortController,
): Promise<number> {
  const { signal } = interrupted;
  const versions = await showDeclaration(setting);
  if (versions === undefined) return 1;
  const { provideParts } = await import("./parts.js");
  await provideParts(setting, signal);
  for (const version of versions) stageInstallManifests(version);
  signal.throwIfAborted();

  const { openPlace } = await import("./place.js");
  const place = await openPlace(setting, keep, signal);
  let told = false;
  try {
    const running = run(place, signal);
    await Promise.race([running, ended(interrupted)]);
    told = true;
  } finally {
    if (!told || !keep) await place.end();
  }
  heading("Done");
  const { leftovers } = place;
  if (keep) print("Everything goes on running. To look around:", "", ...leftovers);
  else if (setting.kind === "existing") {
    print(...wrap("Flux, the tenant and the commits stay, and the clusters go on following Git."));
  } else print("Everything this run started has ended; nothing is left but the built parts.");
  return 0;
}

async function run(place: Place, signal: AbortSignal): Promise<void> {
  const { kubernetesPlugin } = await import("../../lab/pulumi.js");
  const { openStack } = await import("./stack.js");
  const { showClusters } = await import("./cluster-table.js");
  const { showCommit, snapshot } = await import("./commit-report.js");
  print((await kubernetesPlugin()).line);
  const next = (title: string): void => {
    signal.throwIfAborted();
    heading(title);
  };
  signal.throwIfAborted();
  const stack = await openStack(place, signal);
  await stack.configure([...place.config, { key: "paymentsInterval", value: interval.before }]);

  next("pulumi preview");
  await stack.preview();
  next("pulumi up");
  let before = await snapshot(place.fleetRepository);
  let commit = await stack.up();
  next("The commit");
  await showCommit(place.fleetRepository, before, commit);
  if (place.clusters.length === 0) return;
  next("What the clusters run");
  await showClusters(place);

  next(`One value changes: pulumi config set paymentsInterval ${interval.after}`);
  await stack.configure([{ key: "paymentsInterval", value: interval.after }]);
  await stack.preview();
  next("pulumi up");
  before = await snapshot(place.fleetRepository);
  commit = await stack.up();
  next("The commit");
  await showCommit(place.fleetRepository, before, commit);
  next("What the clusters run");
  await showClusters(place);
}

/** Rejects some time after an interruption: the engine was asked to end, then told to. */
async function ended({ signal }: AbortController): Promise<never> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await sleep(patience / 4);
  // The Automation API passes every such event on to the engine; the second one ends it at once.
  signal.dispatchEvent(new Event("abort"));
  await sleep(patience);
  throw new Error("interrupted");
}
