import assert from "node:assert/strict";
import { test } from "node:test";

import { describeChange, diffFields, summarizeChange } from "../../repository/index.js";
import type { Change } from "../../repository/index.js";

const none: Change = {
  ...{ added: [], changed: [], removed: [], unknown: [] },
  ...{ unchanged: 5, isEmpty: true },
};

test("shows added and removed files as one line and changed ones field by field", () => {
  const path = "clusters/production/eu/tenants/payments.yaml";
  const change: Change = {
    ...none,
    isEmpty: false,
    added: ["new.yaml"],
    changed: [".flux-fleet/acme.json", path],
    removed: ["old.yaml"],
    unknown: ["later.yaml"],
  };
  const before = new Map([[path, 'spec:\n  interval: "10m"\n  list: [1, 2]\n  gone: {a: 1}\n']]);
  const after = new Map([[path, 'spec:\n  interval: "5m"\n  list: [1, 3]\n  prune: true\n']]);
  assert.deepEqual(describeChange(change, before, after), [
    `~ ${path} -> - spec.gone: {"a":1}`,
    `~ ${path} -> spec.interval: "10m" -> "5m"`,
    `~ ${path} -> spec.list[1]: 2 -> 3`,
    `~ ${path} -> + spec.prune: true`,
    "? later.yaml: depends on a value that is not known yet",
    "+ new.yaml",
    "- old.yaml",
  ]);
  assert.deepEqual(describeChange(change, before, after, { limit: 2 }).slice(2), ["… 5 more"]);
});

test("names the object when a file holds several, whatever their order", () => {
  const object = (kind: string, value: string): string =>
    `kind: ${kind}\nmetadata: {name: x, namespace: n}\nspec: {v: ${value}}\n`;
  const before = `${object("A", "1")}---\n${object("B", "1")}`;
  const after = `${object("B", "2")}---\n${object("A", "1")}---\n${object("C", "1")}`;
  assert.deepEqual(diffFields(before, after), ["B n/x spec.v: 1 -> 2", "+ C n/x"]);
});

test("never prints a value of a Secret, wherever it stands", () => {
  const secret = (value: string): string =>
    [
      "kind: Secret",
      "metadata: {name: s, annotations: {last: ANN}}",
      "data: {a: VAL}",
      "stringData: {b: VAL}",
    ]
      .join("\n")
      .replaceAll("VAL", value)
      .replaceAll("ANN", value);
  const list = (value: string): string =>
    `kind: List\nitems:\n- ${secret(value).replaceAll("\n", "\n  ")}\n`;
  const generator = (value: string): string => `secretGenerator: [{literals: [a=${value}]}]\n`;
  const patch = (value: string): string => `stringData: {a: ${value}}\nadded${value}: 1\n`;
  for (const [before, after] of [
    [secret("canary1"), secret("canary2")],
    [list("canary1"), list("canary2")],
    ["kind: List\n", list("canary2")],
    [generator("canary1"), generator("canary2")],
    ["kind: Secret\n", secret("canary2")],
    [patch("x"), "stringData: {a: canary2}\n"],
  ] as const) {
    const lines = diffFields(before, after);
    assert.ok(lines.length > 0);
    assert.doesNotMatch(lines.join("\n"), /canary/u);
  }
  assert.ok(diffFields(secret("a"), secret("b")).includes("data.a: (secret) changes"));
});

test("text that is not YAML, and a change of comments only, are described without contents", () => {
  assert.deepEqual(diffFields("a: [\n", "b\nc\n"), ["text changes (2 -> 3 lines)"]);
  assert.deepEqual(diffFields("a: 1\n", "a: 1 # why\n"), ["comments or layout change"]);
  assert.deepEqual(diffFields("a: 1\n", "a: 1\n"), []);
});

test("sums a change up in one line", () => {
  const context = { clusters: 2, branch: "main", commit: "abc1234def" };
  const change = { ...none, isEmpty: false, added: ["a", "b"], unknown: ["c"] };
  const summary = summarizeChange(change, context);
  assert.equal(summary, "3 files change on 2 clusters, against main@abc1234");
  assert.equal(summarizeChange(none, context), "no file changes, against main@abc1234");
  const first = { clusters: 1, branch: "main", commit: undefined };
  const one = { ...none, isEmpty: false, added: ["a", ".flux-fleet/acme.json"] };
  assert.equal(summarizeChange(one, first), "1 file changes on 1 cluster, against new branch main");
});
