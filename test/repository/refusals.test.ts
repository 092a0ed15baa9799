import assert from "node:assert/strict";
import { test } from "node:test";

import { publish } from "../../repository/index.js";
import { declaration, fleetError, workbench } from "./workbench.js";

const first = { "a.yaml": "spec:\n  interval: 10m\n", "b.yaml": "kind: B\n" };
const second = { ...first, "a.yaml": "spec:\n  interval: 5m\n" };

test("a human's edit of an owned file stops, named with commit, author, date and fields", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  const edit = { author: "Olga On-Call <olga@example.com>", message: "Slow down" };
  const commit = await bench.commit("fleet", "main", { "a.yaml": "spec:\n  interval: 1h\n" }, edit);
  const error = await fleetError(publish(bench.remote, "acme", declaration(second)));
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [["HUMAN_EDIT", "a.yaml"]],
  );
  const problem = error.findings[0]?.problem ?? "";
  assert.match(problem, /^This owned file was changed by Olga On-Call <olga@example.com> in /u);
  assert.ok(problem.includes(commit.slice(0, 10)));
  assert.match(problem, /on \d{4}-\d\d-\d\dT[^ ]+ \("Slow down"\)/u);
  assert.match(problem, /spec\.interval: "10m" -> "1h"/u);
  assert.equal((await bench.log("fleet", "main"))[0]?.commit, commit);
});

test("an edit stops also when the file is not declared differently or is to be removed", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  await bench.commit("fleet", "main", { "a.yaml": "spec: {}\n", "b.yaml": "kind: Other\n" });
  const kept = declaration({ "a.yaml": first["a.yaml"] });
  const error = await fleetError(publish(bench.remote, "acme", kept));
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [
      ["HUMAN_EDIT", "a.yaml"],
      ["HUMAN_EDIT", "b.yaml"],
    ],
  );
  assert.equal((await bench.log("fleet", "main")).length, 2);
});

test("a path given to restore is written over the edit, and only that path", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  await bench.commit("fleet", "main", { "a.yaml": "spec: {}\n", "b.yaml": "kind: Other\n" });
  const half = await fleetError(
    publish(bench.remote, "acme", declaration(first), { restore: ["a.yaml"] }),
  );
  assert.deepEqual(
    half.findings.map(({ path }) => path),
    ["b.yaml"],
  );
  await publish(bench.remote, "acme", declaration(first), { restore: ["a.yaml", "b.yaml"] });
  const tree = await bench.read("fleet", "main");
  assert.equal(tree.get("a.yaml"), first["a.yaml"]);
  assert.equal(tree.get("b.yaml"), first["b.yaml"]);
  assert.equal((await bench.log("fleet", "main")).length, 3);
});

test("a program changed to match the edit is published without restore", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  await bench.commit("fleet", "main", { "a.yaml": second["a.yaml"] });
  const { change } = await publish(bench.remote, "acme", declaration(second));
  assert.deepEqual(change.changed, [".flux-fleet/acme.json"]);
  const third = { ...second, "a.yaml": "spec:\n  interval: 7m\n" };
  await publish(bench.remote, "acme", declaration(third));
  assert.equal((await bench.read("fleet", "main")).get("a.yaml"), third["a.yaml"]);
});

test("a deleted owned file is an edit too, and restore brings it back", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  await bench.commit("fleet", "main", { "a.yaml": null });
  const error = await fleetError(publish(bench.remote, "acme", declaration(first)));
  assert.equal(error.code, "HUMAN_EDIT");
  assert.match(error.findings[0]?.problem ?? "", /was deleted by Someone Else/u);
  await publish(bench.remote, "acme", declaration(first), { restore: ["a.yaml"] });
  assert.equal((await bench.read("fleet", "main")).get("a.yaml"), first["a.yaml"]);
});

test("a revert of our commit, ownership file included, is not undone, and settled once agreed with", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  const before = await bench.read("fleet", "main");
  await publish(bench.remote, "acme", declaration({ ...second, "c.yaml": "kind: C\n" }));
  const reverted = { ...Object.fromEntries(before), "c.yaml": null };
  const message = 'Revert "Update acme: 3 files"';
  const revert = await bench.commit("fleet", "main", reverted, { message });

  const next = declaration({ ...second, "c.yaml": "kind: C\n", "d.yaml": "kind: D\n" });
  const error = await fleetError(publish(bench.remote, "acme", next));
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [
      ["HUMAN_EDIT", "a.yaml"],
      ["HUMAN_EDIT", "c.yaml"],
    ],
  );
  assert.equal((await bench.log("fleet", "main"))[0]?.commit, revert);
  const matching = await publish(bench.remote, "acme", declaration(first));
  assert.deepEqual(matching.change.changed, [".flux-fleet/acme.json"]);
  const settled = await publish(bench.remote, "acme", declaration(first));
  assert.equal(settled.change.isEmpty, true);
  assert.equal(settled.commit, matching.commit);
  await publish(bench.remote, "acme", next);
  assert.equal((await bench.read("fleet", "main")).get("c.yaml"), "kind: C\n");
});

test("a revert that brings back a removed file is not undone", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  const before = await bench.read("fleet", "main");
  await publish(bench.remote, "acme", declaration({ "a.yaml": first["a.yaml"] }));
  await bench.commit("fleet", "main", Object.fromEntries(before));
  const error = await fleetError(
    publish(bench.remote, "acme", declaration({ "a.yaml": first["a.yaml"] })),
  );
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [["HUMAN_EDIT", "b.yaml"]],
  );
  assert.match(error.findings[0]?.problem ?? "", /was brought back by/u);
});

test("a deleted ownership file does not make our files foreign", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  await bench.commit("fleet", "main", { ".flux-fleet/acme.json": null });
  await publish(bench.remote, "acme", declaration({ "a.yaml": second["a.yaml"] }));
  const tree = await bench.read("fleet", "main");
  assert.deepEqual([...tree.keys()], [".flux-fleet/acme.json", "a.yaml"]);
});

test("a file of nobody is taken over only by name", async (t) => {
  const bench = await workbench(t, { "a.yaml": "hand: made\n", "b.yaml": "hand: made\n" });
  const error = await fleetError(publish(bench.remote, "acme", declaration(first)));
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [
      ["PATH_NOT_ADOPTED", "a.yaml"],
      ["PATH_NOT_ADOPTED", "b.yaml"],
    ],
  );
  const { change } = await publish(bench.remote, "acme", declaration(first), {
    adopt: ["a.yaml", "b.yaml"],
  });
  assert.deepEqual(change.changed, ["a.yaml", "b.yaml"]);
  assert.equal((await bench.log("fleet", "main")).length, 2);
});

test("taking over files that are equal already changes none of them", async (t) => {
  const bench = await workbench(t, first);
  const adopt = Object.keys(first);
  const { change } = await publish(bench.remote, "acme", declaration(first), { adopt });
  assert.deepEqual(change.added, [".flux-fleet/acme.json"]);
  assert.deepEqual([...change.changed, ...change.removed], []);
});

test("a path of another owner is refused naming that owner, also with adopt", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "other", declaration(first, { owner: "other" }));
  const work = publish(bench.remote, "acme", declaration(second), { adopt: ["a.yaml", "b.yaml"] });
  const error = await fleetError(work);
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [
      ["PATH_OWNED_BY_OTHER", "a.yaml"],
      ["PATH_OWNED_BY_OTHER", "b.yaml"],
    ],
  );
  assert.match(error.message, /Owner "acme" declares this file, but owner "other" has it/u);
});

test("a file of others with a setter marker is not taken over by one without", async (t) => {
  const marked = 'image: app:1.0.0 # {"$imagepolicy": "flux-system:app"}\n';
  const bench = await workbench(t, { "a.yaml": marked });
  const next = declaration({ "a.yaml": "image: app:2.0.0\n" });
  const error = await fleetError(publish(bench.remote, "acme", next, { adopt: ["a.yaml"] }));
  assert.equal(error.code, "MARKER_FILE");
  assert.equal((await bench.read("fleet", "main")).get("a.yaml"), marked);
});

test("a damaged ownership file is refused, whoever's it is", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  for (const owner of ["acme", "other"]) {
    const path = `.flux-fleet/${owner}.json`;
    const good = (await bench.read("fleet", "main")).get(path);
    await bench.commit("fleet", "main", { [path]: "<<<<<<< HEAD\n{}\n" });
    const error = await fleetError(publish(bench.remote, "acme", declaration(second)));
    assert.equal(error.code, "OWNERSHIP_DAMAGED");
    assert.equal(error.findings[0]?.path, path);
    await bench.commit("fleet", "main", { [path]: good ?? null });
  }
  assert.equal((await bench.read("fleet", "main")).get("a.yaml"), first["a.yaml"]);
});

test("links at a declared path, and a link above it, are refused", async (t) => {
  const bench = await workbench(t);
  const link = { mode: "120000" };
  await bench.commit("fleet", "main", { "a.yaml": "/etc/passwd", d: "/tmp" }, link);
  const files = declaration({ "a.yaml": "x\n", "d/e.yaml": "x\n" });
  const error = await fleetError(publish(bench.remote, "acme", files, { adopt: ["a.yaml"] }));
  assert.deepEqual(
    error.findings.map(({ code, path }) => [code, path]),
    [
      ["NOT_A_FILE", "a.yaml"],
      ["PATH_CONFLICT", "d/e.yaml"],
    ],
  );
});

test("an owned file that became executable counts as edited", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(first));
  await bench.commit("fleet", "main", { "a.yaml": first["a.yaml"] }, { mode: "100755" });
  const error = await fleetError(publish(bench.remote, "acme", declaration(first)));
  assert.deepEqual(
    error.findings.map(({ code }) => code),
    ["HUMAN_EDIT"],
  );
});
