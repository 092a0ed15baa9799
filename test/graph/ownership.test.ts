import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FleetError, parseFleetRecord, renderFleet } from "../../core.js";
import { fleetContext, wholeFleet } from "../fixtures/fleets.js";

const file = ".flux-fleet/acme.json";

describe("parseFleetRecord", () => {
  it("reads back what a rendered fleet records", () => {
    const { record } = renderFleet("acme", wholeFleet(), fleetContext());
    assert.deepEqual(parseFleetRecord(JSON.parse(JSON.stringify(record)), file), record);
  });

  it("reads a record of an older release, which lacks what was added since", () => {
    const old = {
      clusters: { eu: { path: "clusters/production/eu" } },
      layers: { infrastructure: { clusters: ["eu"] } },
      tenants: { payments: { clusters: ["eu"], namespace: "payments", phase: "active" } },
    };
    assert.deepEqual(parseFleetRecord(old, file), old);
  });

  const damaged: readonly (readonly [string, unknown, number])[] = [
    ["nothing", undefined, 3],
    ["an empty object", {}, 3],
    ["a list", [], 3],
    ["a table that is a list", { clusters: [], layers: {}, tenants: {} }, 1],
    ["a cluster without path", { clusters: { eu: {} }, layers: {}, tenants: {} }, 1],
    ["a cluster that is text", { clusters: { eu: "x" }, layers: {}, tenants: {} }, 1],
    ["a layer without clusters", { clusters: {}, layers: { a: {} }, tenants: {} }, 1],
    [
      "a cluster whose version, ring and environment are no text",
      {
        clusters: { eu: { path: "x", fluxVersion: 2, ring: [], environment: null } },
        layers: {},
        tenants: {},
      },
      3,
    ],
    [
      "a tenant in an unknown phase that leaves in an unknown way",
      {
        clusters: {},
        layers: {},
        tenants: {
          a: {
            clusters: ["eu"],
            namespace: "a",
            phase: "leaving",
            offboard: "now",
            protect: false,
            applier: "nobody",
          },
        },
      },
      4,
    ],
  ];
  for (const [what, value, count] of damaged) {
    it(`refuses ${what}, and never reads it as empty`, () => {
      assert.throws(
        () => parseFleetRecord(value, file),
        (error) =>
          FleetError.is(error) &&
          error.code === "OWNERSHIP_DAMAGED" &&
          error.findings.length === count &&
          error.findings.every(({ path }) => path === file),
      );
    });
  }
});
