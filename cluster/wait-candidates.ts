import { dependenciesOf, fluxSystem, isFluxKind, sourceOf } from "./flux-objects.js";
import { nudge } from "./nudge.js";
import { textAt, type KubeObject } from "./objects.js";
import { hasCode } from "./problems.js";
import { weighFailure, withAsk, type FailureTrack } from "./wait-failures.js";
import type { HoldCandidate } from "./wait-holds.js";
import { judgeFleetOwned, judgeSource, judgeTenantOwned, type ObjectState } from "./wait-judge.js";
import { judgeRelease } from "./wait-releases.js";
import type { WaitSettings } from "./wait-settings.js";
import {
  fleetSourceKey,
  type ExpectedKustomization,
  type Snapshot,
  type WaitCluster,
} from "./wait-snapshot.js";

/** One awaited object after a look at its cluster. */
export interface Candidate extends HoldCandidate {
  readonly tenantOwned: boolean;
}

/** Judges what a cluster is waited for, and remembers failures from one look to the next. */
export class Candidates {
  readonly #cluster: WaitCluster;
  readonly #settings: WaitSettings;
  readonly #tracks = new Map<string, FailureTrack>();

  constructor(cluster: WaitCluster, settings: WaitSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** The source of the fleet first, then the Kustomizations as they are declared. */
  async of(snapshot: Snapshot): Promise<readonly Candidate[]> {
    const { isAtCommit } = this.#settings.commits;
    const fleetSource = fleetSourceKey(this.#cluster);
    const sourceKey = `GitRepository ${fleetSource}`;
    const source = await this.#weigh(
      sourceKey,
      judgeSource(snapshot.source, isAtCommit),
      snapshot.source,
    );
    const candidates: Candidate[] = [
      { key: sourceKey, ...source, needs: [], appliedBy: undefined, tenantOwned: false },
    ];
    for (const expected of this.#cluster.kustomizations) {
      const name = `${expected.namespace}/${expected.name}`;
      const key = `Kustomization ${name}`;
      const object = snapshot.kustomizations.get(name);
      const reads = object === undefined ? undefined : sourceOf(object);
      const tenantOwned = readsOwnSource(expected, reads, fleetSource);
      const tenantSource = reads && snapshot.tenantSources.get(reads.key);
      const state = tenantOwned
        ? judgeTenantOwned(object, tenantSource, expected.waitFor === true)
        : judgeFleetOwned(object, isAtCommit, snapshot.source);
      const dependencies = object === undefined ? [] : dependenciesOf(object);
      candidates.push({
        key,
        ...(await this.#weigh(key, state, object)),
        needs: [
          ...dependencies.map((one) => `Kustomization ${one}`),
          ...(tenantOwned ? [] : [sourceKey]),
        ],
        appliedBy: this.#applierOf(expected, name),
        tenantOwned: tenantOwned && expected.waitFor !== true,
      });
    }
    return [...candidates, ...(await this.#releases(snapshot))];
  }

  async #releases({ releases, kustomizations }: Snapshot): Promise<readonly Candidate[]> {
    const candidates: Candidate[] = [];
    for (const { namespace, name, appliedBy, waitFor } of this.#cluster.releases ?? []) {
      const key = `HelmRelease ${namespace}/${name}`;
      const object = releases.get(`${namespace}/${name}`);
      const applier = kustomizations.get(appliedBy);
      const { isAtCommit } = this.#settings.commits;
      const state = judgeRelease(object, applier, isAtCommit, waitFor);
      candidates.push({
        key,
        ...(await this.#weigh(key, state, object)),
        needs: [`Kustomization ${appliedBy}`],
        appliedBy: `Kustomization ${appliedBy}`,
        tenantOwned: !waitFor,
      });
    }
    return candidates;
  }

  #applierOf(expected: ExpectedKustomization, name: string): string | undefined {
    const root = `${fluxSystem}/${fluxSystem}`;
    if (name === root) return undefined;
    const ofTenant = this.#cluster.kustomizations.find(
      (other) =>
        expected.tenant !== undefined &&
        other.tenant === expected.tenant &&
        other.namespace === fluxSystem &&
        `${other.namespace}/${other.name}` !== name,
    );
    const applier =
      expected.appliedBy ??
      (ofTenant === undefined ? root : `${ofTenant.namespace}/${ofTenant.name}`);
    return `Kustomization ${applier}`;
  }

  /** Decides whether a failure lasts, and asks the controller to try again while that is open. */
  async #weigh(
    key: string,
    state: ObjectState,
    object: KubeObject | undefined,
  ): Promise<{ state: ObjectState; lost: boolean }> {
    if (state.kind !== "failing" || object === undefined) {
      // While a controller tries again nothing is known; only success forgets a failure.
      if (state.kind === "current") this.#tracks.delete(key);
      const last = this.#tracks.get(key)?.last;
      if (state.kind !== "waiting" || last === undefined) return { state, lost: false };
      return { state: { ...state, detail: `${last}; now ${state.detail}` }, lost: false };
    }
    const now = Date.now();
    const handledAt = textAt(object, "status", "lastHandledReconcileAt");
    const before = this.#tracks.get(key);
    const verdict = weighFailure(state, before, handledAt, now, this.#settings.failures);
    this.#tracks.set(key, verdict.track);
    if (verdict.ask) {
      const asked = await this.#askAgain(object);
      this.#tracks.set(key, withAsk(verdict.track, asked, now));
    }
    return { state, lost: verdict.final };
  }

  async #askAgain(object: KubeObject): Promise<string | undefined> {
    const { client } = this.#cluster;
    const kind = isFluxKind(object.kind) ? object.kind : "Kustomization";
    const { namespace = "", name } = object.metadata;
    try {
      return await nudge(client, kind, namespace, name, { signal: this.#settings.signal });
    } catch (error) {
      if (hasCode(error, "CLUSTER_FORBIDDEN")) return undefined; // a reader may wait, too
      throw error;
    }
  }
}

function readsOwnSource(
  expected: ExpectedKustomization,
  reads: { readonly kind: string; readonly key: string } | undefined,
  fleetSource: string,
): boolean {
  if (expected.source !== undefined) return expected.source === "tenant";
  if (reads !== undefined) return reads.key !== fleetSource || reads.kind !== "GitRepository";
  return expected.tenant !== undefined && expected.namespace !== fluxSystem;
}
