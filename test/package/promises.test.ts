import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mutate } from "../../scripts/mutant-tree.js";
import { root } from "../../scripts/test-files.js";
import { mutants } from "../mutants/mutants.js";
import { promises, type FleetPromise } from "../mutants/promises.js";

describe("promises", () => {
  it("each have a mutant, or say why not yet", () => {
    const wrong = Object.entries<FleetPromise>(promises).filter(([id, { notYet }]) => {
      const isProven = mutants.some(({ promise }) => promise === id);
      return isProven === (notYet !== undefined);
    });
    assert.deepEqual(
      wrong.map(([id]) => id),
      [],
    );
  });

  it("are broken by mutants with names of their own, on code and tests that exist", () => {
    assert.deepEqual(new Set(mutants.map(({ name }) => name)).size, mutants.length);
    for (const mutant of mutants) {
      assert.ok(existsSync(join(root, mutant.test)), `${mutant.name}: no ${mutant.test}`);
      const text = readFileSync(join(root, mutant.file), "utf8");
      assert.notEqual(mutate(text, mutant), text);
    }
  });
});
