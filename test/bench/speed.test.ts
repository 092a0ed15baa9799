import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { renderFleet } from "../../core.js";
import { benchContext } from "../../bench/fleet.js";
import { contenderNames, openStage } from "../../bench/processes.js";
import { interleaved, quotient } from "../../bench/rounds.js";
import { someCluster, someFleet, someTenant } from "../fixtures/fleets.js";

// Limits that no busy machine reaches, but every quadratic step does: `npm run bench` is for figures.
describe("rendering", () => {
  const stage = openStage();
  after(() => stage.close());
  const small = { clusters: 50, tenants: 20 };
  const large = { clusters: 200, tenants: 20 };

  it("writes what every contender of the benchmark writes", () => {
    const files = stage.prove(contenderNames, { clusters: 3, tenants: 4 });
    assert.equal(files.length, 1 + 3 * (5 + 4 * 4), "the cluster's files, and four of each tenant");
  });

  it("takes time in proportion to the fleet, and not much more than JSON.stringify", () => {
    stage.prove([], small);
    const runs = [
      { name: "ours", size: small },
      { name: "ours", size: large },
      { name: "json-stringify", size: small },
    ] as const;
    const [ofSmall, ofLarge, floor] = interleaved(stage, runs, 3, () => undefined);
    assert.ok(ofSmall && ofLarge && floor);
    const growth = quotient(ofLarge, ofSmall);
    assert.ok(growth < 6, `four times the fleet takes ${growth.toFixed(1)} times the time`);
    const factor = quotient(ofSmall, floor);
    assert.ok(factor < 30, `it takes ${factor.toFixed(1)} times as long as JSON.stringify`);
  });

  it("makes the objects of a tenant once for all clusters that run the same", () => {
    const fleet = someFleet({
      clusters: ["eu-1", "eu-2", "eu-3"].map((name) => someCluster(name)),
      tenants: [someTenant("shared")],
    });
    const { manifests } = renderFleet("acme", fleet, benchContext());
    const namespaces = manifests.filter(({ object }) => object.metadata.name === "shared");
    const ofTenant = namespaces.filter(({ object }) => object.kind === "Namespace");
    assert.equal(ofTenant.length, 3);
    assert.equal(new Set(ofTenant.map(({ object }) => object)).size, 1);
  });
});
