import type { ClusterClient } from "./client.js";
import { attemptedRevision, conditionOf, fluxKinds } from "./flux-objects.js";
import { textAt, type KubeObject } from "./objects.js";
import { revisionCommit } from "./revision.js";
import { judgeTenantOwned, type IsAtCommit, type ObjectState } from "./wait-judge.js";

/** A HelmRelease of the fleet at whose health no Kustomization looks. */
export interface ExpectedRelease {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of the Kustomization that applies it. */
  readonly appliedBy: string;
  /** Whether its failure is a failure of `up`; otherwise it is only reported. */
  readonly waitFor: boolean;
}

/** Whether every HelmRelease whose failure is one of `up` is Ready now, or suspended. */
export async function areReady(
  client: ClusterClient,
  releases: readonly ExpectedRelease[],
): Promise<boolean> {
  const states = await Promise.all(
    releases
      .filter(({ waitFor }) => waitFor)
      .map(async ({ namespace, name }) => {
        const live = await client.get({ ...fluxKinds.HelmRelease, namespace, name });
        const { kind } = judgeTenantOwned(live, undefined, true);
        return kind === "current" || kind === "suspended";
      }),
  );
  return states.every((ready) => ready);
}

/** Judges a HelmRelease, which knows no commit: only once its applier has applied the one waited for. */
export function judgeRelease(
  object: KubeObject | undefined,
  applier: KubeObject | undefined,
  isAtCommit: IsAtCommit,
  required: boolean,
): ObjectState {
  if (!hasApplied(applier, isAtCommit)) {
    return { kind: "waiting", missing: false, detail: "the commit is not applied there yet" };
  }
  const state = judgeTenantOwned(object, undefined, required);
  if (state.kind !== "reported" || !state.ready) return state;
  return { ...state, detail: `Ready${versionOf(object)}` };
}

/** Whether a Kustomization has applied the commit, healthy or not. */
function hasApplied(applier: KubeObject | undefined, isAtCommit: IsAtCommit): boolean {
  if (applier === undefined) return false;
  const at = (revision: string | undefined): boolean => {
    const commit = revisionCommit(revision);
    return commit !== undefined && isAtCommit(commit);
  };
  if (at(textAt(applier, "status", "lastAppliedRevision"))) return true;
  if (!at(attemptedRevision(applier))) return false;
  const doing = conditionOf(applier, "Reconciling")?.message ?? "";
  return (
    conditionOf(applier, "Ready")?.reason === "HealthCheckFailed" ||
    doing.startsWith("Running health checks")
  );
}

/** The chart that runs. */
function versionOf(release: KubeObject | undefined): string {
  const [latest] = (release?.["status"] as { readonly history?: readonly unknown[] } | undefined)
    ?.history ?? [undefined];
  const name = textAt(latest, "chartName");
  const version = textAt(latest, "chartVersion");
  return name === undefined || version === undefined ? "" : ` with ${name} ${version}`;
}
