import { setTimeout as sleep } from "node:timers/promises";
import type { LabCluster } from "../../../lab/index.js";
import { condition, nudge } from "./live.js";
import type { LiveObject } from "./live.js";

const kustomizations = "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations";

/** Watches every Kustomization of some clusters, and asks for reconciliations all the while. */
export class ReconciliationWatch {
  /** Reconciliations that ended not Ready. */
  readonly failures: string[] = [];
  /** Reconciliations that ended Ready. */
  successes = 0;
  private readonly abort = new AbortController();
  private readonly running: Promise<unknown>;

  /** Starts at once; `nudged` are those that are asked for, `namespace/name`. */
  constructor(clusters: readonly LabCluster[], nudged: readonly string[]) {
    this.running = Promise.all(
      clusters.flatMap((one) => [this.watch(one), this.nudge(one, nudged)]),
    );
    // What went wrong is told by `end`.
    this.running.catch(() => {
      this.abort.abort();
    });
  }

  /** @throws whatever kept it from watching */
  async end(): Promise<void> {
    this.abort.abort();
    await this.running;
  }

  private async watch(cluster: LabCluster): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      const see = ({ object }: { readonly object: LiveObject }): void => {
        const ready = condition(object, "Ready");
        if (ready?.status === "True") this.successes++;
        if (ready?.status !== "False") return;
        this.failures.push(`${cluster.name} ${object.metadata.name}: ${ready.message ?? ""}`);
      };
      await cluster.api
        .watch<LiveObject>(`${kustomizations}?watch=1`, see, signal)
        .catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
    }
  }

  private async nudge(cluster: LabCluster, nudged: readonly string[]): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      for (const name of nudged) await nudge(cluster, `Kustomization ${name}`);
      // Not so often that there is always one under way: `up` waits for a Ready one.
      await sleep(5000, undefined, { signal }).catch(() => undefined);
    }
  }
}
