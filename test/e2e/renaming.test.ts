import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, Fleet, layer } from "../../index.js";
import type { FleetArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { assertAt, assertRuns, read } from "./support/live.js";
import { createApp, fleetRepository, labFleet, labTenant, openLab } from "./support/lab-fleet.js";
import type { LabFleet } from "./support/lab-fleet.js";

let lab: Lab;
let live: LabCluster;
let fleet: LabFleet;

const repository = "fleet-renaming";
/** Everything that a rename could delete or make anew. */
const kept = [
  "Namespace payments",
  "ServiceAccount payments/payments",
  "RoleBinding payments/payments-reconciler",
  "GitRepository payments/payments",
  "Kustomization payments/payments",
  "Secret payments/payments-source",
  "Deployment payments/web",
  "Kustomization flux-system/payments",
  "Kustomization flux-system/base",
  "Kustomization flux-system/flux-system",
  "Secret flux-system/flux-system",
  "ConfigMap flux-system/of-the-layer",
] as const;

interface Names {
  readonly fleet: string;
  readonly cluster: string;
  readonly layer: string;
  readonly tenant: string;
}
const first: Names = { fleet: "acme", cluster: "eu", layer: "base", tenant: "payments" };
const second: Names = { fleet: "corp", cluster: "frankfurt", layer: "ground", tenant: "pay" };
const third: Names = { ...second, cluster: "main", layer: "floor", tenant: "billing" };

/** Declares the fleet under these names. @param formerly - what each was called before */
function declare(names: Names, formerly: Partial<Names> = {}): void {
  const before = (key: keyof Names): { formerly?: string } =>
    formerly[key] === undefined ? {} : { formerly: formerly[key] };
  const base = layer(names.layer, {
    clusters: "all",
    directory: "./base",
    ...before("layer"),
  });
  const { args } = labTenant(lab, "payments", { dependsOn: [base], waitFor: true });
  const declared: FleetArgs = {
    repository: fleetRepository(lab, repository),
    flux: { version: "2.9.4", components: ["source-controller", "kustomize-controller"] },
    clusters: [
      cluster(names.cluster, {
        environment: "production",
        kubeconfig: pulumi.secret(live.kubeconfig),
        ...before("cluster"),
      }),
    ],
    layers: [base],
    tenants: [{ kind: "tenant", name: names.tenant, args: { ...args, ...before("tenant") } }],
    wait: { timeout: "5m" },
    ...before("fleet"),
  };
  fleet.stack.setProgram(() =>
    Promise.resolve({ commit: new Fleet(names.fleet, declared).commit }),
  );
}

async function identities(): Promise<Readonly<Record<string, unknown>>> {
  const entries = kept.map(async (name) => [name, (await read(live, name)).metadata.uid] as const);
  return Object.fromEntries(await Promise.all(entries));
}

before(async () => {
  lab = await openLab();
  live = await lab.startCluster("renaming");
  await createApp(lab, "payments");
  fleet = await labFleet(lab, repository, { clusters: [] });
  await lab.git.commit(repository, "main", {
    "base/kustomization.yaml": "resources: [configmap.yaml]\n",
    "base/configmap.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: of-the-layer, namespace: flux-system }\n",
  });
  declare(first);
  await fleet.up();
});
after(async () => {
  fleet.stack.dispose();
  await live.remove();
  await lab.stop();
});

it("renames Fleet, cluster, layer and tenant, twice, and nothing on the cluster is made anew", async () => {
  const uids = await identities();
  const tree = await lab.git.read(repository, "main");
  for (const [names, formerly] of [
    [second, first],
    [third, { cluster: second.cluster, layer: second.layer, tenant: second.tenant }],
    [third, {}],
  ] as const) {
    declare(names, formerly);
    await fleet.stack.preview();
    const { changeSummary, outputs } = await fleet.stack.up();
    assert.deepEqual(
      Object.keys(changeSummary).filter((kind) => kind !== "same" && kind !== "update"),
      [],
    );
    await assertAt(
      live,
      String(outputs["commit"]?.value),
      "flux-system/flux-system",
      "flux-system/payments",
      "flux-system/base",
    );
    await assertRuns(live, "payments");
    assert.deepEqual(await identities(), uids);
  }
  const now = await lab.git.read(repository, "main");
  const paths = (files: ReadonlyMap<string, string>): readonly string[] =>
    [...files.keys()].filter((path) => !path.startsWith(".flux-fleet/"));
  assert.deepEqual(paths(now), paths(tree));
  for (const path of paths(tree)) assert.equal(now.get(path), tree.get(path), path);
  assert.ok(now.has(".flux-fleet/corp.json") && !now.has(".flux-fleet/acme.json"));
});
