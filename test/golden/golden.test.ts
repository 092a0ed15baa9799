import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goldenDirectory, goldenFleets, keptTree, readTree } from "./trees.js";

// After a change that is meant: node --import tsx test/golden/update.ts, then review the diff as code.
describe("the tree of a fleet", () => {
  for (const [name, render] of Object.entries(goldenFleets)) {
    it(`${name} has the paths and bytes that are kept`, () => {
      const kept = readTree(goldenDirectory(name));
      const rendered = keptTree(render());
      assert.deepEqual([...rendered.keys()].sort(), [...kept.keys()]);
      for (const [path, text] of rendered) {
        assert.equal(text, kept.get(path), path);
      }
    });
  }
});
