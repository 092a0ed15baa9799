/** What the waiting tells of health: the objects behind a failed check, and HelmReleases. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fluxKinds, waitForFleet, watchFleet } from "../../cluster/index.js";
import type { ExpectedRelease, KubeObject, WaitCluster, WaitOptions } from "../../cluster/index.js";
import { unhealthy } from "../../cluster/wait-causes.js";
import { fluxDefinitions, startApiServer } from "./api-server.js";
import type { ApiServer } from "./api-server.js";
import { commits, Stage } from "./stage.js";

const { ours: commit, before: older } = commits;
const writer = { fieldManager: "test", force: true } as const;

let api: ApiServer;
before(async () => {
  api = await startApiServer(
    fluxDefinitions(["source-controller", "kustomize-controller", "helm-controller"]),
  );
});
after(() => api.stop());

const options: WaitOptions = {
  commit,
  isDescendant: () => Promise.resolve(false),
  timeoutMs: 4_000,
  tenantMs: 300,
  failures: { definiteMs: 300, probableMs: 1_500, retryMs: 300, tries: 2 },
};

/** What is found of one cluster. */
async function problems(
  cluster: WaitCluster,
  more: Partial<WaitOptions> = {},
): Promise<readonly string[]> {
  const { findings } = await watchFleet([cluster], { ...options, ...more });
  return findings.map(
    ({ code, path, problem, severity }) => `${severity ?? "error"} ${code} ${path}: ${problem}`,
  );
}

/** Writes a HelmRelease and what its controller says of it. */
async function release(
  { client, namespace }: Stage,
  name: string,
  conditions: readonly (readonly [type: string, status: string, reason: string, message: string])[],
  observed?: number,
): Promise<void> {
  const ref = { ...fluxKinds.HelmRelease, metadata: { name, namespace } };
  const chartRef = { kind: "OCIRepository", name };
  await client.apply({ ...ref, spec: { interval: "1h", chartRef } }, writer);
  const live = await client.get({ ...fluxKinds.HelmRelease, name, namespace });
  const observedGeneration = observed ?? live?.metadata.generation;
  const status = {
    observedGeneration,
    conditions: conditions.map(([type, state, reason, message]) => ({
      ...{ type, status: state, reason, message, observedGeneration },
      lastTransitionTime: "2026-01-01T00:00:00Z",
    })),
  };
  await client.patch(
    { ...fluxKinds.HelmRelease, name, namespace },
    { status },
    { fieldManager: "test", subresource: "status" },
  );
}

const broken = [
  ["Ready", "False", "UpgradeFailed", "Helm upgrade failed for release a/web: port is invalid"],
  ["Remediated", "True", "RollbackSucceeded", "Helm rollback to previous release succeeded"],
] as const;
const good = [["Ready", "True", "InstallSucceeded", "Helm install succeeded"]] as const;

/** A stage whose Kustomization `infra` says something of its health, with what it applied. */
async function checking(
  namespace: string,
  ready: readonly string[],
  ...ids: readonly string[]
): Promise<Stage> {
  const stage = await Stage.open(api.client, namespace);
  await stage.declare("infra");
  await stage.declare("apps", { dependsOn: [{ name: "infra" }] });
  const entries = ids.map((id) => ({ id, v: id.includes("helm") ? "v2" : "v1" }));
  await stage.status("Kustomization", "infra", {
    ...{ lastAttemptedRevision: `main@sha1:${commit}`, inventory: { entries }, ready },
  });
  return stage;
}

describe("a Kustomization whose check of health failed", () => {
  it("is told with what the objects that it names say of themselves", async () => {
    const name = "health-named";
    const said = `timeout waiting for: [HelmRelease/${name}/web status: 'InProgress']`;
    const id = (one: string): string => `${name}_${one}_helm.toolkit.fluxcd.io_HelmRelease`;
    const ready = ["False", "HealthCheckFailed", said];
    const stage = await checking(name, ready, id("web"), id("other"), `${name}_gone__ConfigMap`);
    await release(stage, "web", broken);
    await release(stage, "other", broken);
    const [found = "", ...more] = await problems(stage.cluster());
    assert.deepEqual(more, []);
    assert.equal(
      found,
      `error WAIT_FAILED Cluster "eu": Kustomization ${name}/infra: HealthCheckFailed: ${said}. ` +
        `HelmRelease ${name}/web: UpgradeFailed: Helm upgrade failed for release a/web: port is invalid, ` +
        `RollbackSucceeded: Helm rollback to previous release succeeded; it holds back ${name}/apps.`,
    );
  });

  it("is told in the same way while it still checks when the time is over", async () => {
    const name = "health-running";
    const doing = ["Unknown", "Progressing", "Running health checks for revision main@sha1:a"];
    const id = `${name}_web_helm.toolkit.fluxcd.io_HelmRelease`;
    const stage = await checking(name, doing, id, `_${name}__Namespace`);
    await release(stage, "web", broken);
    const [, found = ""] = await problems(stage.cluster(), { timeoutMs: 1_500 });
    assert.match(found, /WAIT_TIMEOUT .*Running health checks/);
    assert.match(found, /HelmRelease health-running\/web: UpgradeFailed/);
  });
});

describe("what an object says against itself", () => {
  const object = (more: object): KubeObject => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } },
    ...more,
  });
  const said = (...conditions: readonly object[]): string | undefined =>
    unhealthy(object({ status: { conditions } }));

  it("is each bad condition once, however it is bad", () => {
    assert.equal(
      said(
        {
          type: "Available",
          status: "False",
          reason: "MinimumReplicasUnavailable",
          message: "No.",
        },
        { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", message: "yes" },
        { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" },
      ),
      "MinimumReplicasUnavailable: No, FailedCreate: quota",
    );
    assert.equal(said({ type: "Ready", status: "True", reason: "Good", message: "" }), undefined);
    assert.equal(said({ type: "Stalled", status: "False", reason: "No", message: "" }), undefined);
    assert.equal(
      (
        said({
          type: "Ready",
          status: "False",
          reason: "R",
          message: "x".repeat(30).concat(" ").repeat(20),
        }) ?? ""
      ).length,
      280,
    );
  });

  it("is a number where there are no conditions, and never a credential", () => {
    const set = { spec: { replicas: 3 }, status: { readyReplicas: 1 } };
    assert.equal(unhealthy(object(set)), "1 of 3 pods are ready");
    assert.equal(
      unhealthy(object({ spec: { replicas: 1 }, status: { readyReplicas: 1 } })),
      undefined,
    );
    const message = "get https://user:hunter22@charts.example.com failed";
    assert.doesNotMatch(
      said({ type: "Ready", status: "False", reason: "R", message }) ?? "",
      /hunter22/,
    );
  });
});

describe("a HelmRelease at which no Kustomization looks", () => {
  const awaited = (stage: Stage, waitFor: boolean): WaitCluster => {
    const { namespace } = stage;
    const one: ExpectedRelease = {
      namespace,
      name: "web",
      appliedBy: `${namespace}/infra`,
      waitFor,
    };
    return stage.cluster({ releases: [one] });
  };
  async function stageWith(name: string): Promise<Stage> {
    const stage = await Stage.open(api.client, name);
    await stage.declare("infra");
    await stage.applied("infra", commit);
    return stage;
  }

  it("is waited for with its tenant, until it is Ready", async () => {
    const stage = await stageWith("release-awaited");
    const waiting = waitForFleet([awaited(stage, true)], { ...options, timeoutMs: 30_000 });
    await release(stage, "web", [["Ready", "Unknown", "Progressing", "installing"]]);
    await release(stage, "web", good);
    const report = await waiting;
    assert.deepEqual(report.findings, []);
    assert.equal(report.clusters[0]?.objects.at(-1)?.state.kind, "current");
  });

  it("fails up when its failure lasts, and is only reported where nobody waits for the tenant", async () => {
    const stage = await stageWith("release-failed");
    await release(stage, "web", broken);
    const [failed = ""] = await problems(awaited(stage, true));
    assert.match(
      failed,
      /^error WAIT_FAILED Cluster "eu": HelmRelease release-failed\/web: UpgradeFailed/,
    );
    const [told = ""] = await problems(awaited(stage, false));
    assert.match(
      told,
      /^warning WAIT_NOT_CURRENT .*HelmRelease release-failed\/web: it is not Ready/,
    );
  });

  it("is not judged before the commit is applied there, nor by what was said of an older declaration", async () => {
    const stage = await stageWith("release-early");
    await stage.applied("infra", older);
    await release(stage, "web", broken);
    const late = await problems(awaited(stage, true), { timeoutMs: 2_500 });
    assert.ok(
      late.every((one) => one.startsWith("error WAIT_TIMEOUT")),
      late.join("\n"),
    );
    await stage.applied("infra", commit);
    await release(stage, "web", broken, 0);
    const [seen = ""] = await problems(awaited(stage, true), { timeoutMs: 2_500 });
    assert.match(seen, /^error WAIT_TIMEOUT .*HelmRelease/);
  });
});
