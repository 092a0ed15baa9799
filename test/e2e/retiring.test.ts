import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { layer } from "../../index.js";
import type { ClusterArgs, ObjectPatch } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { failure } from "../support/engine.js";
import {
  applied,
  assertAt,
  assertRuns,
  condition,
  find,
  nudge,
  read,
  text,
  until,
} from "./support/live.js";
import {
  assertSettled,
  commitApp,
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
} from "./support/lab-fleet.js";
import type { LabFleet } from "./support/lab-fleet.js";

let lab: Lab;
let stays: LabCluster;
let leaves: LabCluster;
let fleet: LabFleet;

const repository = "fleet-retiring";
const kept = [
  "Namespace flux-system",
  "Deployment flux-system/kustomize-controller",
  "GitRepository flux-system/flux-system",
  "Kustomization flux-system/flux-system",
  "Secret flux-system/flux-system",
  "Kustomization flux-system/base",
  "ConfigMap flux-system/of-the-layer",
  ...["payments", "local"].flatMap((name) => [
    `Kustomization flux-system/${name}`,
    `Namespace ${name}`,
    `ServiceAccount ${name}/${name}`,
    `RoleBinding ${name}/${name}-reconciler`,
    `Secret ${name}/${name}-source`,
    `GitRepository ${name}/${name}`,
    `Kustomization ${name}/${name}`,
    `Deployment ${name}/web`,
  ]),
] as const;

const base = layer("base", { clusters: "all", directory: "./base" });
const ofCluster: readonly ObjectPatch[] = [
  {
    target: { kind: "Deployment", name: "source-controller" },
    patch: { metadata: { labels: { patched: "yes" } } },
  },
  { target: { kind: "Kustomization", name: "payments" }, patch: { spec: { interval: "59m" } } },
];
const ofTenant: readonly ObjectPatch[] = [
  {
    target: { kind: "Kustomization" },
    patch: { spec: { commonMetadata: { labels: { a: "b" } } } },
  },
];

/** Declares cluster `leaves` like this, or leaves it out with all that is on it alone. */
function declare(args: Partial<ClusterArgs> | undefined): void {
  const leaving = args === undefined ? [] : [labCluster(leaves, { patches: ofCluster, ...args })];
  fleet.declare({
    clusters: [labCluster(stays), ...leaving],
    layers: [base],
    tenants: [
      labTenant(lab, "payments", { dependsOn: [base], waitFor: true, patches: ofTenant }),
      ...(args === undefined
        ? []
        : [labTenant(lab, "local", { clusters: [...leaving], waitFor: true })]),
    ],
  });
}

async function identities(): Promise<Readonly<Record<string, unknown>>> {
  const uids = kept.map(async (name) => [name, (await read(leaves, name)).metadata.uid] as const);
  return Object.fromEntries(await Promise.all(uids));
}

before(async () => {
  lab = await openLab();
  [stays, leaves] = await Promise.all([lab.startCluster("stays"), lab.startCluster("leaves")]);
  for (const name of ["payments", "local"]) await createApp(lab, name);
  fleet = await labFleet(lab, repository, {
    clusters: [],
    flux: { version: "2.9.4", components: ["source-controller", "kustomize-controller"] },
  });
  await lab.git.commit(repository, "main", {
    "base/kustomization.yaml": "resources: [configmap.yaml]\n",
    "base/configmap.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: of-the-layer, namespace: flux-system }\n",
  });
  declare({});
  await fleet.up();
});
after(async () => {
  fleet.stack.dispose();
  await Promise.all([stays.remove(), leaves.remove()]);
  await lab.stop();
});

it("applies the patches of a cluster on it alone, and those of a tenant wherever it is", async () => {
  for (const [cluster, label, interval] of [
    [leaves, "yes", "59m"],
    [stays, undefined, "60m"],
  ] as const) {
    const { metadata } = await read(cluster, "Deployment flux-system/source-controller");
    assert.equal(metadata.labels?.["patched"], label, cluster.name);
    const platform = await read(cluster, "Kustomization flux-system/payments");
    assert.equal(platform.spec?.["interval"], interval, cluster.name);
    const web = await read(cluster, "ConfigMap payments/web");
    assert.equal(web.metadata.labels?.["a"], "b", cluster.name);
  }
  await assertSettled(fleet);
});

it("refuses to retire a cluster while files of others would keep its directory alive", async () => {
  const foreign = "clusters/production/leaves/by-hand.yaml";
  const config =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: by-hand, namespace: default }\n";
  await lab.git.commit(repository, "main", { [foreign]: config });
  const before = await fleet.commits();
  declare({ retire: { reason: "the region is closed" } });
  for (const operation of [fleet.stack.preview(), fleet.stack.up()]) {
    assert.match((await failure(operation)).problems, /by-hand\.yaml.*\[DIRECTORY_NOT_EMPTY\]/);
  }
  assert.deepEqual(await fleet.commits(), before);
  await lab.git.commit(repository, "main", { [foreign]: null });
});

it("retires a cluster: it leaves Git and the state, and nothing on it is deleted", async () => {
  const uids = await identities();
  declare({ retire: { reason: "the region is closed" } });
  const { outputs, problems } = await fleet.stack.up();
  assert.match(problems, /leaves Git, and Flux there keeps what it applied last/);
  const commit = String(outputs["commit"]?.value);
  assert.deepEqual(
    fleet.stack.resources().filter(({ urn }) => urn.includes("leaves")),
    [],
  );
  const files = await lab.git.read(repository, "main");
  assert.deepEqual(
    [...files.keys()].filter((path) => path.includes("/leaves/")),
    [],
  );
  await assertAt(stays, commit, "flux-system/flux-system", "flux-system/payments");

  await nudge(leaves, "GitRepository flux-system/flux-system");
  for (const name of ["flux-system", "payments", "local"]) {
    await nudge(leaves, `Kustomization flux-system/${name}`);
    await until(`${name} says that its directory is gone`, async () => {
      const ready = condition(await find(leaves, `Kustomization flux-system/${name}`), "Ready");
      return ready?.status === "False" && /path not found/.test(ready.message ?? "");
    });
  }
  assert.deepEqual(await identities(), uids);

  // What reads other repositories goes on.
  const app = await commitApp(lab, "local", "two");
  await nudge(leaves, "GitRepository local/local");
  await until("the tenant follows its own repository", async () => {
    return applied(await find(leaves, "Kustomization local/local")) === app;
  });
  assert.equal(text(await find(leaves, "ConfigMap local/web"), "value"), "two");
  for (const name of ["payments", "local"]) await assertRuns(leaves, name);
  assert.deepEqual(await identities(), uids);
});

it("lets the program forget it, also when it is switched off by then", async () => {
  await leaves.stop();
  await assertSettled(fleet);
  declare(undefined);
  await fleet.up();
  const files = await lab.git.read(repository, "main");
  assert.ok(!(files.get(".flux-fleet/acme.json") ?? "").includes("leaves"));
});
