import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import type { TenantArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { assertAt, assertRuns, find, read, until } from "./support/live.js";
import {
  assertSettled,
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
} from "./support/lab-fleet.js";
import type { LabFleet } from "./support/lab-fleet.js";

let lab: Lab;
let cluster: LabCluster;
let fleet: LabFleet;

const repository = "fleet-appliers";
/** The objects of the tenant that change hands, and its workload. */
const kept = [
  "Namespace payments",
  "ServiceAccount payments/payments",
  "Role payments/payments-reconciler",
  "RoleBinding payments/payments-reconciler",
  "GitRepository payments/payments",
  "Kustomization payments/payments",
  "Secret payments/payments-source",
  "Deployment payments/web",
  "ConfigMap payments/web",
] as const;
const kinds = [
  "namespace",
  "serviceaccount",
  "role",
  "rolebinding",
  "gitrepository",
  "kustomization",
];

function declare(payments: Partial<TenantArgs>, more: readonly Partial<TenantArgs>[] = []): void {
  fleet.declare({
    tenants: [
      labTenant(lab, "payments", { waitFor: true, ...payments }),
      ...more.map((args) => labTenant(lab, "search", { waitFor: true, ...args })),
    ],
  });
}

async function identities(): Promise<Readonly<Record<string, unknown>>> {
  const uids = kept.map(async (name) => [name, (await read(cluster, name)).metadata.uid] as const);
  return Object.fromEntries(await Promise.all(uids));
}

/** What Pulumi applies of a tenant, by the ends of the resources' names. */
function applied(tenant = "payments", { stack }: LabFleet = fleet): readonly string[] {
  const start = `acme-${tenant}-${cluster.name}-`;
  return stack.resources().flatMap(({ urn, type }) => {
    const name = urn.split("::").at(-1) ?? "";
    const isObject = type.startsWith("kubernetes:") && name.startsWith(start);
    return isObject ? [name.slice(start.length)] : [];
  });
}

/** Paths of the tenant in the repository. */
async function committed(): Promise<readonly string[]> {
  const files = await lab.git.read(repository, "main");
  return [...files.keys()].filter((path) => path.includes("payments"));
}

let uids: Readonly<Record<string, unknown>>;
let files: readonly string[];

before(async () => {
  lab = await openLab();
  cluster = await lab.startCluster("appliers");
  for (const name of ["payments", "search"]) await createApp(lab, name);
  fleet = await labFleet(lab, repository, {
    flux: { version: "2.9.4", components: ["source-controller", "kustomize-controller"] },
    clusters: [labCluster(cluster)],
  });
  declare({});
  await fleet.up();
  uids = await identities();
  files = await committed();
});
after(async () => {
  fleet.stack.dispose();
  await cluster.remove();
  await lab.stop();
});

it("tells Flux first to leave the tenant's objects behind, and applies none of them", async () => {
  declare({ applier: "pulumi" });
  const { problems } = await fleet.stack.up();
  assert.match(problems, /Tenant "payments": applier: .*Run `up` once more/);
  const platform = await read(cluster, "Kustomization flux-system/payments");
  assert.equal(platform.spec?.["deletionPolicy"], "Orphan");
  assert.deepEqual(applied(), ["source"]);
  assert.deepEqual(await committed(), files);
  assert.deepEqual(await identities(), uids);
});

it("then takes the files out of Git and adopts every object as it is", async () => {
  await fleet.stack.preview();
  await fleet.up();
  assert.deepEqual([...applied()].sort(), [...kinds, "source"].sort());
  assert.deepEqual(await committed(), []);
  assert.equal(await find(cluster, "Kustomization flux-system/payments"), undefined);
  assert.deepEqual(await identities(), uids);
  await assertRuns(cluster, "payments");
  await assertSettled(fleet);
});

it("applies changes and a new tenant through Pulumi from then on", async () => {
  declare({ applier: "pulumi", labels: { team: "a" }, interval: "50m" }, [{ applier: "pulumi" }]);
  await fleet.up();
  const { metadata } = await read(cluster, "Namespace payments");
  assert.equal(metadata.labels?.["team"], "a");
  const own = await read(cluster, "Kustomization payments/payments");
  assert.equal(own.spec?.["interval"], "50m");
  assert.deepEqual(await identities(), uids);
  assert.deepEqual([...applied("search")].sort(), [...kinds, "source"].sort());
  await assertRuns(cluster, "search");
  await assertSettled(fleet);
});

it("finds the objects again when the state is lost, and leaves them when it is destroyed", async () => {
  const other = await fleet.withoutState();
  await other.up();
  assert.deepEqual([...applied("payments", other)].sort(), [...kinds, "source"].sort());
  assert.deepEqual(await identities(), uids);
  await other.stack.destroy();
  other.stack.dispose();
  assert.deepEqual(await identities(), uids);
  await assertRuns(cluster, "payments");
});

it("goes back to Flux in one up, and nothing is made anew", async () => {
  const before = await identities();
  declare({ labels: { team: "a" }, interval: "50m" }, [{ applier: "pulumi" }]);
  const { stdout } = await fleet.stack.preview();
  assert.match(stdout, /payments-appliers-namespace.*\[retain\]/);
  const commit = await fleet.up();
  assert.deepEqual(applied(), ["source"]);
  assert.deepEqual(await committed(), files);
  await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/payments");
  assert.deepEqual(await identities(), before);
  await assertRuns(cluster, "payments");

  declare({ labels: { team: "b" } }, [{ applier: "pulumi" }]);
  await fleet.up();
  await until("Flux applies the change", async () => {
    const { metadata } = await read(cluster, "Namespace payments");
    const own = await read(cluster, "Kustomization payments/payments");
    return metadata.labels?.["team"] === "b" && own.spec?.["interval"] === "60m";
  });
  assert.deepEqual(await identities(), before);
  await assertRuns(cluster, "search");
});
