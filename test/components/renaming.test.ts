import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, FleetRecord, RenderedFleet } from "../../core.js";
import { checkFleet, gitSource, layer, parseFleetRecord, renderFleet } from "../../core.js";
import { formerChildNames } from "../../components/fleet/former-names.js";
import {
  fleetContext,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

interface Names {
  readonly cluster: string;
  readonly layer: string;
  readonly shop: string;
  readonly search: string;
}

const source = gitSource({ url: "https://git.example.com/apps/app", branch: "main" });
const first: Names = { cluster: "eu", layer: "base", shop: "shop", search: "search" };

/** One fleet whose parts have these names now and those names before. */
function fleetNamed(names: Names, before: Partial<Names> = {}): FleetDeclaration {
  const formerly = (key: keyof Names): { formerly?: string } =>
    before[key] === undefined ? {} : { formerly: before[key] };
  const base = layer(names.layer, {
    clusters: "all",
    directory: "./base",
    ...formerly("layer"),
  });
  const cluster = someCluster(names.cluster, {
    age: { recipient: recipients[0] },
    ...formerly("cluster"),
  });
  const shop = someTenant(names.shop, {
    clusters: [cluster],
    dependsOn: [base],
    source,
    ...formerly("shop"),
  });
  return someFleet({
    clusters: [cluster, someCluster("us")],
    layers: [base],
    tenants: [
      shop,
      someTenant(names.search, {
        source,
        dependsOn: [shop, base],
        clusters: [cluster],
        ...formerly("search"),
      }),
    ],
  });
}

function render(fleet: FleetDeclaration, record?: FleetRecord): RenderedFleet {
  return renderFleet("acme", fleet, fleetContext({ record }));
}

function texts({ files }: RenderedFleet): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, text }) => [path, text]));
}

const started = render(fleetNamed(first));
const second: Names = { cluster: "frankfurt", layer: "platform", shop: "store", search: "finder" };

describe("renaming every part", () => {
  it("changes no byte of the tree, only what the ownership file remembers", () => {
    const renamed = render(fleetNamed(second, first), started.record);
    assert.deepEqual(texts(renamed), texts(started));
    assert.deepEqual(
      renamed.manifests.map(({ object }) => object),
      started.manifests.map(({ object }) => object),
    );
    const { clusters, layers, tenants } = renamed.record;
    assert.deepEqual(Object.keys(clusters).sort(), ["frankfurt", "us"]);
    assert.equal(clusters["frankfurt"]?.firstName, "eu");
    assert.deepEqual(layers, { platform: { clusters: ["frankfurt", "us"], firstName: "base" } });
    assert.deepEqual(tenants["store"], {
      clusters: ["frankfurt"],
      namespace: "shop",
      phase: "active",
      firstName: "shop",
    });
  });

  it("can be done again, also after `formerly` was taken out, and back to the first name", () => {
    const renamed = render(fleetNamed(second, first), started.record);
    const stored = parseFleetRecord(JSON.parse(JSON.stringify(renamed.record)), "acme.json");
    const settled = render(fleetNamed(second), stored);
    assert.deepEqual(settled.record, renamed.record);
    const third: Names = { cluster: "a", layer: "b", shop: "c", search: "d" };
    const again = render(fleetNamed(third, second), settled.record);
    assert.deepEqual(texts(again), texts(started));
    assert.equal(again.record.tenants["c"]?.firstName, "shop");
    const back = render(fleetNamed(first, third), again.record);
    assert.deepEqual(texts(back), texts(started));
    assert.deepEqual(back.record, started.record);
  });

  it("does nothing where nothing was committed before", () => {
    const fresh = render(fleetNamed(second, first));
    assert.deepEqual(fresh.files, render(fleetNamed(second)).files);
  });

  it("lets a renamed tenant drain under the name that it has on the clusters", () => {
    const { record } = render(fleetNamed(second, first), started.record);
    const fleet = fleetNamed(second);
    const tenants = (fleet.tenants ?? []).map((tenant) =>
      tenant.name === "finder"
        ? someTenant("finder", { ...tenant.args, offboard: "drain" })
        : tenant,
    );
    const draining = render({ ...fleet, tenants }, record).record.tenants["finder"];
    assert.equal(draining?.phase, "draining");
    assert.equal(draining.firstName, "search");
  });
});

describe("a former name is refused", () => {
  const codes = (fleet: FleetDeclaration, record?: FleetRecord): readonly string[] =>
    checkFleet("acme", fleet, fleetContext({ record })).map(({ code, path }) => `${code} ${path}`);

  it("when its part still exists", () => {
    const tenants = [someTenant("shop"), someTenant("store", { formerly: "shop" })];
    assert.deepEqual(codes(someFleet({ tenants })), ['FORMER_NAME_TAKEN Tenant "store": formerly']);
  });

  it("when two parts claim it", () => {
    const clusters = [someCluster("a", { formerly: "eu" }), someCluster("b", { formerly: "eu" })];
    assert.deepEqual(codes(someFleet({ clusters })), ['FORMER_NAME_TAKEN Cluster "b": formerly']);
  });

  it("when it is none, or that of the part itself", () => {
    const tenants = [someTenant("a", { formerly: "A b" }), someTenant("c", { formerly: "c" })];
    assert.deepEqual(codes(someFleet({ tenants, formerly: "acme" })), [
      'INVALID_NAME Tenant "a": formerly',
      'FORMER_NAME_TAKEN Tenant "c": formerly',
      "FORMER_NAME_TAKEN formerly",
    ]);
  });

  it("as the name of a new part, as long as a renamed one has it on the clusters", () => {
    const { record } = render(fleetNamed(second, first), started.record);
    const fleet = fleetNamed(second);
    const added = { ...fleet, tenants: [...(fleet.tenants ?? []), someTenant("shop")] };
    assert.deepEqual(codes(added, record), ['FORMER_NAME_TAKEN Tenant "shop": name']);
  });
});

it("a renamed part without `formerly` is a removal, whose remedy names it", () => {
  const findings = checkFleet(
    "acme",
    fleetNamed(second),
    fleetContext({ record: started.record }),
  ).filter(({ code }) => code.endsWith("_REMOVAL"));
  assert.deepEqual(
    findings.map(({ code, path }) => `${code} ${path}`),
    [
      'CLUSTER_REMOVAL Cluster "eu"',
      'LAYER_REMOVAL Layer "base": clusters',
      'TENANT_REMOVAL Tenant "search"',
      'TENANT_REMOVAL Tenant "shop"',
    ],
  );
  for (const { remedy } of findings) assert.match(remedy, /formerly/);
});

it("a child's former names are every combination of what its name is made of", () => {
  const names = formerChildNames([["corp", "acme"], ["store", "shop", undefined], ["source"]]);
  assert.deepEqual(
    names.map(({ name }) => name),
    ["corp-shop-source", "acme-store-source", "acme-shop-source"],
  );
  assert.deepEqual(
    formerChildNames([
      ["corp", undefined],
      ["store", "store"],
    ]),
    [],
  );
});
