import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { preflight, publish, readHead } from "../../repository/index.js";
import { declaration, fleetError, temporaryDirectory, workbench } from "./workbench.js";

const edited = { "a.yaml": "spec: {v: 1}\n", "b.yaml": "kind: B\n" };

test("works with a server that knows no partial clones", async (t) => {
  const bench = await workbench(t);
  const directory = bench.bareDirectory("fleet");
  execFileSync("git", ["--git-dir", directory, "config", "uploadpack.allowFilter", "false"]);
  await publish(bench.remote, "acme", declaration(edited));
  await bench.commit("fleet", "main", { "a.yaml": "spec: {v: 2}\n" });
  const error = await fleetError(publish(bench.remote, "acme", declaration(edited)));
  assert.match(error.message, /spec\.v: 1 -> 2/u);
  await publish(bench.remote, "acme", declaration(edited), { restore: ["a.yaml"] });
  assert.equal((await bench.read("fleet", "main")).get("a.yaml"), edited["a.yaml"]);
});

test("a repository with SHA-256 names is refused by its own code", async (t) => {
  const directory = await temporaryDirectory(t);
  const path = `${directory}/new.git`;
  execFileSync("git", ["init", "--quiet", "--bare", "--object-format=sha256", path]);
  const remote = { url: `file://${path}`, branch: "main" };
  const error = await fleetError(publish(remote, "acme", declaration(edited)));
  assert.equal(error.code, "GIT_OBJECT_FORMAT");
});

test("reads a missing branch of a full repository as unborn and creates it apart", async (t) => {
  const bench = await workbench(t, { "README.md": "x\n" });
  const remote = { ...bench.remote, branch: "fleet" };
  const reader = await readHead(remote, "acme");
  assert.equal(reader.head.commit, undefined);
  assert.equal(reader.head.files.size, 0);
  assert.equal(await reader.lastTouch("README.md"), undefined);
  await reader.dispose();
  assert.deepEqual(await preflight(remote), []);
  await publish(remote, "acme", declaration(edited));
  assert.deepEqual(
    [...(await bench.read("fleet", "fleet")).keys()],
    [".flux-fleet/acme.json", "a.yaml", "b.yaml"],
  );
});
