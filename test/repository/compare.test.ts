import assert from "node:assert/strict";
import { test } from "node:test";

import { blobId, compareWithHead, formatOwnership } from "../../repository/index.js";
import type { Comparison, Head, Permissions } from "../../repository/index.js";
import { declaration } from "./workbench.js";

function headWith(
  foreign: Readonly<Record<string, string>>,
  owned: Readonly<Record<string, string>> = {},
): Head {
  const all = Object.entries({ ...foreign, ...owned });
  const files = new Map(
    all.map(([path, text]) => [path, { blob: blobId(text), mode: "100644" }] as const),
  );
  const paths = Object.fromEntries(Object.entries(owned).map(([p, text]) => [p, blobId(text)]));
  const ownership = {
    ...({ version: 1, owner: "acme", renderer: "test 1" } as const),
    ...{ paths, record: { tenants: {} } },
  };
  const text = formatOwnership(ownership);
  files.set(".flux-fleet/acme.json", { blob: blobId(text), mode: "100644" });
  const commit = "1".repeat(40);
  const history = { commit, ownershipCommit: commit, otherOwners: new Map() };
  return { ...history, files, ownership, published: ownership };
}

function codes({ findings }: Comparison): string[] {
  return findings.map(({ code, path }) => `${code} ${path}`);
}

test("what is declared and at the head already is no change", () => {
  const files = { "a.yaml": "x\n" };
  const { change, findings, edits } = compareWithHead(declaration(files), headWith({}, files));
  assert.deepEqual({ findings, edits }, { findings: [], edits: [] });
  assert.equal(change.isEmpty, true);
  assert.equal(change.unchanged, 2);
});

test("only paths in the ownership record are removed", () => {
  const head = headWith({ "tenants/x/hand.yaml": "" }, { "tenants/x/a.yaml": "" });
  const { change } = compareWithHead(declaration({}), head);
  assert.deepEqual(change.removed, ["tenants/x/a.yaml"]);
});

test("refuses a file where a foreign directory is, and the reverse", () => {
  const head = headWith({ "a/b.yaml": "", c: "" });
  const compared = compareWithHead(declaration({ a: "x", "c/d.yaml": "x" }), head);
  assert.deepEqual(codes(compared), ["PATH_CONFLICT a", "PATH_CONFLICT c/d.yaml"]);
});

test("refuses names that differ from foreign ones only in case or Unicode form", () => {
  const head = headWith({ "Team/x.yaml": "", "caf\u00e9.yaml": "" });
  const files = { "team/y.yaml": "x", "Team/X.yaml": "x", "cafe\u0301.yaml": "x", "Team/z": "x" };
  assert.deepEqual(codes(compareWithHead(declaration(files), head)), [
    "PATH_CONFLICT Team/X.yaml",
    "PATH_CONFLICT cafe\u0301.yaml",
    "PATH_CONFLICT team/y.yaml",
  ]);
});

test("refuses paths that must never be written, also when nobody checked them before", () => {
  const paths = [
    "../x",
    "/x",
    "a/../b",
    ".git/config",
    ".GIT/hooks/x",
    "a/.git",
    "GIT~1/x",
    "a//b",
  ];
  paths.push("./a", "a/", "a\nb", "a\u0000", "\ud800", "a\\b", "", ".flux-fleet/acme.json");
  for (const path of paths) {
    const [first] = codes(compareWithHead(declaration({ [path]: "x" }), headWith({})));
    assert.match(first ?? "nothing", /^PATH_REFUSED /u, JSON.stringify(path));
  }
});

test("refuses one path declared twice", () => {
  const twice = declaration({ a: "1" });
  const files = [...twice.files, { path: "a", text: "2" }];
  assert.deepEqual(codes(compareWithHead({ ...twice, files }, headWith({}))), ["PATH_REFUSED a"]);
});

test("files with unknown values are listed apart and never written", () => {
  const files = [{ path: "a.yaml", text: "?", unknown: true }];
  const { change, writes } = compareWithHead({ ...declaration({}), files }, headWith({}));
  assert.deepEqual(change.unknown, ["a.yaml"]);
  assert.equal(change.isEmpty, false);
  assert.equal(writes.size, 0);
});

test("a path in restore that nobody edited is a warning, so that it is taken out again", () => {
  const files = { "a.yaml": "x\n" };
  const permissions: Permissions = { restore: ["a.yaml"] };
  const { findings } = compareWithHead(declaration(files), headWith({}, files), permissions);
  assert.deepEqual(
    findings.map(({ code, severity }) => [code, severity]),
    [["RESTORE_UNUSED", "warning"]],
  );
});

test("a directory that has to vanish is refused while it holds a file of others", () => {
  const owned = { "clusters/us/root.yaml": "x\n", "clusters/eu/root.yaml": "x\n" };
  const { files } = declaration({ "clusters/eu/root.yaml": "x\n" });
  const emptied = { ...declaration({}), files, emptied: ["clusters/us"] };
  assert.deepEqual(codes(compareWithHead(emptied, headWith({}, owned))), []);
  const foreign = { "clusters/us/extra/by-hand.yaml": "y\n", "clusters/usa/other.yaml": "z\n" };
  assert.deepEqual(codes(compareWithHead(emptied, headWith(foreign, owned))), [
    "DIRECTORY_NOT_EMPTY clusters/us/extra/by-hand.yaml",
  ]);
});
