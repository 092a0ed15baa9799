import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { publish } from "../../repository/index.js";
import { bot, path, tagAtHead, up, web } from "./marked-files.js";
import { declaration, workbench } from "./workbench.js";

test("image automation that is faster than our push keeps its value", async (t) => {
  const bench = await workbench(t);
  await up(bench, { [path]: web("1.3.2") });
  let attempts = 0;
  const { change } = await publish(bench.remote, "acme", async () => {
    attempts += 1;
    if (attempts <= 2) await bot(bench, `1.4.${String(attempts)}`);
    return declaration({ [path]: web("1.3.2", 2) });
  });
  assert.equal(attempts, 3);
  assert.deepEqual(change.changed, [".flux-fleet/acme.json", path]);
  assert.equal((await bench.read("fleet", "main")).get(path), web("1.4.2", 2));
});

test("a declaration that changed wins also over image automation that is faster, and only then", async (t) => {
  const bench = await workbench(t);
  await up(bench, { [path]: web("1.3.2") });
  let attempts = 0;
  await publish(bench.remote, "acme", async () => {
    attempts += 1;
    if (attempts === 1) await bot(bench, "1.4.0");
    return declaration({ [path]: web("1.3.9") });
  });
  assert.equal(attempts, 2);
  assert.equal(await tagAtHead(bench), "1.3.9");
  await bot(bench, "1.4.0");
  assert.equal((await up(bench, { [path]: web("1.3.9") })).change.isEmpty, true);
  assert.equal(await tagAtHead(bench), "1.4.0");
});

const round = fc.record({
  chosen: fc.option(fc.constantFrom("2.0.0", "2.1.0", "2.10.0"), { nil: undefined }),
  declared: fc.option(fc.constantFrom("1.0.0", "1.1.0"), { nil: undefined }),
  replicas: fc.integer({ min: 1, max: 3 }),
});

test("five rounds of image automation and `up` lose nothing, whatever either of them does", async (t) => {
  const rounds = fc.array(round, { minLength: 5, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      const bench = await workbench(t);
      let declared = "1.0.0";
      let expected = declared;
      await up(bench, { [path]: web(declared) });
      for (const { chosen, declared: next = declared, replicas } of all) {
        if (chosen !== undefined && chosen !== expected) await bot(bench, chosen);
        expected = next === declared ? (chosen ?? expected) : next;
        declared = next;
        await up(bench, { [path]: web(declared, replicas) });
        assert.equal((await bench.read("fleet", "main")).get(path), web(expected, replicas));
        const commits = (await bench.log("fleet", "main")).length;
        assert.equal((await up(bench, { [path]: web(declared, replicas) })).change.isEmpty, true);
        assert.equal((await bench.log("fleet", "main")).length, commits);
      }
    }),
    { numRuns: 4 },
  );
});
