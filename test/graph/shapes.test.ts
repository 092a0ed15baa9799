import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Shape } from "../../graph/values/shapes.js";
import { shapeFindings } from "../../graph/values/shapes.js";

describe("the shape of plain data", () => {
  const shape: Shape = {
    either: [
      { fields: { file: "text", sha256: { optional: "text" } } },
      { fields: { sha256: "text" } },
    ],
  };

  it("may be any of several, also when it misses something of the first", () => {
    assert.deepEqual(shapeFindings({ file: "a", sha256: "b" }, shape, "manifests"), []);
    assert.deepEqual(shapeFindings({ sha256: "b" }, shape, "manifests"), []);
  });

  it("names what is wrong by its path when it is none of them", () => {
    const [finding, ...others] = shapeFindings({ file: 1 }, shape, "manifests");
    assert.deepEqual(others, []);
    assert.equal(finding?.path, "manifests.file");
    assert.equal(finding.problem, "The argument is a number.");
  });

  it("counts a field that is undefined as left out", () => {
    assert.deepEqual(shapeFindings({ sha256: "b", other: undefined }, shape, "manifests"), []);
    const [finding] = shapeFindings({ sha256: "b", other: null }, shape, "manifests");
    assert.match(String(finding?.path), /^manifests/);
  });
});
