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

  const damaged: readonly (readonly [string, unknown, number])[] = [
    ["nothing", undefined, 3],
    ["an empty object", {}, 3],
    ["a list", [], 3],
    ["a table that is a list", { clusters: [], layers: {}, tenants: {} }, 1],
    ["a cluster without path", { clusters: { eu: {} }, layers: {}, tenants: {} }, 1],
    ["a cluster that is text", { clusters: { eu: "x" }, layers: {}, tenants: {} }, 1],
    ["a layer without clusters", { clusters: {}, layers: { a: {} }, tenants: {} }, 1],
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
          },
        },
      },
      3,
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
