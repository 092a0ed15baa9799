import assert from "node:assert/strict";
import { test } from "node:test";

import { publish, readHead, treeId } from "../../repository/index.js";
import { declaration, fleetError, workbench } from "./workbench.js";

const files = { "clusters/a.yaml": "kind: A\n", "tenants/t/b.yaml": "kind: B\n" };

test("creates the branch of an empty repository with one commit", async (t) => {
  const bench = await workbench(t);
  const result = await publish(bench.remote, "acme", declaration(files));
  const log = await bench.log("fleet", "main");
  assert.deepEqual(
    log.map(({ commit }) => commit),
    [result.commit],
  );
  assert.match(
    log[0]?.message ?? "",
    new RegExp(`^Flux-Fleet-Tree: ${treeId(declaration(files).files)}$`, "mu"),
  );
  const tree = await bench.read("fleet", "main");
  assert.deepEqual([...tree.keys()], [".flux-fleet/acme.json", ...Object.keys(files)]);
  assert.equal(tree.get("clusters/a.yaml"), files["clusters/a.yaml"]);
  assert.deepEqual(result.change.added, [...tree.keys()]);
});

test("makes no commit when nothing changed and names the commit that wrote it", async (t) => {
  const bench = await workbench(t, { "README.md": "hello\n" });
  const first = await publish(bench.remote, "acme", declaration(files));
  await bench.commit("fleet", "main", { "README.md": "foreign\n" });
  const second = await publish(bench.remote, "acme", declaration(files));
  assert.equal(second.commit, first.commit);
  assert.equal(second.change.isEmpty, true);
  assert.equal((await bench.log("fleet", "main")).length, 3);
});

test("a newer renderer alone makes no commit", async (t) => {
  const bench = await workbench(t);
  const first = await publish(bench.remote, "acme", declaration(files));
  const second = await publish(bench.remote, "acme", declaration(files, { renderer: "test 2" }));
  assert.equal(second.commit, first.commit);
  assert.equal((await bench.log("fleet", "main")).length, 1);
});

test("changes and removes owned files in one commit and leaves foreign ones alone", async (t) => {
  const bench = await workbench(t, { "tenants/t/foreign.yaml": "x: 1\n" });
  await publish(bench.remote, "acme", declaration(files));
  const next = { "clusters/a.yaml": "kind: A2\n", "clusters/c.yaml": "kind: C\n" };
  const { change } = await publish(bench.remote, "acme", declaration(next));
  assert.deepEqual(change.added, ["clusters/c.yaml"]);
  assert.deepEqual(change.changed, [".flux-fleet/acme.json", "clusters/a.yaml"]);
  assert.deepEqual(change.removed, ["tenants/t/b.yaml"]);
  const tree = await bench.read("fleet", "main");
  assert.deepEqual(
    [...tree.keys()],
    [".flux-fleet/acme.json", "clusters/a.yaml", "clusters/c.yaml", "tenants/t/foreign.yaml"],
  );
  assert.equal((await bench.log("fleet", "main")).length, 3);
});

test("an owned file may become a directory in one commit", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration({ a: "1\n" }));
  await publish(bench.remote, "acme", declaration({ "a/b": "2\n" }));
  await publish(bench.remote, "acme", declaration({ a: "3\n" }));
  assert.deepEqual([...(await bench.read("fleet", "main")).keys()], [".flux-fleet/acme.json", "a"]);
});

test("paths and texts of every kind arrive byte for byte", async (t) => {
  const bench = await workbench(t);
  const odd = {
    'a "quoted" name.yaml': "x",
    "ünïcode/日本.yaml": "é\u2028\r\n\u0000",
    "-dash.yaml": "--\ndone\nM 100644 inline evil\ndata 1\nx\n",
    ":(glob)*.yaml": "",
  };
  await publish(bench.remote, "acme", declaration(odd));
  const again = await publish(bench.remote, "acme", declaration(odd));
  assert.equal(again.change.isEmpty, true);
  const tree = await bench.read("fleet", "main");
  for (const [path, text] of Object.entries(odd)) assert.equal(tree.get(path), text);
  assert.equal(tree.size, 5);
});

test("a rejected push names the server's reason and leaves nothing", async (t) => {
  const bench = await workbench(t);
  await bench.rejectPushes("fleet", "GH006: Protected branch update failed for refs/heads/main.");
  const error = await fleetError(publish(bench.remote, "acme", declaration(files)));
  assert.equal(error.code, "GIT_PUSH_REJECTED");
  assert.match(error.message, /GH006: Protected branch update failed/u);
  assert.match(error.message, /let this token's account push/iu);
  assert.deepEqual(await bench.log("fleet", "main"), []);
  await bench.rejectPushes("fleet", undefined);
  await publish(bench.remote, "acme", declaration(files));
  assert.equal((await bench.log("fleet", "main")).length, 1);
});

test("the reader knows descendants and who touched a path", async (t) => {
  const bench = await workbench(t);
  const { commit } = await publish(bench.remote, "acme", declaration(files));
  const later = await bench.commit("fleet", "main", { "README.md": "x\n" }, { message: "Say x" });
  const reader = await readHead(bench.remote, "acme");
  t.after(() => reader.dispose());
  assert.equal(reader.head.commit, later);
  assert.equal(reader.head.ownershipCommit, commit);
  assert.equal(await reader.isDescendant(later, commit), true);
  assert.equal(await reader.isDescendant(commit, later), false);
  assert.equal(await reader.isDescendant(commit, commit), true);
  assert.equal((await reader.lastTouch("README.md"))?.subject, "Say x");
  assert.equal(await reader.readText("clusters/a.yaml"), files["clusters/a.yaml"]);
  assert.equal(await reader.readText("missing"), undefined);
});
