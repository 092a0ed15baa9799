import {
  attemptedRevision,
  conditionOf,
  generationSeen,
  isSuspended,
  type Condition,
} from "./flux-objects.js";
import { safeMessage } from "./message.js";
import { at, numberAt, textAt, type KubeObject } from "./objects.js";
import { revisionCommit, shortRevision } from "./revision.js";

/** How sure it is that a failure stays without a change in Git or on the cluster. */
export type FailureClass =
  /** Trying again gives the same: a build, a path, a check that had its time. */
  | "definite"
  /** Likely to stay; a second and third try tells. */
  | "probable"
  /** Passes by itself in a healthy fleet: a kind or Namespace that another object brings, a webhook, a network. */
  | "passing";

/** What one object says about the commit that is waited for. */
export type ObjectState =
  /** At the commit or a descendant, declaration observed, Ready. */
  | { readonly kind: "current"; readonly revision: string | undefined }
  /** Not waited for (a tenant's own); this is what it says. */
  | { readonly kind: "reported"; readonly ready: boolean; readonly detail: string }
  /** Somebody stopped it; `current` when it had reached the commit before. */
  | { readonly kind: "suspended"; readonly current: boolean; readonly detail: string }
  /** Cannot proceed before another object does. */
  | { readonly kind: "held"; readonly by: string; readonly detail: string }
  | { readonly kind: "waiting"; readonly missing: boolean; readonly detail: string }
  | {
      readonly kind: "failing";
      readonly class: FailureClass;
      readonly reason: string;
      readonly message: string;
    };

/** Tells whether a commit is the one waited for or a descendant of it. */
export type IsAtCommit = (commit: string) => boolean;

/** Judges a Kustomization that reads the fleet's repository, through `source`. */
export function judgeFleetOwned(
  object: KubeObject | undefined,
  isAtCommit: IsAtCommit,
  source?: KubeObject,
): ObjectState {
  const early = judgeUnsettled(object);
  if (object === undefined || early !== undefined) return early ?? missing;
  const applied = textAt(object, "status", "lastAppliedRevision");
  const appliedHere = isAt(applied, isAtCommit);
  const ready = conditionOf(object, "Ready");
  const current = appliedHere && isReady(object, ready);
  if (isSuspended(object)) {
    return { kind: "suspended", current, detail: `it is suspended at ${shortRevision(applied)}` };
  }
  if (current) return { kind: "current", revision: applied };
  const stalled = stalledState(object);
  if (stalled !== undefined) return stalled;
  if (ready === undefined) return waiting(noStatus);
  if (ready.status === "False" && isAt(attemptedRevision(object), isAtCommit)) {
    return partialFailure(ready, source);
  }
  if (ready.status === "True" && !appliedHere) {
    return waiting(`it has applied ${shortRevision(applied)}`);
  }
  if (ready.status === "True") return waiting("its controller has not seen its declaration yet");
  return waiting(detailOf(ready));
}

/** Judges a Kustomization that reads a tenant's own source; `required` when its failure is a failure of `up`. */
export function judgeTenantOwned(
  object: KubeObject | undefined,
  source: KubeObject | undefined,
  required: boolean,
): ObjectState {
  const early = judgeUnsettled(object);
  if (object === undefined || early !== undefined) return early ?? missing;
  const ready = conditionOf(object, "Ready");
  const done = isReady(object, ready);
  if (isSuspended(object)) return { kind: "suspended", current: done, detail: "it is suspended" };
  const revision = textAt(object, "status", "lastAppliedRevision");
  if (done && required) return { kind: "current", revision };
  if (done) return { kind: "reported", ready: true, detail: `Ready at ${shortRevision(revision)}` };
  if (ready === undefined) return waiting(noStatus);
  if (ready.status !== "False" || !generationSeen(object)) return waiting(detailOf(ready));
  const failure = stalledState(object) ?? failureOf(ready, source);
  if (required || failure.kind !== "failing") return failure;
  return { kind: "reported", ready: false, detail: `${failure.reason}: ${failure.message}` };
}

/** Judges the source that the fleet's Kustomizations read. */
export function judgeSource(source: KubeObject | undefined, isAtCommit: IsAtCommit): ObjectState {
  const early = judgeUnsettled(source);
  if (source === undefined || early !== undefined) return early ?? missing;
  const revision = textAt(source, "status", "artifact", "revision");
  const current = isAt(revision, isAtCommit);
  if (isSuspended(source)) {
    const detail = `it is suspended at ${shortRevision(revision)}`;
    return { kind: "suspended", current, detail };
  }
  if (current) return { kind: "current", revision };
  const stalled = stalledState(source);
  if (stalled !== undefined) return stalled;
  const ready = conditionOf(source, "Ready");
  if (ready === undefined) return waiting(noStatus);
  if (ready.status === "False" && generationSeen(source)) return failureOf(ready);
  return waiting(
    ready.status === "True" ? `it has fetched ${shortRevision(revision)}` : detailOf(ready),
  );
}

const missing: ObjectState = { kind: "waiting", missing: true, detail: "it does not exist yet" };
const noStatus = "its controller has not reported anything yet";

function waiting(detail: string): ObjectState {
  return { kind: "waiting", missing: false, detail };
}

function judgeUnsettled(object: KubeObject | undefined): ObjectState | undefined {
  if (object === undefined) return missing;
  return object.metadata.deletionTimestamp === undefined
    ? undefined
    : waiting("it is being deleted");
}

function isAt(revision: string | undefined, isAtCommit: IsAtCommit): boolean {
  const commit = revisionCommit(revision);
  return commit !== undefined && isAtCommit(commit);
}

function isReady(object: KubeObject, ready: Condition | undefined): boolean {
  const { generation } = object.metadata;
  return (
    ready?.status === "True" &&
    numberAt(object, "status", "observedGeneration") === generation &&
    (ready.observedGeneration === undefined || ready.observedGeneration === generation)
  );
}

function stalledState(object: KubeObject): (ObjectState & { kind: "failing" }) | undefined {
  const stalled = conditionOf(object, "Stalled");
  if (stalled?.status !== "True") return undefined;
  const { observedGeneration } = stalled;
  if (observedGeneration !== undefined && observedGeneration !== object.metadata.generation) {
    return undefined;
  }
  const message = safeMessage(stalled.message);
  return { kind: "failing", class: "definite", reason: stalled.reason, message };
}

const retrying = new Set(["DependencyNotReady", "HealthCheckCanceled", "Progressing", "Suspended"]);

function failureOf(
  ready: Condition,
  source?: KubeObject,
): ObjectState & { kind: "failing" | "waiting" } {
  if (retrying.has(ready.reason)) {
    return { kind: "waiting", missing: false, detail: detailOf(ready) };
  }
  const cause = sourceFailure(source);
  const text = cause === undefined ? ready.message : `${ready.message}; source: ${cause}`;
  const message = safeMessage(text);
  return { kind: "failing", class: classify(ready.reason, text), reason: ready.reason, message };
}

/**
 * As {@link failureOf}, for what reads a source that fetches only the folders that it names: it may
 * name this one since the same commit, and fetch it only now.
 */
function partialFailure(ready: Condition, source: KubeObject | undefined): ObjectState {
  const failure = failureOf(ready);
  const isPartial = at(source, "spec", "sparseCheckout") !== undefined;
  return failure.kind === "failing" && ready.reason === "ArtifactFailed" && isPartial
    ? { ...failure, class: "probable" }
    : failure;
}

function sourceFailure(source: KubeObject | undefined): string | undefined {
  const ready = source === undefined ? undefined : conditionOf(source, "Ready");
  return ready?.status === "False" ? `${ready.reason}: ${ready.message}` : undefined;
}

const passingText =
  /no matches for kind|namespaces "[^"]*" not found|because it is being terminated|failed calling webhook|connection refused|connection reset|no route to host|no such host|i\/o timeout|TLS handshake timeout|deadline exceeded|etcdserver|too many requests|currently unable to handle|object has been modified|unexpected EOF|Source artifact not found|artifact not found, retrying/i;
const lastingText =
  /kustomization path not found|authentication required|authorization failed|invalid credentials|repository not found|couldn't find remote ref|secrets "[^"]*" not found|x509:/i;

/** Decides from reason and message how sure a failure is. */
export function classify(reason: string, message: string): FailureClass {
  switch (reason) {
    case "InvalidCELExpression":
    case "AccessDenied":
    case "FeatureGateDisabled":
      return "definite";
    case "HealthCheckFailed":
      // A release that stalled before its new chart was fetched ends the check at once.
      return /stalled resources/.test(message) ? "probable" : "definite";
    case "InstallFailed":
    case "UpgradeFailed":
    case "TestFailed":
    case "RollbackFailed":
    case "RollbackSucceeded":
    case "UninstallFailed":
    case "UninstallSucceeded":
      // Helm had its whole timeout, whatever its message says.
      return "probable";
    case "BuildFailed":
      // What it reads besides Git (keys, variables) may be on its way.
      return /not found/i.test(message) ? "probable" : "definite";
    case "ArtifactFailed":
      if (/kustomization path not found/.test(message)) return "definite";
      break;
  }
  if (lastingText.test(message)) return "probable";
  return passingText.test(message) ? "passing" : "probable";
}

function detailOf(condition: Condition): string {
  return safeMessage(
    [condition.reason, condition.message].filter((part) => part !== "").join(": "),
  );
}
