import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterArgs, FleetDeclaration, FleetRecord, TenantArgs } from "../../core.js";
import { checkFleet, layer, renderFleet } from "../../core.js";
import {
  fleetContext,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

const retire = { reason: "the region is closed" };
const base = layer("base", { clusters: "all", directory: "./base" });

/** Clusters eu and us, a layer and a tenant on both, and a tenant on us alone. */
function fleetWith(
  us: Partial<ClusterArgs<string>> | undefined,
  shop: Partial<TenantArgs<string>> = {},
  local: Partial<TenantArgs<string>> | null = {},
): FleetDeclaration {
  return someFleet({
    clusters: [
      someCluster("eu", { age: { recipient: recipients[0] } }),
      ...(us === undefined
        ? []
        : [someCluster("us", { age: { recipient: recipients[1] }, ...us })]),
    ],
    layers: [base],
    tenants: [
      someTenant("shop", { dependsOn: [base], ...shop }),
      ...(local === null
        ? []
        : [someTenant("local", { clusters: [{ kind: "cluster", name: "us" }], ...local })]),
    ],
  });
}

function render(fleet: FleetDeclaration, record?: FleetRecord): ReturnType<typeof renderFleet> {
  return renderFleet("acme", fleet, fleetContext({ record }));
}

function codes(fleet: FleetDeclaration, record: FleetRecord): readonly string[] {
  return checkFleet("acme", fleet, fleetContext({ record })).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

const first = render(fleetWith({})).record;

describe("a cluster that is retired", () => {
  it("leaves Git with its tenants and its recipient, and nothing else changes", () => {
    const before = render(fleetWith({}), first);
    const after = render(fleetWith({ retire }), first);
    const ofUs = /^(clusters|tenants)\/production\/us\//;
    assert.deepEqual(
      after.files.filter(({ path }) => path !== ".sops.yaml"),
      before.files.filter(({ path }) => path !== ".sops.yaml" && !ofUs.test(path)),
    );
    const rules = after.files.find(({ path }) => path === ".sops.yaml")?.text ?? "";
    assert.ok(rules.includes(recipients[0]) && !rules.includes(recipients[1]));
    assert.deepEqual(
      after.clusters.map(({ name }) => name),
      ["eu"],
    );
    assert.deepEqual(after.emptied, [
      "clusters/production/us",
      "secrets/production/us",
      "tenants/production/us",
    ]);
  });

  it("is remembered, so that the program may forget it in the next commit", () => {
    const { record, warnings } = render(fleetWith({ retire }), first);
    assert.equal(record.clusters["us"]?.retired, true);
    assert.deepEqual(record.tenants["shop"]?.clusters, ["eu"]);
    assert.deepEqual(record.tenants["local"]?.clusters, []);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ["CLUSTER_RETIRED"],
    );
    assert.deepEqual(codes(fleetWith({ retire }), record), []);
    assert.deepEqual(codes(fleetWith(undefined, {}, null), record), []);
    assert.equal(render(fleetWith(undefined, {}, null), record).record.clusters["us"], undefined);
  });

  it("may take the tenants along that are on it alone", () => {
    assert.deepEqual(codes(fleetWith({ retire }, {}, null), first), [
      'CLUSTER_RETIRED Cluster "us": retire',
    ]);
  });

  it("can come back", () => {
    const { record } = render(fleetWith({ retire }), first);
    assert.deepEqual(render(fleetWith({}), record).record, first);
  });

  it("is refused without a reason, and with a protected tenant on it", () => {
    assert.deepEqual(codes(fleetWith({ retire: { reason: " " } }), first), [
      'CLUSTER_RETIRED Cluster "us": retire',
      'MISSING_REASON Cluster "us": retire.reason',
    ]);
    const guarded = render(fleetWith({}, { protect: true })).record;
    assert.deepEqual(codes(fleetWith({ retire }, { protect: true }), guarded), [
      'CLUSTER_RETIRED Cluster "us": retire',
      'TENANT_PROTECTED Tenant "shop": clusters',
    ]);
  });

  it("keeps its directory from any other cluster", () => {
    const fleet = fleetWith({ retire });
    const clusters = [...fleet.clusters, someCluster("new", { path: "clusters/production/us" })];
    assert.deepEqual(codes({ ...fleet, clusters }, first), [
      'PATH_OVERLAP Cluster "us": path',
      'CLUSTER_RETIRED Cluster "us": retire',
    ]);
  });

  it("is a removal without `retire`, whose remedy names it", () => {
    const [finding] = checkFleet(
      "acme",
      fleetWith(undefined, {}, null),
      fleetContext({ record: first }),
    );
    assert.equal(finding?.code, "CLUSTER_REMOVAL");
    assert.match(finding.remedy, /`retire`/);
  });
});
