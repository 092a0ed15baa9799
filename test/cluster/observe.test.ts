import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ensureNamespace,
  fluxKinds,
  nudge,
  observeCluster,
  waitForNamespace,
} from "../../cluster/index.js";
import { startApiServer, type ApiServer } from "./api-server.js";
import { commits, Stage } from "./stage.js";

const { ours: commit, later } = commits;

let api: ApiServer;
before(async () => {
  api = await startApiServer();
});
after(() => api.stop());

describe("what is looked at and asked for around a wait", () => {
  it("creates a Namespace once and waits for one that somebody else creates", async () => {
    assert.equal(await ensureNamespace(api.client, "made"), "created");
    assert.equal(await ensureNamespace(api.client, "made"), "present");
    const waiting = waitForNamespace(api.client, "awaited", { timeoutMs: 60_000 });
    await sleep(600);
    await api.other.create("/api/v1/namespaces", { metadata: { name: "awaited" } });
    await waiting;
    await assert.rejects(waitForNamespace(api.client, "never", { timeoutMs: 600 }), {
      code: "WAIT_TIMEOUT",
    });
  });

  it("asks for reconciliation under an own name and leaves everything else alone", async () => {
    const stage = await Stage.open(api.client, "nudged");
    const first = await nudge(api.client, "GitRepository", "nudged", "fleet");
    const second = await nudge(api.client, "GitRepository", "nudged", "fleet");
    assert.notEqual(first, second);
    const ref = { ...fluxKinds.GitRepository, namespace: stage.namespace, name: "fleet" };
    const live = await api.client.get(ref);
    assert.equal(live?.metadata.annotations?.["reconcile.fluxcd.io/requestedAt"], second);
    assert.equal(live?.metadata.generation, 1);
    const managers = JSON.stringify(live.metadata).match(/"manager":"[^"]+"/g);
    assert.ok(managers?.includes('"manager":"pulumi-flux-fleet"'));
    assert.equal(await nudge(api.client, "Kustomization", "nudged", "missing"), undefined);
  });

  it("observes a cluster as it is", async () => {
    const observed = await observeCluster(api.client);
    assert.ok(observed.reachable);
    const system = await api.other.get("/api/v1/namespaces/kube-system");
    assert.equal(observed.uid, system.metadata.uid);
    assert.equal(observed.kubernetesVersion, "v1.36.2");
    assert.equal(observed.root, undefined);
  });

  it("observes what is applied again as it was, and what is new as undecided", async () => {
    const stage = await Stage.open(api.client, "observed");
    await stage.declare("again");
    await stage.applied("again", commit);
    const ready = async (): Promise<boolean | undefined> => {
      const observed = await observeCluster(api.client);
      assert.ok(observed.reachable);
      return observed.kustomizations.find(({ name }) => name === "again")?.ready;
    };
    const during = (attempted: string): Promise<void> =>
      stage.status("Kustomization", "again", {
        lastAttemptedRevision: `main@sha1:${attempted}`,
        ready: ["Unknown", "Progressing", "Reconciliation in progress"],
      });
    assert.equal(await ready(), true);
    await during(commit);
    assert.equal(await ready(), true);
    await during(later);
    assert.equal(await ready(), undefined);
    await during(commit);
    await stage.apply("again", { interval: "5m" });
    assert.equal(await ready(), undefined, "its new declaration is unseen");
    await stage.failed("again", commit, "HealthCheckFailed", "no replicas");
    assert.equal(await ready(), false);
  });
});
