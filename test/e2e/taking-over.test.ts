import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, it } from "node:test";
import { stringify } from "yaml";
import type { FleetArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { installManifestPath } from "../../lab/parts/index.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { failure } from "../support/engine.js";
import {
  applied,
  assertAt,
  assertRuns,
  find,
  read,
  text,
  until,
  untilAllowed,
} from "./support/live.js";
import {
  createApp,
  fleetRepository,
  fluxVersion,
  labCluster,
  labFleet,
  labTenant,
  openLab,
  type LabFleet,
} from "./support/lab-fleet.js";

let lab: Lab;
let cluster: LabCluster;
let fleet: LabFleet;
let directory: string;

const flux: FleetArgs["flux"] = {
  version: fluxVersion,
  components: ["source-controller", "kustomize-controller"],
};
const login = "Secret flux-system/flux-system";

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-e2e-"));
  lab = await openLab();
  cluster = await lab.startCluster("taking-over");
  await createApp(lab, "ledger");
  fleet = await labFleet(lab, "fleet-taking-over", {
    flux,
    clusters: [labCluster({ ...cluster, kubeconfig: await kubeconfigWithExec() })],
    tenants: [labTenant(lab, "ledger", { waitFor: true })],
  });
});
after(async () => {
  fleet.stack.dispose();
  await cluster.remove();
  await lab.stop();
  rmSync(directory, { recursive: true, force: true });
});

it("fails naming the Deployment when an image of Flux cannot be pulled", async () => {
  const file = path.join(directory, "install.json");
  const released = readFileSync(installManifestPath(fluxVersion), "utf8");
  const unbuilt = released.replace(/(\/source-controller:)v[0-9.]+/g, "$1v9.9.9");
  assert.notEqual(unbuilt, released);
  writeFileSync(file, unbuilt);
  fleet.declare({ flux: { ...flux, manifests: { file } } });
  const { problems } = await failure(fleet.stack.up());
  assert.match(
    problems,
    /Cluster "taking-over": Deployment flux-system\/source-controller: .*v9\.9\.9.*\[FLUX_NOT_AVAILABLE\]/,
  );
  assert.equal(await find(cluster, "Kustomization flux-system/flux-system"), undefined);
});

it("takes over a Secret that flux bootstrap made, with a kubeconfig that runs a program for its token", async () => {
  await cluster.api.delete("/api/v1/namespaces/flux-system/secrets/flux-system");
  const data = { username: "bootstrap", password: "of an earlier day" };
  await cluster.api.apply(
    "/api/v1/namespaces/flux-system/secrets/flux-system",
    { apiVersion: "v1", kind: "Secret", metadata: { name: "flux-system" }, stringData: data },
    "flux",
  );
  const withoutRecord = await fleet.withoutState();
  fleet.stack.dispose();
  fleet = withoutRecord;
  fleet.declare({ flux });
  const commit = await fleet.up();
  await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/ledger");
  await assertRuns(cluster, "ledger");
  const secret = await read(cluster, login);
  assert.equal(text(secret, "username"), lab.git.reader.username);
  assert.equal(text(secret, "password"), lab.git.reader.token);
});

it("recovers when a controller is killed while up runs", async () => {
  fleet.declare({ tenants: [labTenant(lab, "ledger", { interval: "30m", waitFor: true })] });
  const [commit] = await Promise.all([fleet.up(), cluster.killController("source-controller")]);
  await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/ledger");
});

it("installs the age identity where kustomize-controller finds and watches it", async () => {
  const age = { recipient: recipients[0], identity: identities[0] };
  fleet.declare({ clusters: [labCluster(cluster, { age })] });
  await fleet.up();
  const secret = await read(cluster, "Secret flux-system/sops-age");
  assert.deepEqual(Object.keys(secret.data ?? {}), ["taking-over-23715843.agekey"]);
  assert.equal(text(secret, "taking-over-23715843.agekey").trim(), identities[0]);
  assert.equal(secret.metadata.labels?.["reconcile.fluxcd.io/watch"], "Enabled");
});

it("leaves Git and the cluster as they are on destroy, and takes up with a changed token again", async () => {
  const commits = await fleet.commits();
  const before = await read(cluster, "Kustomization flux-system/flux-system");
  await fleet.stack.destroy();
  assert.deepEqual(await fleet.commits(), commits);
  assert.equal(text(await read(cluster, login), "password"), lab.git.reader.token);
  await assertRuns(cluster, "ledger");

  fleet.declare({ repository: fleetRepository(lab, fleet.repository, lab.git.writer) });
  await fleet.up();
  assert.deepEqual(await fleet.commits(), commits);
  assert.equal(text(await read(cluster, login), "password"), lab.git.writer.token);
  const root = await read(cluster, "Kustomization flux-system/flux-system");
  assert.equal(root.metadata.uid, before.metadata.uid);
});

it("takes up with a changed token again after the state was lost", async () => {
  const commits = await fleet.commits();
  const again = await fleet.withoutState();
  try {
    again.declare({ repository: fleetRepository(lab, fleet.repository, lab.git.reader) });
    const commit = await again.up();
    assert.deepEqual(await fleet.commits(), commits);
    await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/ledger");
    assert.equal(text(await read(cluster, login), "password"), lab.git.reader.token);
    const { changeSummary } = await again.stack.up();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  } finally {
    again.stack.dispose();
  }
});

it("refuses a cluster that another repository drives before it writes anything", async () => {
  const secret = await read(cluster, login);
  const other = await labFleet(lab, "fleet-elsewhere", {
    repository: fleetRepository(lab, "fleet-elsewhere", lab.git.writer),
    flux,
    clusters: [labCluster(cluster)],
  });
  try {
    for (const operation of [other.stack.preview(), other.stack.up()]) {
      const { problems } = await failure(operation);
      assert.match(
        problems,
        /Cluster "taking-over".*driven from elsewhere: url is .*fleet-taking-over.*\[FLUX_ROOT_ELSEWHERE\]/,
      );
    }
    assert.deepEqual(await other.commits(), []);
    assert.deepEqual((await read(cluster, login)).data, secret.data);
  } finally {
    other.stack.dispose();
  }
  await until("the cluster still follows its own repository", async () => {
    const root = await read(cluster, "Kustomization flux-system/flux-system");
    return applied(root) === (await fleet.commits())[0];
  });
});

/** A kubeconfig whose user is a program that prints the token of a ServiceAccount. */
async function kubeconfigWithExec(): Promise<string> {
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  await cluster.api.create(accounts, { metadata: { name: "fleet" } });
  await cluster.api.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "fleet" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "cluster-admin",
    },
    subjects: [{ kind: "ServiceAccount", name: "fleet", namespace: "default" }],
  });
  const everything = { verb: "*", group: "*", resource: "*" };
  await untilAllowed(cluster, "system:serviceaccount:default:fleet", everything);
  const { status } = await cluster.api.create<{ status: { token: string } }>(
    `${accounts}/fleet/token`,
    {},
  );
  const apiVersion = "client.authentication.k8s.io/v1";
  const credential = { apiVersion, kind: "ExecCredential", status: { token: status.token } };
  const file = path.join(directory, "credential.json");
  writeFileSync(file, JSON.stringify(credential), { mode: 0o600 });
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "exec",
    contexts: [{ name: "exec", context: { cluster: "exec", user: "exec" } }],
    clusters: [
      {
        name: "exec",
        cluster: { server: cluster.server, "certificate-authority-data": cluster.caData },
      },
    ],
    users: [
      {
        name: "exec",
        user: { exec: { apiVersion, command: "cat", args: [file], interactiveMode: "Never" } },
      },
    ],
  });
}
