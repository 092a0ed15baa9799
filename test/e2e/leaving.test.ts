import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { helmRelease, type TenantArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { failure } from "../support/engine.js";
import { assertAt, assertRuns, condition, find, read, until } from "./support/live.js";
import {
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
  type LabFleet,
} from "./support/lab-fleet.js";

let lab: Lab;
let cluster: LabCluster;
let fleet: LabFleet;

const names = ["billing", "guarded", "search"] as const;

/** A chart in the repository of a tenant, with one ConfigMap in it. */
const chart = {
  "chart/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.0.0\n",
  "chart/templates/cache.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cache}\ndata: {size: small}\n",
};

/** The release of that chart, with the tenant's own source. */
function cache(name: string): Partial<TenantArgs> {
  const source = { kind: "source", type: "GitRepository", name } as const;
  return { releases: [helmRelease("cache", { chart: { source, path: "./chart" } })] };
}

/** Declares the tenants of this file, each with what it gets here; one without is left out. */
function declare(tenants: Partial<Record<(typeof names)[number], Partial<TenantArgs>>>): void {
  fleet.declare({
    tenants: names.flatMap((name) => {
      const more = tenants[name];
      return more === undefined ? [] : [labTenant(lab, name, { waitFor: true, ...more })];
    }),
  });
}

/** The phase of each tenant as the repository remembers it. */
async function phases(): Promise<Readonly<Record<string, string>>> {
  const files = await lab.git.read(fleet.repository, "main");
  const { record } = JSON.parse(files.get(".flux-fleet/acme.json") ?? "{}") as {
    readonly record: { readonly tenants: Readonly<Record<string, { readonly phase: string }>> };
  };
  return Object.fromEntries(
    Object.entries(record.tenants).map(([name, { phase }]) => [name, phase]),
  );
}

async function gone(...objects: readonly string[]): Promise<void> {
  for (const object of objects) assert.equal(await find(cluster, object), undefined, object);
}

before(async () => {
  lab = await openLab();
  cluster = await lab.startCluster("leaving");
  for (const name of names) {
    await createApp(lab, name);
    await lab.git.commit(`${name}-app`, "main", chart);
  }
  fleet = await labFleet(lab, "fleet-leaving", {
    flux: {
      version: "2.9.4",
      components: ["source-controller", "kustomize-controller", "helm-controller"],
    },
    clusters: [labCluster(cluster)],
  });
  declare({ billing: cache("billing"), guarded: { protect: true }, search: cache("search") });
  await fleet.up();
});
after(async () => {
  fleet.stack.dispose();
  await cluster.remove();
  await lab.stop();
});

it("refuses to remove a tenant in one step", async () => {
  const before = await fleet.commits();
  declare({ billing: cache("billing"), guarded: { protect: true } });
  for (const operation of [fleet.stack.preview(), fleet.stack.up()]) {
    const { problems } = await failure(operation);
    assert.match(problems, /Tenant "search".*\[TENANT_REMOVAL\]/);
  }
  assert.deepEqual(await fleet.commits(), before);
  await assertRuns(cluster, "search");
});

it("refuses to remove a protected tenant, also in steps, with a code of its own", async () => {
  const before = await fleet.commits();
  for (const guarded of [undefined, { offboard: "drain" } as const]) {
    declare({
      ...{ billing: cache("billing"), search: cache("search") },
      ...(guarded && { guarded }),
    });
    const { problems } = await failure(fleet.stack.up());
    assert.match(problems, /Tenant "guarded".*\[TENANT_PROTECTED\]/);
  }
  assert.deepEqual(await fleet.commits(), before);
  await assertRuns(cluster, "guarded");
});

it("drains one tenant and orphans another, a phase in every up, and leaves the third alone", async () => {
  for (const name of ["billing", "search"]) {
    await until(`the release of ${name} is Ready`, async () => {
      const release = await find(cluster, `HelmRelease ${name}/cache`);
      return release !== undefined && condition(release, "Ready")?.status === "True";
    });
    await read(cluster, `ConfigMap ${name}/cache`);
  }
  declare({
    billing: { ...cache("billing"), offboard: "drain" },
    guarded: { protect: true },
    search: { ...cache("search"), offboard: "orphan" },
  });

  await fleet.up();
  assert.deepEqual(await phases(), {
    billing: "draining",
    guarded: "active",
    search: "orphaning",
  });
  await gone("Kustomization billing/billing", "Deployment billing/web");
  // Helm has uninstalled it, for which it needs the rights of the tenant.
  await gone("HelmRelease billing/cache", "ConfigMap billing/cache");
  await read(cluster, "ServiceAccount billing/billing");
  const suspended = await read(cluster, "HelmRelease search/cache");
  assert.equal(suspended.spec?.["suspend"], true);
  const orphaned = await read(cluster, "Kustomization search/search");
  assert.equal(orphaned.spec?.["deletionPolicy"], "Orphan");

  await fleet.up();
  assert.deepEqual(await phases(), {
    billing: "releasing",
    guarded: "active",
    search: "draining",
  });
  const { metadata } = await read(cluster, "Namespace billing");
  assert.equal(metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"], undefined);
  await gone("Kustomization search/search", "HelmRelease search/cache");
  await assertRuns(cluster, "search");

  const commit = await fleet.up();
  assert.deepEqual(await phases(), { billing: "gone", guarded: "active", search: "gone" });
  await gone("Kustomization flux-system/billing", "Namespace billing", "Deployment billing/web");
  await gone("Kustomization flux-system/search", "GitRepository search/search");
  await until("the rights of the orphaned tenant are gone", async () => {
    return (await find(cluster, "RoleBinding search/search-reconciler")) === undefined;
  });
  await read(cluster, "Namespace search");
  await read(cluster, "ConfigMap search/cache");
  await assertRuns(cluster, "search");
  await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/guarded");
  const files = await lab.git.read(fleet.repository, "main");
  assert.deepEqual(
    [...files.keys()].filter((path) => /billing|search/.test(path)),
    [],
  );

  const { changeSummary } = await fleet.stack.up();
  assert.deepEqual(Object.keys(changeSummary), ["same"]);
});

it("lets the program forget tenants that are gone", async () => {
  declare({ guarded: { protect: true } });
  const commit = await fleet.up();
  assert.deepEqual(await phases(), { guarded: "active" });
  await assertAt(cluster, commit, "flux-system/flux-system", "flux-system/guarded");
  await assertRuns(cluster, "search");
});
