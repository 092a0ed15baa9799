import type { Finding } from "../../errors.js";
import { quoted, someNames } from "../values/names.js";
import { awaited } from "./offboarding.js";
import type { FleetRecord, OffboardPhase, RecordedCluster, RecordedTenant } from "./ownership.js";

/** A tenant as it is declared now. */
export interface DeclaredTenant {
  readonly name: string;
  readonly namespace: string;
  readonly clusters: readonly string[];
  /** The phase that is rendered now. */
  readonly phase: OffboardPhase;
  readonly offboard?: "drain" | "orphan" | undefined;
  readonly protect?: boolean | undefined;
}

/** What is declared now, as far as removals are concerned. */
export interface DeclaredFleet {
  readonly clusters: readonly { readonly name: string; readonly path: string }[];
  /** Names of the clusters that are declared to have left. */
  readonly retired: readonly string[];
  readonly layers: readonly { readonly name: string; readonly clusters: readonly string[] }[];
  readonly tenants: readonly DeclaredTenant[];
  /** Why layers may be removed. */
  readonly removalReason?: string | undefined;
}

/**
 * The findings about everything that the commit at head declares and this one does not: removal is
 * explicit, in phases for tenants, with a written reason for layers.
 */
export function leavingFindings(head: FleetRecord, now: DeclaredFleet): readonly Finding[] {
  const clusters = new Map(now.clusters.map((cluster) => [cluster.name, cluster]));
  const layers = new Map(now.layers.map((layer) => [layer.name, layer]));
  const tenants = new Map(now.tenants.map((tenant) => [tenant.name, tenant]));
  const retired = new Set(now.retired);
  return [
    ...Object.entries(head.clusters).flatMap(([name, cluster]) =>
      retired.has(name)
        ? retirementFindings(name, cluster)
        : clusterFindings(name, cluster, clusters.get(name)?.path),
    ),
    ...Object.entries(head.layers).flatMap(([name, layer]) =>
      layerFindings(
        name,
        layer.clusters.filter((cluster) => !retired.has(cluster)),
        layers.get(name)?.clusters ?? [],
        now.removalReason,
      ),
    ),
    ...Object.entries(head.tenants).flatMap(([name, tenant]) =>
      tenantFindings(name, tenant, tenants.get(name), retired),
    ),
    ...now.tenants.flatMap((tenant) => waitingFindings(tenant, head.tenants[tenant.name])),
  ];
}

function clusterFindings(
  name: string,
  { path: before, retired }: RecordedCluster,
  now: string | undefined,
): readonly Finding[] {
  const path = `Cluster ${quoted(name)}`;
  if (retired === true) {
    return [];
  }
  if (now === undefined) {
    return [
      {
        code: "CLUSTER_REMOVAL",
        path,
        problem: "The repository has this cluster and the declaration does not.",
        remedy:
          "Declare it again; if it has another name now, say there what it was `formerly`, and if it leaves, declare it with `retire`.",
      },
    ];
  }
  if (now === before) {
    return [];
  }
  return [
    {
      code: "CLUSTER_MOVED",
      path: `${path}: path`,
      problem: `Its root Kustomization reads ${quoted(before)}, and its directory would be ${quoted(now)}.`,
      remedy: `Keep the environment, or set \`path: ${quoted(before)}\`.`,
    },
  ];
}

/** What a cluster that leaves keeps and loses; nothing once it has left. */
function retirementFindings(name: string, { retired, path }: RecordedCluster): readonly Finding[] {
  return retired === true
    ? []
    : [
        {
          code: "CLUSTER_RETIRED",
          path: `Cluster ${quoted(name)}: retire`,
          problem: `${quoted(path)} leaves Git, and Flux there keeps what it applied last. Its key can still read what was encrypted for it.`,
          remedy:
            "Encrypt again what others share with it (`sops updatekeys`) and change those values; keep the part declared until the cluster is switched off.",
          severity: "warning",
        },
      ];
}

function layerFindings(
  name: string,
  before: readonly string[],
  now: readonly string[],
  reason: string | undefined,
): readonly Finding[] {
  const kept = new Set(now);
  const lost = before.filter((cluster) => !kept.has(cluster));
  if (lost.length === 0 || (reason ?? "").trim() !== "") {
    return [];
  }
  return [
    {
      code: "LAYER_REMOVAL",
      path: `Layer ${quoted(name)}: clusters`,
      problem: `It would leave ${someNames(lost)}, and Flux would delete all that it applied there.`,
      remedy:
        "Declare it again (renamed: with `formerly`), or write the reason in `removal.reason`.",
    },
  ];
}

function tenantFindings(
  name: string,
  head: RecordedTenant,
  now: DeclaredTenant | undefined,
  retired: ReadonlySet<string>,
): readonly Finding[] {
  const path = `Tenant ${quoted(name)}`;
  if (head.phase === "gone") {
    return [];
  }
  const staying = head.clusters.filter((cluster) => !retired.has(cluster));
  if (head.protect === true && staying.length < head.clusters.length) {
    return [protectedTenant(`${path}: clusters`)];
  }
  if (now === undefined) {
    return staying.length === 0 ? [] : [undeclared(path, head)];
  }
  if (now.offboard !== undefined && (head.protect === true || now.protect === true)) {
    return [protectedTenant(`${path}: offboard`)];
  }
  if (head.offboard !== undefined && now.offboard !== undefined && head.offboard !== now.offboard) {
    return [
      {
        code: "OFFBOARD_SKIPPED",
        path: `${path}: offboard`,
        problem: `It is leaving by ${quoted(head.offboard)} and cannot go on by ${quoted(now.offboard)}.`,
        remedy: `Put ${quoted(head.offboard)} back, or take \`offboard\` out for one \`up\` first.`,
      },
    ];
  }
  const kept = new Set(now.clusters);
  const lost = staying.filter((cluster) => !kept.has(cluster));
  return [
    ...(lost.length === 0
      ? []
      : [
          head.protect === true
            ? protectedTenant(`${path}: clusters`)
            : oneStep(
                `${path}: clusters`,
                `It would be removed from ${someNames(lost)} in one step.`,
              ),
        ]),
    ...(head.namespace === now.namespace
      ? []
      : [
          oneStep(
            `${path}: namespace`,
            `Its Namespace ${quoted(head.namespace)} would be left in one step, with the workload in it.`,
          ),
        ]),
  ];
}

function undeclared(path: string, head: RecordedTenant): Finding {
  if (head.protect === true) {
    return protectedTenant(path);
  }
  const wanted = awaited(head.phase);
  if (wanted === undefined) {
    return oneStep(path, "The repository has this tenant and the declaration does not.");
  }
  return {
    code: "OFFBOARD_SKIPPED",
    path,
    problem: `It is leaving and only in phase ${quoted(head.phase)}.`,
    remedy: `Keep it declared with \`offboard: ${quoted(head.offboard ?? "drain")}\` until ${wanted} and \`up\` reports it gone.`,
  };
}

function oneStep(path: string, problem: string): Finding {
  return {
    code: "TENANT_REMOVAL",
    path,
    problem: `${problem} Flux would lose the right to remove the workload before it does.`,
    remedy:
      'Keep it as it was (renamed: with `formerly`); to remove the tenant, declare `offboard: "drain"` and run `up` per phase.',
  };
}

function protectedTenant(path: string): Finding {
  return {
    code: "TENANT_PROTECTED",
    path,
    problem: "The tenant is protected.",
    remedy: "Keep it, or take `protect` out in an `up` of its own first.",
  };
}

function waitingFindings(
  { name, offboard, phase }: DeclaredTenant,
  head: RecordedTenant | undefined,
): readonly Finding[] {
  const wanted = awaited(phase);
  if (offboard === undefined || wanted === undefined || head?.phase !== phase) {
    return [];
  }
  return [
    {
      code: "OFFBOARD_WAITING",
      path: `Tenant ${quoted(name)}: offboard`,
      problem: `It stays in phase ${quoted(phase)}.`,
      remedy: `It goes on when ${wanted}; every one of its clusters has to be reachable for that.`,
      severity: "warning",
    },
  ];
}
