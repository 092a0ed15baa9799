import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  clusterClient,
  fluxKinds,
  waitForFleet,
  watchFleet,
  type WaitCluster,
  type WaitOptions,
  type WaitReport,
} from "../../cluster/index.js";
import { FleetError } from "../../errors.js";
import { startApiServer, type ApiServer } from "./api-server.js";
import { commits, Stage } from "./stage.js";

const { ours: commit, later } = commits;
const writer = { fieldManager: "test", force: true } as const;

let api: ApiServer;
before(async () => {
  api = await startApiServer();
});
after(() => api.stop());

/** Long enough for one look at a cluster on a busy machine. */
const shortMs = 4_000;

const lines: string[] = [];
function options(more: Partial<WaitOptions> = {}): WaitOptions {
  lines.length = 0;
  return {
    commit,
    isDescendant: (applied) => Promise.resolve(applied === later),
    timeoutMs: 60_000,
    tenantMs: 300,
    failures: { definiteMs: 600, probableMs: 2_500, retryMs: 300, tries: 2 },
    onProgress: (cluster, line) => lines.push(`${cluster}: ${line}`),
    ...more,
  };
}

/** Waits until the waiting has told something. */
async function said(line: RegExp): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!lines.some((one) => line.test(one))) {
    assert.ok(Date.now() < deadline, `nobody said ${String(line)}:\n${lines.join("\n")}`);
    await sleep(20);
  }
}

function stateOf(report: WaitReport, object: string): string | undefined {
  return report.clusters[0]?.objects.find((one) => one.object.includes(object))?.state.kind;
}

async function failure(
  clusters: readonly WaitCluster[],
  more: Partial<WaitOptions> = {},
): Promise<FleetError> {
  try {
    await waitForFleet(clusters, options(more));
  } catch (error) {
    assert.ok(FleetError.is(error), String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

describe("waiting for a fleet", () => {
  it("ends when every Kustomization has applied the commit or a descendant, and not before", async () => {
    const stage = await Stage.open(api.client, "wait-reached");
    await stage.declare("root");
    await stage.declare("apps");
    stage.expect("late");
    await stage.applied("root", commit);
    await stage.applied("apps", commits.before);
    let ended = false;
    const waiting = waitForFleet([stage.cluster()], options()).finally(() => (ended = true));
    await said(/^eu: 2 of 4/);
    assert.equal(ended, false);
    await stage.applied("apps", later);
    await said(/^eu: 3 of 4/);
    assert.equal(ended, false);
    await stage.apply("late");
    await said(/^eu: 3 of 4 .*not reported/);
    assert.equal(ended, false);
    await stage.applied("late", commit);
    const report = await waiting;
    assert.ok(report.clusters[0]?.reached);
    assert.deepEqual(report.findings, []);
    assert.match(lines.at(-1) ?? "", /^eu: 4 of 4 at aaaaaaa$/);
    assert.equal(new Set(lines).size, lines.length);
  });

  it("waits until a changed declaration is observed", async () => {
    const stage = await Stage.open(api.client, "wait-generation");
    await stage.declare("root");
    await stage.applied("root", commit);
    await stage.apply("root", { interval: "5m" });
    const error = await failure([stage.cluster()], { timeoutMs: shortMs });
    assert.equal(error.code, "WAIT_TIMEOUT");
    await stage.applied("root", commit);
    await waitForFleet([stage.cluster()], options());
  });

  it("fails once for all clusters, with cluster, object, reason and message", async () => {
    const one = await Stage.open(api.client, "wait-failed-1");
    const two = await Stage.open(api.client, "wait-failed-2");
    await one.declare("apps");
    await one.declare("db", { dependsOn: [{ name: "apps" }] });
    await one.declare("good");
    await one.failed(
      "apps",
      commit,
      "BuildFailed",
      "accumulating resources: https://u:hunter22@x.example.com/a",
    );
    await one.failed(
      "db",
      commit,
      "DependencyNotReady",
      "dependency 'wait-failed-1/apps' is not ready",
    );
    await one.applied("good", commit);
    await two.declare("root");
    await two.failed("root", commit, "ReconciliationFailed", "dry-run failed (Forbidden)");
    const start = Date.now();
    const error = await failure([one.cluster(), two.cluster({ name: "us" })], {
      timeoutMs: 60_000,
    });
    assert.ok(Date.now() - start < 30_000);
    assert.deepEqual(
      error.findings.map(({ code, path }) => [code, path]),
      [
        ["WAIT_FAILED", 'Cluster "eu": Kustomization wait-failed-1/apps'],
        ["WAIT_FAILED", 'Cluster "us": Kustomization wait-failed-2/root'],
      ],
    );
    assert.match(error.message, /BuildFailed: accumulating.*holds back wait-failed-1\/db/);
    assert.ok(!error.message.includes("hunter22"));
  });

  it("does not take the failure of an older commit for one of this commit", async () => {
    const stage = await Stage.open(api.client, "wait-older");
    await stage.declare("root");
    await stage.failed("root", commits.before, "BuildFailed", "bad");
    const waiting = waitForFleet([stage.cluster()], options());
    await said(/^eu: /);
    // Longer than a definite failure has to last.
    await sleep(1_500);
    await stage.applied("root", commit);
    await waiting;
  });

  it("survives a failure that passes, and asks the controller to try again", async () => {
    const stage = await Stage.open(api.client, "wait-passing");
    await stage.declare("root");
    await stage.failed("root", commit, "ReconciliationFailed", 'no matches for kind "Nope"');
    const waiting = waitForFleet([stage.cluster()], options());
    const ref = { ...fluxKinds.Kustomization, namespace: stage.namespace, name: "root" };
    let asked: string | undefined;
    for (let count = 0; count < 300 && asked === undefined; count++) {
      await sleep(100);
      asked = (await api.client.get(ref))?.metadata.annotations?.[
        "reconcile.fluxcd.io/requestedAt"
      ];
    }
    assert.ok(asked !== undefined);
    await stage.applied("root", commit);
    await waiting;
  });

  it("reports what is suspended and what that holds back, and does not wait for either", async () => {
    const stage = await Stage.open(api.client, "wait-suspended");
    await stage.declare("root");
    await stage.applied("root", commit);
    await stage.declare("base", { suspend: true });
    await stage.applied("base", commits.before);
    await stage.declare("top", { dependsOn: [{ name: "base" }] });
    await stage.failed(
      "top",
      commit,
      "DependencyNotReady",
      "dependency revision is not up to date",
    );
    const report = await waitForFleet([stage.cluster()], options());
    assert.equal(stateOf(report, "/base"), "suspended");
    assert.equal(stateOf(report, "/top"), "held");
    assert.equal(report.findings.length, 1);
    assert.match(
      report.findings[0]?.problem ?? "",
      /suspended at ccccccc.*holds back wait-suspended\/top/,
    );
    assert.equal(report.findings[0]?.severity, "warning");
  });

  it("reports that a suspended source holds everything back", async () => {
    const stage = await Stage.open(api.client, "wait-suspended-source");
    await stage.declare("root");
    await stage.applied("root", commits.before);
    await stage.fetched(commits.before);
    const ref = { ...fluxKinds.GitRepository, namespace: stage.namespace, name: "fleet" };
    await api.client.patch(ref, { spec: { suspend: true } }, writer);
    const report = await watchFleet([stage.cluster()], options());
    assert.equal(stateOf(report, "/root"), "held");
  });

  it("names a source that cannot be read as the one cause", async () => {
    const stage = await Stage.open(api.client, "wait-source");
    await stage.declare("root");
    await stage.applied("root", commits.before);
    await stage.fetched(commits.before);
    await stage.status("GitRepository", "fleet", {
      ready: ["False", "AuthenticationFailed", 'secrets "missing" not found'],
    });
    const error = await failure([stage.cluster()], { timeoutMs: 30_000 });
    assert.deepEqual(
      error.findings.map(({ code }) => code),
      ["WAIT_SOURCE_FAILED"],
    );
    assert.match(
      error.message,
      /GitRepository wait-source\/fleet.*missing.*holds back wait-source\/root/,
    );
  });

  it("reports tenants' own Kustomizations and fails only for those that are required", async () => {
    const stage = await Stage.open(api.client, "wait-tenants");
    await stage.declare("root");
    await stage.applied("root", commit);
    const own = { sourceRef: { kind: "GitRepository", name: "own" } };
    await stage.declare("a", own, { tenant: "a" });
    await stage.status("Kustomization", "a", {
      ready: ["False", "HealthCheckFailed", "no replicas"],
    });
    await stage.declare("silent", own, { tenant: "silent" });
    const report = await waitForFleet([stage.cluster()], options());
    assert.deepEqual(
      report.findings.map(({ severity }) => severity),
      ["warning", "warning"],
    );
    assert.match(report.findings[0]?.problem ?? "", /HealthCheckFailed: no replicas/);
    await stage.declare("b", own, { tenant: "b", waitFor: true });
    await stage.status("Kustomization", "b", {
      ready: ["False", "HealthCheckFailed", "no replicas"],
    });
    const error = await failure([stage.cluster()]);
    assert.deepEqual(
      error.findings.map(({ path }) => path),
      ['Cluster "eu": Kustomization wait-tenants/b'],
    );
  });

  it("says what a cluster lacks when the time is over", async () => {
    const stage = await Stage.open(api.client, "wait-timeout");
    await stage.declare("root");
    stage.expect("new");
    const error = await failure([stage.cluster()], { timeoutMs: shortMs });
    assert.deepEqual(
      error.findings.map(({ code }) => code),
      ["WAIT_TIMEOUT", "WAIT_TIMEOUT"],
    );
    assert.match(
      error.message,
      /new: it does not run the commit after 4 seconds: it does not exist yet/,
    );
    assert.match(error.message, /root: .* its controller has not reported anything yet/);
  });

  it("waits for objects to be gone, and says what keeps them", async () => {
    const stage = await Stage.open(api.client, "wait-gone");
    await stage.declare("root");
    await stage.applied("root", commit);
    const ref = {
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: stage.namespace,
      name: "leaving",
    };
    await api.client.create(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "leaving", namespace: stage.namespace, finalizers: ["example.com/keep"] },
      },
      writer,
    );
    await api.client.delete(ref);
    const cluster = stage.cluster({ absent: [ref, { ...ref, name: "never-was" }] });
    const error = await failure([cluster], { timeoutMs: shortMs });
    assert.equal(error.code, "WAIT_NOT_GONE");
    assert.match(
      error.message,
      /ConfigMap wait-gone\/leaving: it is still there.*example\.com\/keep/,
    );
    const waiting = waitForFleet([cluster], options());
    await sleep(700);
    await api.client.patch(ref, { metadata: { finalizers: null } }, writer);
    await waiting;
  });

  it("gives up a cluster that stays out of reach and still reports the others", async () => {
    const stage = await Stage.open(api.client, "wait-unreachable");
    await stage.declare("root");
    await stage.failed("root", commit, "BuildFailed", "bad");
    const dead = clusterClient(api.kubeconfig.replace(api.server, "https://127.0.0.1:1"), {
      name: "dead",
    });
    const error = await failure(
      [stage.cluster(), { ...stage.cluster(), name: "dead", client: dead }],
      {
        unreachableMs: 1_000,
      },
    );
    assert.deepEqual(
      error.findings.map(({ code, path }) => [code, path]),
      [
        ["CLUSTER_UNREACHABLE", 'Cluster "dead"'],
        ["WAIT_FAILED", 'Cluster "eu": Kustomization wait-unreachable/root'],
      ],
    );
  });

  it("goes on after an API server was away for a while", async () => {
    const stage = await Stage.open(api.client, "wait-restart");
    await stage.declare("root");
    const waiting = waitForFleet([stage.cluster()], options({ timeoutMs: 120_000 }));
    await said(/^eu: 1 of 2/);
    await api.pause();
    await said(/cannot be reached/);
    await api.resume();
    await stage.applied("root", commit);
    await waiting;
  });

  it("ends when it is cancelled, naming what was not reached", async () => {
    const stage = await Stage.open(api.client, "wait-cancelled");
    await stage.declare("root");
    const cancelled = new AbortController();
    const onProgress = (): void => {
      cancelled.abort();
    };
    const error = await failure([stage.cluster()], { signal: cancelled.signal, onProgress });
    assert.equal(error.code, "WAIT_CANCELLED");
  });

  it("costs an API server little", async (context) => {
    const stage = await Stage.open(api.client, "wait-load");
    for (let index = 0; index < 40; index++) await stage.declare(`k${String(index)}`);
    const used = process.cpuUsage();
    await watchFleet([stage.cluster()], options({ timeoutMs: 8_000 }));
    const { user, system } = process.cpuUsage(used);
    context.diagnostic(
      `40 Kustomizations, 8 s: ${String((user + system) / 1000)} ms of this process`,
    );
    assert.ok((user + system) / 1000 < 2_000);
  });
});
