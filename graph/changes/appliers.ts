import type { Finding } from "../../errors.js";
import { quoted } from "../values/names.js";
import { phaseContent } from "./offboarding.js";
import type { OffboardObservation } from "./offboarding.js";
import type { OffboardPhase, RecordedApplier, RecordedTenant } from "./ownership.js";

/**
 * Who applies a tenant in this commit. From Flux to Pulumi it takes two commits: in the first Flux is
 * told to leave the objects behind, and only when every cluster shows that, the second takes the files
 * out of Git. Back to Flux it takes one, because Flux takes over whatever it finds.
 */
export function nextApplier(
  declared: "flux" | "pulumi" | undefined,
  head: RecordedTenant | undefined,
  seen: OffboardObservation = {},
): RecordedApplier {
  if (declared !== "pulumi") return "flux";
  // Nothing of it was ever on a cluster, or nothing is any more.
  if (head === undefined || head.phase === "gone" || head.clusters.length === 0) return "pulumi";
  switch (head.applier) {
    case "pulumi":
      return "pulumi";
    case "leaving-flux":
      return seen.handedOver === true ? "pulumi" : "leaving-flux";
    case "flux":
    case undefined:
      return "leaving-flux";
    default:
      return unreachable(head.applier);
  }
}

/** Whether a tenant has files in Git, and with them a Kustomization of the platform. */
export function isInGit(tenant: {
  readonly phase: OffboardPhase;
  readonly applier: RecordedApplier;
}): boolean {
  return phaseContent(tenant.phase).base && tenant.applier !== "pulumi";
}

/** A tenant as far as who applies it goes. */
export interface AppliedTenant {
  readonly name: string;
  readonly applier: RecordedApplier;
  readonly declared: "flux" | "pulumi" | undefined;
  readonly offboard: "drain" | "orphan" | undefined;
  readonly head: RecordedTenant | undefined;
  /** Clusters of the tenant that Pulumi cannot reach, sorted. */
  readonly outOfReach: readonly string[];
}

/** The findings about who applies a tenant, and about the step of a change that comes next. */
export function applierFindings(tenant: AppliedTenant): readonly Finding[] {
  const { name, applier, declared, offboard, head, outOfReach } = tenant;
  const title = `Tenant ${quoted(name)}`;
  if (offboard !== undefined && (declared === "pulumi" || head?.applier === "pulumi")) {
    return [
      {
        code: "OFFBOARD_SKIPPED",
        path: `${title}: offboard`,
        problem: "Pulumi applies it, and a tenant leaves by way of Flux.",
        remedy: "Take `applier` out and run `up` first, then off-board it.",
      },
    ];
  }
  if (declared === "pulumi" && outOfReach.length > 0) {
    return [
      {
        code: "APPLIER_OUT_OF_REACH",
        path: `${title}: applier`,
        problem: `Pulumi cannot apply it on ${outOfReach.map((one) => quoted(one)).join(", ")}, which has no kubeconfig.`,
        remedy: "Give the cluster a kubeconfig, or leave the tenant to Flux.",
      },
    ];
  }
  if (applier !== "leaving-flux") return [];
  const waits = head?.applier === "leaving-flux";
  return [
    {
      code: "APPLIER_WAITING",
      path: `${title}: applier`,
      problem: waits
        ? "Flux has not let go of it on every cluster."
        : "This commit tells Flux to leave its objects behind; Pulumi applies none yet.",
      remedy: waits
        ? `Pulumi takes over when every cluster shows deletionPolicy Orphan on the platform's Kustomization; every one has to be reachable for that.`
        : "Run `up` once more when the clusters have this commit.",
      severity: "warning",
    },
  ];
}

function unreachable(applier: never): never {
  throw new TypeError(`unknown applier ${String(applier)}`);
}
