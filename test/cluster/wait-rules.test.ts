import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject, ObjectState } from "../../cluster/index.js";
import {
  classify,
  judgeFleetOwned,
  judgeSource,
  judgeTenantOwned,
} from "../../cluster/wait-judge.js";
import { defaultFailurePatience, weighFailure, withAsk } from "../../cluster/wait-failures.js";
import { holdBack, type HoldCandidate } from "../../cluster/wait-holds.js";

const ours = "a".repeat(40);
const later = "b".repeat(40);
const before = "c".repeat(40);
const isAtCommit = (commit: string): boolean => commit === ours || commit === later;
const at = (commit: string): string => `main@sha1:${commit}`;

interface Shape {
  readonly generation?: number;
  readonly observed?: number;
  readonly applied?: string;
  readonly attempted?: string;
  readonly ready?: readonly [status: string, reason: string, message?: string, generation?: number];
  readonly doing?: string;
  readonly stalled?: readonly [reason: string, message: string, generation: number];
  readonly suspend?: boolean;
  readonly deleting?: boolean;
}

function kustomization(shape: Shape): KubeObject {
  const conditions: object[] = [];
  const { generation = 2, ready, stalled, doing } = shape;
  if (ready !== undefined) {
    const [status, reason, message = "", observedGeneration = generation] = ready;
    conditions.push({ type: "Ready", status, reason, message, observedGeneration });
  }
  if (doing !== undefined) {
    conditions.push({ type: "Reconciling", status: "True", reason: "Progressing", message: doing });
  }
  if (stalled !== undefined) {
    const [reason, message, observedGeneration] = stalled;
    conditions.push({ type: "Stalled", status: "True", reason, message, observedGeneration });
  }
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: {
      name: "apps",
      namespace: "flux-system",
      generation,
      ...(shape.deleting === true && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { suspend: shape.suspend === true },
    status: {
      observedGeneration: shape.observed ?? generation,
      lastAppliedRevision: shape.applied,
      lastAttemptedRevision: shape.attempted,
      conditions,
    },
  };
}

const readyNow = ["True", "ReconciliationSucceeded"] as const;

describe("a Kustomization that reads the fleet's repository", () => {
  const cases: readonly (readonly [title: string, Shape | undefined, Partial<ObjectState>])[] = [
    ["is current at the commit", { applied: at(ours), ready: readyNow }, { kind: "current" }],
    ["is current at a descendant", { applied: at(later), ready: readyNow }, { kind: "current" }],
    [
      "is waited for at an older commit",
      { applied: at(before), ready: readyNow },
      { kind: "waiting" },
    ],
    [
      "is waited for while its new declaration is unseen",
      { applied: at(ours), ready: readyNow, observed: 1 },
      { kind: "waiting" },
    ],
    [
      "is waited for while Ready belongs to an older declaration",
      { applied: at(ours), ready: ["True", "ReconciliationSucceeded", "", 1] },
      { kind: "waiting" },
    ],
    ["is waited for when it does not exist", undefined, { kind: "waiting", missing: true }],
    [
      "is waited for when it has no conditions and generation -1",
      { observed: -1 },
      { kind: "waiting", missing: false },
    ],
    [
      "is waited for while it is being deleted",
      { applied: at(ours), ready: readyNow, deleting: true },
      { kind: "waiting" },
    ],
    [
      "is waited for while a dependency is not ready",
      {
        attempted: at(ours),
        ready: ["False", "DependencyNotReady", "dependency 'a/b' is not ready"],
      },
      { kind: "waiting" },
    ],
    [
      "is waited for while it is being reconciled",
      { applied: at(before), attempted: at(ours), ready: ["Unknown", "Progressing"] },
      { kind: "waiting" },
    ],
    [
      "is not failing because of an older commit",
      { attempted: at(before), ready: ["False", "BuildFailed", "no such file"] },
      { kind: "waiting" },
    ],
    [
      "is failing when this commit does not build",
      { attempted: at(ours), ready: ["False", "BuildFailed", "invalid yaml"], observed: -1 },
      { kind: "failing", class: "definite", reason: "BuildFailed", message: "invalid yaml" },
    ],
    [
      "is failing when a descendant does not build",
      { attempted: at(later), ready: ["False", "BuildFailed", "invalid yaml"] },
      { kind: "failing", class: "definite" },
    ],
    [
      "is failing when the path is missing in this commit, which only the progress names",
      {
        attempted: at(before),
        doing: `Fetching manifests for revision ${at(ours)} with a timeout of 3m0s`,
        ready: [
          "False",
          "ArtifactFailed",
          "kustomization path not found: stat /tmp/k-1/x: no such file",
        ],
      },
      { kind: "failing", class: "definite", reason: "ArtifactFailed" },
    ],
    [
      "is failing when it is stalled by its present declaration",
      { stalled: ["AccessDenied", "cross-namespace references have been blocked", 2] },
      { kind: "failing", class: "definite", reason: "AccessDenied" },
    ],
    [
      "is not failing when an older declaration was stalled",
      { stalled: ["AccessDenied", "blocked", 1], ready: ["Unknown", "Progressing"] },
      { kind: "waiting" },
    ],
    [
      "is suspended, at the commit",
      { suspend: true, applied: at(ours), ready: readyNow },
      { kind: "suspended", current: true },
    ],
    [
      "is suspended, behind the commit, whatever else it says",
      { suspend: true, attempted: at(ours), ready: ["False", "BuildFailed", "x"] },
      { kind: "suspended", current: false },
    ],
  ];
  for (const [title, shape, expected] of cases) {
    it(title, () => {
      const state = judgeFleetOwned(shape && kustomization(shape), isAtCommit);
      assert.deepEqual({ ...state, ...expected }, state);
    });
  }

  it("may be missing its path for a while when its source fetches only what it names", () => {
    const text = "kustomization path not found: stat /tmp/k-1/x: no such file";
    const lacking = kustomization({
      attempted: at(ours),
      ready: ["False", "ArtifactFailed", text],
    });
    const broken = kustomization({ attempted: at(ours), ready: ["False", "BuildFailed", "bad"] });
    const fleet = { ...lacking, kind: "GitRepository", spec: {} };
    const partial = { ...fleet, spec: { sparseCheckout: ["clusters/eu", "x"] } };
    const certainty = (object: typeof lacking, of: typeof fleet): unknown => {
      const state = judgeFleetOwned(object, isAtCommit, of);
      return state.kind === "failing" ? state.class : state.kind;
    };
    assert.equal(certainty(lacking, fleet), "definite");
    assert.equal(certainty(lacking, partial), "probable");
    assert.equal(certainty(broken, partial), "definite");
  });

  it("never repeats a credential from a message", () => {
    const message = "unable to clone 'https://git:hunter22@git.example.com/a'";
    const state = judgeFleetOwned(
      kustomization({ attempted: at(ours), ready: ["False", "ReconciliationFailed", message] }),
      isAtCommit,
    );
    assert.ok(!JSON.stringify(state).includes("hunter22"));
  });
});

describe("a Kustomization that reads a tenant's source", () => {
  const failed = kustomization({ observed: -1, ready: ["False", "BuildFailed", "bad"] });

  it("is reported with what it says, ready or not", () => {
    const good = judgeTenantOwned(
      kustomization({ applied: at(before), ready: readyNow }),
      undefined,
      false,
    );
    assert.deepEqual(good, { kind: "reported", ready: true, detail: "Ready at ccccccc" });
    const bad = judgeTenantOwned(failed, undefined, false);
    assert.deepEqual(bad, { kind: "reported", ready: false, detail: "BuildFailed: bad" });
  });
  it("counts when it is required", () => {
    const good = judgeTenantOwned(
      kustomization({ applied: at(before), ready: readyNow }),
      undefined,
      true,
    );
    assert.equal(good.kind, "current");
    assert.equal(judgeTenantOwned(failed, undefined, true).kind, "failing");
  });
  it("is explained by its source when there is nothing to fetch", () => {
    const unfetched = kustomization({
      ready: ["False", "ArtifactFailed", "Source artifact not found"],
    });
    const source = kustomization({
      ready: ["False", "GitOperationFailed", "authentication required"],
    });
    const state = judgeTenantOwned(unfetched, source, true);
    assert.ok(state.kind === "failing" && state.class === "probable");
    assert.match(state.message, /authentication required/);
  });
  it("is waited for while its failure belongs to an older declaration", () => {
    const old = kustomization({ observed: 1, ready: ["False", "BuildFailed", "bad", 1] });
    assert.equal(judgeTenantOwned(old, undefined, false).kind, "waiting");
  });
});

describe("the source of the fleet's repository", () => {
  const source = (revision: string | undefined, shape: Shape): KubeObject => {
    const object = kustomization(shape);
    return { ...object, status: { ...(object.status as object), artifact: { revision } } };
  };
  it("is current once it has fetched the commit, also when the next fetch fails", () => {
    const failing = { ready: ["False", "GitOperationFailed", "timeout"] } as const;
    assert.equal(judgeSource(source(at(later), failing), isAtCommit).kind, "current");
  });
  it("is failing when it cannot fetch", () => {
    const ready = ["False", "AuthenticationFailed", 'secrets "missing" not found'] as const;
    const state = judgeSource(source(at(before), { ready, observed: -1 }), isAtCommit);
    assert.ok(state.kind === "failing" && state.class === "probable");
  });
  it("is suspended when somebody stopped it", () => {
    const state = judgeSource(source(at(before), { suspend: true, ready: readyNow }), isAtCommit);
    assert.ok(state.kind === "suspended" && !state.current);
  });
});

describe("classify", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["BuildFailed", "invalid yaml", "definite"],
    ["BuildFailed", 'secrets "sops-age" not found', "probable"],
    ["HealthCheckFailed", "timeout waiting for: [Deployment/a/b status: 'InProgress']", "definite"],
    [
      "HealthCheckFailed",
      "failed early due to stalled resources: [HelmRelease/a/b status: 'Failed']",
      "probable",
    ],
    ["ArtifactFailed", "kustomization path not found: stat x", "definite"],
    ["ArtifactFailed", "Source artifact not found, retrying in 5s", "passing"],
    ["ReconciliationFailed", 'dry-run failed: no matches for kind "Nope"', "passing"],
    ["ReconciliationFailed", 'dry-run failed (NotFound): namespaces "a" not found', "passing"],
    ["ReconciliationFailed", "dry-run failed (Forbidden): cannot patch", "probable"],
    ["ReconciliationFailed", ".spec.typo: field not declared in schema", "probable"],
    ["GitOperationFailed", "dial tcp 127.0.0.1:1: connect: connection refused", "passing"],
    ["GitOperationFailed", 'couldn\'t find remote ref "refs/heads/nope"', "probable"],
    ["PruneFailed", "cannot delete", "probable"],
  ];
  for (const [reason, message, expected] of cases) {
    it(`calls ${reason} with "${message}" ${expected}`, () => {
      assert.equal(classify(reason, message), expected);
    });
  }
});

describe("weighFailure", () => {
  const failing = (
    kind: "definite" | "probable" | "passing",
    message = "try 1",
  ): ObjectState & { kind: "failing" } => ({
    kind: "failing",
    class: kind,
    reason: "ReconciliationFailed",
    message,
  });
  const patience = defaultFailurePatience;

  it("lets a definite failure count only after it lasted", () => {
    const first = weighFailure(failing("definite"), undefined, undefined, 0, patience);
    assert.equal(first.final, false);
    const later = weighFailure(
      failing("definite", "try 22"),
      first.track,
      undefined,
      patience.definiteMs,
      patience,
    );
    assert.equal(later.final, true);
  });
  it("starts over when another failure takes its place", () => {
    const first = weighFailure(failing("definite"), undefined, undefined, 0, patience);
    const other = weighFailure(
      failing("definite", "other"),
      first.track,
      undefined,
      patience.definiteMs,
      patience,
    );
    assert.equal(other.final, false);
  });
  it("lets a probable failure count after the tries that were asked for", () => {
    let track = weighFailure(failing("probable"), undefined, undefined, 0, patience).track;
    for (const asked of ["one", "two"]) {
      const due = weighFailure(failing("probable"), track, undefined, 30_000, patience);
      assert.deepEqual([due.final, due.ask], [false, true]);
      track = withAsk(due.track, asked, 0);
      const unhandled = weighFailure(failing("probable"), track, "zero", 1, patience);
      assert.deepEqual([unhandled.final, unhandled.ask], [false, false]);
      track = weighFailure(failing("probable"), track, asked, 2, patience).track;
    }
    assert.equal(weighFailure(failing("probable"), track, "two", 3, patience).final, true);
  });
  it("lets a probable failure count in the end although nobody tries again", () => {
    const { track } = weighFailure(failing("probable"), undefined, undefined, 0, patience);
    assert.equal(
      weighFailure(failing("probable"), track, undefined, patience.probableMs, patience).final,
      true,
    );
  });
  it("never lets a passing failure count", () => {
    const { track } = weighFailure(failing("passing"), undefined, undefined, 0, patience);
    assert.equal(
      weighFailure(failing("passing"), track, undefined, 3_600_000, patience).final,
      false,
    );
  });
});

describe("holdBack", () => {
  const waiting: ObjectState = { kind: "waiting", missing: false, detail: "" };
  const suspended = (current: boolean): ObjectState => ({ kind: "suspended", current, detail: "" });
  const one = (key: string, state: ObjectState, needs: readonly string[] = []): HoldCandidate => ({
    key,
    state,
    needs,
    lost: state.kind === "failing",
    appliedBy: key === "root" ? undefined : "root",
  });

  it("names the first cause along a chain of dependencies", () => {
    const states = holdBack([
      one("c", waiting, ["b"]),
      one("b", waiting, ["a"]),
      one("a", suspended(false)),
    ]);
    assert.deepEqual(states.get("c"), { kind: "held", by: "a", detail: "" });
    assert.deepEqual(states.get("a"), suspended(false));
  });
  it("holds nothing back by an object that is suspended at the commit", () => {
    const states = holdBack([one("b", waiting, ["a"]), one("a", suspended(true))]);
    assert.equal(states.get("b")?.kind, "waiting");
  });
  it("holds back what does not exist when its applier failed, and not what exists", () => {
    const root: ObjectState = { kind: "failing", class: "definite", reason: "", message: "" };
    const states = holdBack([
      one("root", root),
      one("new", { kind: "waiting", missing: true, detail: "" }),
      one("old", waiting),
    ]);
    assert.deepEqual(states.get("new"), { kind: "held", by: "root", detail: "" });
    assert.equal(states.get("old")?.kind, "waiting");
  });
  it("leaves a cycle waiting", () => {
    const states = holdBack([one("a", waiting, ["b"]), one("b", waiting, ["a"])]);
    assert.deepEqual([states.get("a")?.kind, states.get("b")?.kind], ["waiting", "waiting"]);
  });
});
