import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";

import { bot, path, up, web } from "./marked-files.js";
import { fleetError, workbench } from "./workbench.js";

const plain = "clusters/production/eu/kustomization.yaml";

test("a repository that was made anew gets no older tags from a program that published before", async (t) => {
  const bench = await workbench(t);
  const files = { [path]: web("1.3.2"), [plain]: "kind: Kustomization\n" };
  await up(bench, files, { publishedBefore: true, restore: [path] });
  await bot(bench, "1.4.0");
  await rm(bench.bareDirectory("fleet"), { recursive: true });
  await bench.createRepository("fleet");
  const { findings } = await fleetError(up(bench, files, { publishedBefore: true }));
  assert.deepEqual(
    findings.map(({ code, path: where }) => [code, where]),
    [["MARKER_FILE", path]],
  );
  assert.match(findings[0]?.remedy ?? "", /declare the tags that run now/u);
  assert.deepEqual(await bench.log("fleet", "main").catch(() => []), []);
});

test("the tags that run now are published there when they are declared and restored by name", async (t) => {
  const bench = await workbench(t);
  await up(bench, { [path]: web("1.4.0") }, { publishedBefore: true, restore: [path] });
  assert.equal((await bench.read("fleet", "main")).get(path), web("1.4.0"));
  assert.equal(
    (await up(bench, { [path]: web("1.4.0") }, { publishedBefore: true })).change.isEmpty,
    true,
  );
});

test("a repository without history that still knows the fleet is told from an emptied one", async (t) => {
  const bench = await workbench(t);
  await up(bench, { [path]: web("1.3.2") });
  await bot(bench, "1.4.0");
  await up(bench, { [path]: web("1.3.2", 2) }, { publishedBefore: true });
  const squashed = await workbench(t, Object.fromEntries(await bench.read("fleet", "main")));
  await up(squashed, { [path]: web("1.3.2", 3) }, { publishedBefore: true });
  assert.equal((await squashed.read("fleet", "main")).get(path), web("1.4.0", 3));
});

test("files without markers are published into an emptied repository as ever", async (t) => {
  const bench = await workbench(t);
  await up(bench, { [plain]: "kind: Kustomization\n" }, { publishedBefore: true });
  assert.equal((await bench.read("fleet", "main")).get(plain), "kind: Kustomization\n");
});
