import { setTimeout as sleep } from "node:timers/promises";
import type { ApiList, LabCluster } from "../../../lab/index.js";
import { condition, nudge } from "./live.js";
import type { LiveObject } from "./live.js";

const kustomizations = "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations";

/**
 * Asks Kustomizations that wait for another one to look again, as long as something runs: by itself
 * Flux looks every 30 seconds, for each link of a chain.
 */
export async function hurried<T>(
  clusters: readonly LabCluster[],
  run: () => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const asking = Promise.all(clusters.map((cluster) => ask(cluster, abort.signal)));
  try {
    return await run();
  } finally {
    abort.abort();
    await asking;
  }
}

async function ask(cluster: LabCluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // The kind, or the whole cluster, may not be there yet.
    const { items } = await cluster.api
      .get<ApiList<LiveObject>>(kustomizations)
      .catch(() => ({ items: [] as readonly LiveObject[] }));
    for (const one of items) {
      if (condition(one, "Ready")?.reason !== "DependencyNotReady") continue;
      const { name, namespace = "" } = one.metadata;
      await nudge(cluster, `Kustomization ${namespace}/${name}`).catch(() => undefined);
    }
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
}
