import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type {
  FleetDeclaration,
  FleetRecord,
  OffboardObservation,
  RenderedFleet,
  TenantArgs,
} from "../../core.js";
import { checkFleet, layer, renderFleet } from "../../core.js";
import { fleetContext, someCluster, someFleet, someTenant } from "../fixtures/fleets.js";

const base = layer("base", { clusters: "all", directory: "./base" });

function fleetWith(
  tenant: Partial<TenantArgs<string>> | undefined,
  more: Partial<FleetDeclaration> = {},
): FleetDeclaration {
  return someFleet({
    clusters: [someCluster("eu"), someCluster("us")],
    layers: [base],
    tenants: tenant === undefined ? [] : [someTenant("shop", tenant)],
    ...more,
  });
}

const first = renderFleet("acme", fleetWith({}), fleetContext()).record;
const guarded = renderFleet("acme", fleetWith({ protect: true }), fleetContext()).record;

function codes(fleet: FleetDeclaration, record: FleetRecord): readonly string[] {
  return checkFleet("acme", fleet, fleetContext({ record })).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

function next(
  fleet: FleetDeclaration,
  record: FleetRecord,
  seen: OffboardObservation = {},
): RenderedFleet {
  const observations = new Map([["shop", seen]]);
  return renderFleet("acme", fleet, fleetContext({ record, observations }));
}

/** What of the tenant is in the tree of cluster eu. */
function remains(fleet: RenderedFleet): readonly string[] {
  const listed = fleet.files.some(
    ({ path, text }) =>
      path === "clusters/production/eu/kustomization.yaml" && text.includes("tenants/shop.yaml"),
  );
  const objects = fleet.manifests
    .filter(({ cluster, part }) => cluster === "eu" && part === 'tenant "shop"')
    .map(({ object }) => `${object.metadata.namespace ?? ""}/${object.kind}`);
  return [...(listed ? ["listed"] : []), ...objects];
}

const everything = [
  "listed",
  "flux-system/Kustomization",
  "/Namespace",
  "shop/ServiceAccount",
  "shop/Role",
  "shop/RoleBinding",
  "shop/GitRepository",
];

describe("a tenant leaves", () => {
  it("by drain in four commits, each when the clusters have done the one before", () => {
    const leaving = fleetWith({ offboard: "drain" });
    const draining = next(leaving, first);
    assert.deepEqual(draining.record.tenants["shop"], {
      clusters: ["eu", "us"],
      namespace: "shop",
      phase: "draining",
      offboard: "drain",
    });
    assert.deepEqual(remains(draining), everything);

    const still = next(leaving, draining.record, { drained: false, released: true });
    assert.equal(still.record.tenants["shop"]?.phase, "draining");
    assert.deepEqual(still.files, draining.files);

    const releasing = next(leaving, draining.record, { drained: true });
    assert.equal(releasing.record.tenants["shop"]?.phase, "releasing");
    assert.deepEqual(remains(releasing), everything);
    const namespace = releasing.manifests.find(
      ({ object, cluster }) =>
        object.kind === "Namespace" && cluster === "eu" && object.metadata.name === "shop",
    );
    assert.equal(namespace?.object.metadata.annotations, undefined);

    const waiting = next(leaving, releasing.record, { drained: true });
    assert.equal(waiting.record.tenants["shop"]?.phase, "releasing");

    const gone = next(leaving, releasing.record, { drained: true, released: true });
    assert.equal(gone.record.tenants["shop"]?.phase, "gone");
    assert.deepEqual(remains(gone), []);
    assert.deepEqual(codes(fleetWith(undefined), gone.record), []);
    assert.equal(next(fleetWith(undefined), gone.record).record.tenants["shop"], undefined);
  });

  it("by orphan with the workload and its Namespace left running", () => {
    const leaving = fleetWith({ offboard: "orphan" });
    const orphaning = next(leaving, first);
    assert.equal(orphaning.record.tenants["shop"]?.phase, "orphaning");
    const own = orphaning.manifests.find(
      ({ object }) => object.kind === "Kustomization" && object.metadata.namespace === "shop",
    );
    assert.equal((own?.object["spec"] as { deletionPolicy?: string }).deletionPolicy, "Orphan");

    const held = next(leaving, orphaning.record, { drained: true });
    assert.equal(held.record.tenants["shop"]?.phase, "orphaning");

    const draining = next(leaving, orphaning.record, { orphaned: true });
    assert.equal(draining.record.tenants["shop"]?.phase, "draining");
    const namespace = draining.manifests.find(
      ({ object }) => object.kind === "Namespace" && object.metadata.name === "shop",
    );
    assert.deepEqual(namespace?.object.metadata.annotations, {
      "kustomize.toolkit.fluxcd.io/prune": "disabled",
    });

    const gone = next(leaving, draining.record, { orphaned: true, drained: true });
    assert.equal(gone.record.tenants["shop"]?.phase, "gone");
  });

  it("and can come back as long as it is not gone", () => {
    const draining = next(fleetWith({ offboard: "drain" }), first);
    const back = next(fleetWith({}), draining.record);
    assert.deepEqual(back.record, first);
    assert.deepEqual(codes(fleetWith({}), draining.record), []);
  });

  it("at once when nothing of it was ever committed", () => {
    const record = { ...first, tenants: {} };
    const rendered = next(fleetWith({ offboard: "drain" }), record);
    assert.deepEqual(remains(rendered), []);
    assert.deepEqual(codes(fleetWith({ offboard: "drain" }), record), []);
  });

  it("with a warning, and no error, while a cluster has not done its part", () => {
    const leaving = fleetWith({ offboard: "drain" });
    const { record } = next(leaving, first);
    const [warning, ...others] = next(leaving, record).warnings;
    assert.deepEqual(others, []);
    assert.equal(warning?.code, "OFFBOARD_WAITING");
    assert.equal(warning.severity, "warning");
  });
});

describe("a removal is refused", () => {
  it("of a tenant in one step", () => {
    assert.deepEqual(codes(fleetWith(undefined), first), ['TENANT_REMOVAL Tenant "shop"']);
  });

  it("of a tenant from one of its clusters", () => {
    assert.deepEqual(codes(fleetWith({ clusters: [{ kind: "cluster", name: "eu" }] }), first), [
      'TENANT_REMOVAL Tenant "shop": clusters',
    ]);
  });

  it("of a tenant's Namespace by giving it another", () => {
    assert.deepEqual(codes(fleetWith({ namespace: "store" }), first), [
      'TENANT_REMOVAL Tenant "shop": namespace',
    ]);
  });

  it("of a tenant before its last phase", () => {
    const { record } = next(fleetWith({ offboard: "drain" }), first);
    assert.deepEqual(codes(fleetWith(undefined), record), ['OFFBOARD_SKIPPED Tenant "shop"']);
  });

  it("of a tenant that changes its way out", () => {
    const { record } = next(fleetWith({ offboard: "drain" }), first);
    assert.deepEqual(codes(fleetWith({ offboard: "orphan" }), record), [
      'OFFBOARD_SKIPPED Tenant "shop": offboard',
      'OFFBOARD_WAITING Tenant "shop": offboard',
    ]);
  });

  it("of a protected tenant, whether dropped, narrowed or off-boarded", () => {
    assert.deepEqual(codes(fleetWith(undefined), guarded), ['TENANT_PROTECTED Tenant "shop"']);
    assert.deepEqual(
      codes(fleetWith({ protect: true, clusters: [{ kind: "cluster", name: "eu" }] }), guarded),
      ['TENANT_PROTECTED Tenant "shop": clusters'],
    );
    assert.deepEqual(codes(fleetWith({ protect: true, offboard: "drain" }), guarded), [
      'TENANT_PROTECTED Tenant "shop": offboard',
    ]);
  });

  it("of a protected tenant in the commit that takes the protection back", () => {
    assert.deepEqual(codes(fleetWith({ offboard: "drain" }), guarded), [
      'TENANT_PROTECTED Tenant "shop": offboard',
    ]);
    const { record } = next(fleetWith({}), guarded);
    assert.deepEqual(codes(fleetWith({ offboard: "drain" }), record), []);
  });

  it("of a layer, unless a reason is written", () => {
    assert.deepEqual(codes(fleetWith({}, { layers: [] }), first), [
      'LAYER_REMOVAL Layer "base": clusters',
    ]);
    const removal = { reason: "moved into the image" };
    assert.deepEqual(codes(fleetWith({}, { layers: [], removal }), first), []);
    assert.deepEqual(codes(fleetWith({}, { layers: [], removal: { reason: " " } }), first), [
      'LAYER_REMOVAL Layer "base": clusters',
      "MISSING_REASON removal.reason",
    ]);
  });

  it("of a cluster, with everything on it", () => {
    assert.deepEqual(codes(fleetWith({}, { clusters: [someCluster("eu")] }), first), [
      'CLUSTER_REMOVAL Cluster "us"',
      'LAYER_REMOVAL Layer "base": clusters',
      'TENANT_REMOVAL Tenant "shop": clusters',
    ]);
  });

  it("of the directory that a root Kustomization reads", () => {
    const clusters = [someCluster("eu", { environment: "staging" }), someCluster("us")];
    assert.deepEqual(codes(fleetWith({}, { clusters }), first), [
      'CLUSTER_MOVED Cluster "eu": path',
    ]);
    const kept = [
      someCluster("eu", { environment: "staging", path: "clusters/production/eu" }),
      someCluster("us"),
    ];
    assert.deepEqual(codes(fleetWith({}, { clusters: kept }), first), []);
  });

  it("of a tenant that others still depend on", () => {
    const other = someTenant("other", { dependsOn: [{ kind: "tenant", name: "shop" }] });
    const fleet = fleetWith({ offboard: "drain" });
    const tenants = [...(fleet.tenants ?? []), other];
    assert.deepEqual(codes({ ...fleet, tenants }, first), [
      'DANGLING_REFERENCE Tenant "other": dependsOn',
    ]);
  });
});
