import assert from "node:assert/strict";
import { test } from "node:test";

import { blobId, treeId } from "../../repository/index.js";
import { workbench } from "./workbench.js";
import { execFileSync } from "node:child_process";

test("treeId and blobId equal what git computes, whatever the order of the files", async (t) => {
  const files = {
    "a/b.yaml": "1\n",
    "a.yaml": "2\n",
    a0: "3\n",
    "a/b/c": "",
    "a-b/c": "é",
    "ü/日本.yaml": "x",
    "\u{1f600}/x": "y",
    "\uffee": "z",
  };
  const bench = await workbench(t, files);
  const git = (revision: string): string =>
    execFileSync("git", ["--git-dir", bench.bareDirectory("fleet"), "rev-parse", revision], {
      encoding: "utf8",
    }).trim();
  const list = Object.entries(files).map(([path, text]) => ({ path, text }));
  assert.equal(treeId(list), git("main^{tree}"));
  assert.equal(treeId([...list].reverse()), treeId(list));
  assert.equal(blobId("é"), git("main:a-b/c"));
});

test("the tree of no files is git's empty tree", () => {
  assert.equal(treeId([]), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
});
