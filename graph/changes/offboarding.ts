import type { OffboardPhase, RecordedTenant } from "./ownership.js";

/** What was seen of a leaving tenant on all of its clusters. A cluster that was not seen counts as no. */
export interface OffboardObservation {
  /** The tenant's Kustomization has `deletionPolicy: Orphan`, its HelmReleases `suspend`, everywhere. */
  readonly orphaned?: boolean;
  /** The tenant's Kustomization with its inventory, and its HelmReleases, are gone everywhere. */
  readonly drained?: boolean;
  /** The platform's Kustomization of the tenant has `deletionPolicy: Orphan`, or is gone, everywhere. */
  readonly handedOver?: boolean;
  /** The tenant's Namespace no longer carries `prune: disabled`, or is gone, everywhere. */
  readonly released?: boolean;
}

/** The objects of a tenant that exist in a phase. */
export interface PhaseContent {
  /** Namespace, ServiceAccount, rights and source. */
  readonly base: boolean;
  /** The Kustomization that applies the workload, releases, and who writes image tags. */
  readonly workload: boolean;
  /** Whether these leave behind what they brought when they go. */
  readonly orphan: boolean;
  /** Whether the Namespace survives its removal from Git. */
  readonly keepNamespace: boolean;
}

const contents: Readonly<Record<OffboardPhase, PhaseContent>> = {
  active: { base: true, workload: true, orphan: false, keepNamespace: true },
  orphaning: { base: true, workload: true, orphan: true, keepNamespace: true },
  draining: { base: true, workload: false, orphan: false, keepNamespace: true },
  releasing: { base: true, workload: false, orphan: false, keepNamespace: false },
  gone: { base: false, workload: false, orphan: false, keepNamespace: false },
};

/** What is rendered of a tenant in a phase. */
export function phaseContent(phase: OffboardPhase): PhaseContent {
  return contents[phase];
}

/**
 * The phase that this commit renders: one step further than the head if the head's phase is done on
 * every cluster, else the head's own. `drain` goes through draining and releasing; `orphan` keeps
 * the Namespace, because removing it would remove the workload.
 */
export function nextPhase(
  offboard: "drain" | "orphan" | undefined,
  head: RecordedTenant | undefined,
  seen: OffboardObservation = {},
): OffboardPhase {
  if (offboard === undefined) {
    return "active";
  }
  const orphan = offboard === "orphan";
  if (head === undefined) {
    // Nothing of it was ever committed, so there is nothing to take away in steps.
    return "gone";
  }
  switch (head.phase) {
    case "active":
      return orphan ? "orphaning" : "draining";
    case "orphaning":
      return seen.orphaned === true ? "draining" : "orphaning";
    case "draining":
      return seen.drained !== true ? "draining" : orphan ? "gone" : "releasing";
    case "releasing":
      return seen.released === true ? "gone" : "releasing";
    case "gone":
      return "gone";
    default:
      return unreachable(head.phase);
  }
}

/** What has to be seen before a tenant in this phase goes further, as a sentence; none when it is through. */
export function awaited(phase: OffboardPhase): string | undefined {
  switch (phase) {
    case "orphaning":
      return "every cluster shows deletionPolicy Orphan on the tenant's Kustomization and suspend on its HelmReleases";
    case "draining":
      return "the tenant's Kustomization and its HelmReleases are gone from every cluster";
    case "releasing":
      return "the tenant's Namespace has lost prune: disabled on every cluster";
    case "active":
    case "gone":
      return undefined;
    default:
      return unreachable(phase);
  }
}

function unreachable(phase: never): never {
  throw new TypeError(`unknown phase ${String(phase)}`);
}
