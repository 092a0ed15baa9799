import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differences, goldenDirectory, goldenFleets, keptTree, readTree } from "./trees.js";

// After a change that is meant: node --import tsx test/golden/update.ts, then review the diff as code.
describe("the tree of a fleet", () => {
  for (const [name, { render, beside }] of Object.entries(goldenFleets)) {
    const like = beside === undefined ? "" : `, and all others as in ${beside}`;
    it(`${name} has the paths and bytes that are kept${like}`, async () => {
      const kept = readTree(goldenDirectory(name));
      const whole = keptTree(await render());
      const other = beside === undefined ? new Map() : readTree(goldenDirectory(beside));
      if (beside !== undefined) {
        assert.deepEqual([...whole.keys()].sort(), [...other.keys()].sort());
      }
      const rendered = differences(whole, other);
      assert.deepEqual([...rendered.keys()].sort(), [...kept.keys()]);
      for (const [path, text] of rendered) {
        assert.equal(text, kept.get(path), path);
      }
    });
  }
});
