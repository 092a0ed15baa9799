import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { layer } from "../../index.js";
import type { TenantArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { failure } from "../support/engine.js";
import {
  applied,
  assertAt,
  assertRuns,
  condition,
  find,
  nudge,
  pathOf,
  read,
  text,
  until,
} from "./support/live.js";
import {
  commitApp,
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
  type LabFleet,
} from "./support/lab-fleet.js";

let lab: Lab;
let clusters: readonly LabCluster[];
let fleet: LabFleet;
let appHead: string;

/** The two tenants of this file. Flux gives no health check less than 30 seconds. */
function declareTenants(payments: Partial<TenantArgs> = {}, search?: Partial<TenantArgs>): void {
  fleet.declare({
    tenants: [
      labTenant(lab, "payments", { waitFor: true, ...payments }),
      ...(search === undefined
        ? []
        : [labTenant(lab, "search", { timeout: "30s", retryInterval: "10s", ...search })]),
    ],
  });
}

before(async () => {
  lab = await openLab(2);
  clusters = lab.clusters.slice(0, 2); // the shared ones; other files add theirs behind
  appHead = await createApp(lab, "payments");
  fleet = await labFleet(lab, "fleet-tenants", {
    clusters: clusters.map((one) => labCluster(one)),
  });
  declareTenants();
});
after(async () => {
  fleet.stack.dispose();
  await lab.stop();
});

describe("one program on two clusters", () => {
  let commit: string;

  it("brings both clusters from nothing to its one commit, and the workload to its own head", async () => {
    commit = await fleet.up();
    assert.deepEqual(await fleet.commits(), [commit]);
    for (const cluster of clusters) {
      await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/payments");
      await assertAt(cluster, appHead, "payments/payments");
      await assertRuns(cluster, "payments");
    }
  });

  it("does nothing when nothing changed", async () => {
    const { changeSummary, outputs } = await fleet.stack.up();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
    assert.equal(outputs["commit"]?.value, commit);
    assert.deepEqual(await fleet.commits(), [commit]);
  });

  it("makes one commit of one changed value and lets both clusters apply it", async () => {
    const before = await lab.git.read(fleet.repository, "main");
    declareTenants({ interval: "30m" });
    commit = await fleet.up();
    assert.equal((await fleet.commits()).length, 2);
    const files = await lab.git.read(fleet.repository, "main");
    const changed = [...files.keys()].filter((path) => files.get(path) !== before.get(path));
    assert.deepEqual(changed, [
      ".flux-fleet/acme.json",
      ...clusters.map(({ name }) => `tenants/production/${name}/payments/sync.yaml`),
    ]);
    for (const cluster of clusters) {
      await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/payments");
      const { spec } = await read(cluster, "Kustomization payments/payments");
      assert.equal(spec?.["interval"], "30m");
    }
  });

  it("runs no step and keeps its output when somebody else commits in between", async () => {
    const foreign = await lab.git.commit(fleet.repository, "main", { "README.md": "# Ours\n" });
    const first = await fleet.stack.up();
    for (const cluster of clusters) {
      await nudge(cluster, "GitRepository flux-system/flux-system");
      await until("the cluster has applied the foreign commit", async () => {
        const names = ["flux-system", "payments"];
        const objects = await Promise.all(
          names.map((name) => find(cluster, `Kustomization flux-system/${name}`)),
        );
        return objects.every((one) => applied(one) === foreign);
      });
    }
    const second = await fleet.stack.up();
    for (const { changeSummary, outputs } of [first, second]) {
      assert.deepEqual(Object.keys(changeSummary), ["same"]);
      assert.equal(outputs["commit"]?.value, commit);
    }
    assert.equal((await fleet.commits())[0], foreign);
  });

  it("mends a Secret that drifted when it refreshes", async () => {
    const [cluster] = clusters;
    assert.ok(cluster);
    const secret = "Secret payments/payments-source";
    const wrong = Buffer.from("drifted").toString("base64");
    await cluster.api.patch(pathOf(secret), { data: { password: wrong } });
    const { changeSummary } = await fleet.stack.up({ refresh: true });
    assert.equal(changeSummary["update"], 1);
    assert.equal(text(await read(cluster, secret), "password"), lab.git.reader.token);
  });
});

describe("a tenant that is broken", () => {
  const unbuildable = { "deploy/broken.yaml": "kind: [" };

  it("is reported when a bad commit of its own breaks it, while the change of another lands", async () => {
    await createApp(lab, "search");
    declareTenants({}, {});
    await fleet.up();
    await lab.git.commit("search-app", "main", unbuildable);
    await lookAgain("search");
    await untilFailed("search", "BuildFailed");

    appHead = await commitApp(lab, "payments", "two");
    declareTenants({ interval: "20m" }, {});
    const { outputs, problems } = await fleet.stack.up();
    await lookAgain("payments");
    await untilLanded("payments", "two");
    for (const cluster of clusters) {
      await assertAt(cluster, String(outputs["commit"]?.value), "flux-system/payments");
      const problem = `Cluster "${cluster.name}": Kustomization search/search: it is not Ready`;
      assert.ok(problems.includes(problem), problems);
    }
  });

  it("fails up with cluster, object and reason when it is waited for, also without a change in Git", async () => {
    const before = await fleet.commits();
    declareTenants({ interval: "20m" }, { waitFor: true });
    const { problems } = await failure(fleet.stack.up());
    for (const { name } of clusters) {
      assert.ok(
        problems.includes(`Cluster "${name}": Kustomization search/search: BuildFailed`),
        problems,
      );
    }
    assert.match(problems, /WAIT_FAILED/);
    assert.deepEqual(await fleet.commits(), before);
  });

  it("lets up succeed again with an unchanged program once its repository is mended", async () => {
    await lab.git.commit("search-app", "main", { "deploy/broken.yaml": null });
    await lookAgain("search");
    await untilLanded("search", "one");
    await fleet.up();
  });

  it("can be broken by a ResourceQuota in a hand-written directory, and no other tenant notices", async () => {
    await lab.git.commit(fleet.repository, "main", { "limits/quota.yaml": quota("search", 0) });
    declareTenants({ interval: "20m" }, {});
    fleet.declare({ layers: [layer("limits", { clusters: "all", directory: "./limits" })] });
    const commit = await fleet.up();
    for (const cluster of clusters) await assertAt(cluster, commit, "flux-system/limits");

    await commitApp(lab, "search", "two");
    await commitApp(lab, "payments", "three");
    await lookAgain("search");
    await lookAgain("payments");
    declareTenants({ interval: "15m" }, { waitFor: true });
    const { problems } = await failure(fleet.stack.up());
    await untilLanded("payments", "three");
    const [head = ""] = await fleet.commits();
    for (const cluster of clusters) {
      await assertAt(cluster, head, "flux-system/flux-system", "flux-system/payments");
      await assertRuns(cluster, "payments");
      assert.ok(
        problems.includes(
          `Cluster "${cluster.name}": Kustomization search/search: HealthCheckFailed`,
        ),
        problems,
      );
    }

    await lab.git.commit(fleet.repository, "main", { "limits/quota.yaml": quota("search", 10) });
    for (const cluster of clusters) await nudge(cluster, "GitRepository flux-system/flux-system");
    await untilLanded("search", "two");
  });
});

it("reports a suspended Kustomization, does not wait for it, and leaves it suspended", async () => {
  const [cluster] = clusters;
  assert.ok(cluster);
  const object = "Kustomization flux-system/search";
  const [head] = await fleet.commits();
  await until("it has applied all that is in Git", async () => {
    const live = await read(cluster, object);
    return applied(live) === head && condition(live, "Ready")?.status === "True";
  });
  const suspended = applied(await read(cluster, object));
  await cluster.api.patch(pathOf(object), { spec: { suspend: true } });
  declareTenants({ interval: "15m" }, { interval: "45m" });
  const { outputs, problems } = await fleet.stack.up();
  assert.match(
    problems,
    /Cluster "cluster-1": Kustomization flux-system\/search: it is suspended at/,
  );
  assert.doesNotMatch(problems, /"cluster-2": Kustomization flux-system\/search/);
  const commit = String(outputs["commit"]?.value);
  const { changeSummary } = await fleet.stack.up();
  assert.deepEqual(Object.keys(changeSummary), ["same"]);
  const live = await read(cluster, object);
  assert.equal(live.spec?.["suspend"], true);
  assert.equal(applied(live), suspended);
  await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/payments");

  await cluster.api.patch(pathOf(object), { spec: { suspend: false } });
  await until("the resumed Kustomization follows", async () => {
    return applied(await read(cluster, object)) === commit;
  });
});

it("changes the role of a tenant that is running", async () => {
  const reason = "runs Flux kinds of its own";
  const role = { kind: "ClusterRole", name: "edit", reason } as const;
  declareTenants({ interval: "15m", role }, { interval: "45m" });
  const before = await Promise.all(clusters.map(uidOfWorkload));
  const commit = await fleet.up();
  for (const cluster of clusters) {
    await assertAt(cluster, commit, "flux-system/payments");
    const { roleRef } = await read(cluster, "RoleBinding payments/payments-reconciler");
    assert.deepEqual(roleRef, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "edit",
    });
    assert.equal(await find(cluster, "Role payments/payments-reconciler"), undefined);
    await assertRuns(cluster, "payments");
  }
  assert.deepEqual(await Promise.all(clusters.map(uidOfWorkload)), before);
});

async function uidOfWorkload(cluster: LabCluster): Promise<string | undefined> {
  return (await read(cluster, "Deployment payments/web")).metadata.uid;
}

/** Lets every cluster fetch a tenant's repository now. */
async function lookAgain(tenant: string): Promise<void> {
  await Promise.all(clusters.map((one) => nudge(one, `GitRepository ${tenant}/${tenant}`)));
}

async function untilFailed(tenant: string, reason: string): Promise<void> {
  for (const cluster of clusters) {
    await until(`${tenant} shows ${reason} on ${cluster.name}`, async () => {
      const ready = condition(await read(cluster, `Kustomization ${tenant}/${tenant}`), "Ready");
      return ready?.status === "False" && ready.reason === reason;
    });
  }
}

async function untilLanded(tenant: string, value: string): Promise<void> {
  for (const cluster of clusters) {
    await until(`${tenant} has ${value} on ${cluster.name}`, async () => {
      const ready = condition(await read(cluster, `Kustomization ${tenant}/${tenant}`), "Ready");
      const live = text(await read(cluster, `ConfigMap ${tenant}/web`), "value");
      return ready?.status === "True" && live === value;
    });
  }
}

function quota(namespace: string, pods: number): string {
  return `apiVersion: v1
kind: ResourceQuota
metadata: { name: pods, namespace: ${namespace} }
spec: { hard: { pods: "${pods}" } }
`;
}
