import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cycles } from "../../graph/cycles.js";
import { durationSeconds } from "../../graph/values/durations.js";
import { overlaps } from "../../graph/overlaps.js";
import { indexClusters } from "../../graph/selection.js";
import { accountNamespace, grantsNoMoreThan } from "../../graph/privileges.js";
import { isQualifiedName } from "../../graph/values/names.js";

function graph(edges: Readonly<Record<string, readonly string[]>>): Map<string, readonly string[]> {
  return new Map(Object.entries(edges));
}

describe("cycles", () => {
  it("reports each circle once, as a closed walk from its smallest node", () => {
    const found = cycles(graph({ c: ["a"], a: ["b"], b: ["c", "x"], x: ["y"], y: ["x"], z: [] }));
    assert.deepEqual(found, [
      ["a", "b", "c", "a"],
      ["x", "y", "x"],
    ]);
  });

  it("takes the shortest walk of tangled circles, ignores unknown nodes and accepts diamonds", () => {
    assert.deepEqual(cycles(graph({ a: ["b", "c"], b: ["c"], c: ["a"] })), [["a", "c", "a"]]);
    assert.deepEqual(cycles(graph({ a: ["b", "c", "?"], b: ["d"], c: ["d"], d: [] })), []);
  });

  it("goes through chains far deeper than the call stack", () => {
    const size = 100_000;
    const chain = new Map(
      Array.from({ length: size }, (_, i) => [String(i), [String(i + 1)]] as const),
    );
    assert.deepEqual(cycles(chain), []);
    chain.set(String(size), ["0"]);
    assert.equal(cycles(chain)[0]?.length, size + 2);
  });
});

describe("overlaps", () => {
  const claim = (directory: string, group: string): Parameters<typeof overlaps>[0][number] => ({
    directory,
    group,
    claimant: group,
  });
  const pairs = (claims: Parameters<typeof overlaps>[0]): readonly string[] =>
    overlaps(claims).map(
      ({ outer, inner }) => `${outer.group}:${outer.directory} > ${inner.group}:${inner.directory}`,
    );

  it("finds equal and nested directories and no siblings with a common beginning", () => {
    const claims = [claim("a", "1"), claim("a-b", "2"), claim("a/b", "3"), claim("ab", "4")];
    assert.deepEqual(pairs(claims), ["1:a > 3:a/b"]);
    assert.deepEqual(pairs([claim("x/y", "1"), claim("x/y", "2")]), ["1:x/y > 2:x/y"]);
  });

  it("takes the whole repository as around everything", () => {
    assert.deepEqual(pairs([claim("", "root"), claim("a/b", "1")]), ["root: > 1:a/b"]);
  });

  it("leaves claims of one group alone", () => {
    assert.deepEqual(pairs([claim("a", "1"), claim("a/b", "1"), claim("a/b/c", "2")]), [
      "1:a/b > 2:a/b/c",
    ]);
  });
});

describe("indexClusters", () => {
  const index = indexClusters([
    { name: "b", environment: "prod", ring: "early", labels: { tier: "1" } },
    { name: "a", environment: "prod", ring: "late", labels: { tier: "1", zone: "x" } },
    { name: "c", environment: "test", ring: "late", labels: {} },
  ]);

  it("finds clusters that have every property, sorted", () => {
    assert.deepEqual(index.find({ environment: "prod" }), ["a", "b"]);
    assert.deepEqual(index.find({ environment: "prod", ring: "late" }), ["a"]);
    assert.deepEqual(index.find({ labels: { tier: "1", zone: "x" } }), ["a"]);
    assert.deepEqual(index.find({ labels: { tier: "2" } }), []);
  });

  it("does not take a label for a property of the same name", () => {
    const tricky = indexClusters([
      { name: "a", environment: "x", ring: "y", labels: { environment: "z" } },
    ]);
    assert.deepEqual(tricky.find({ environment: "z" }), []);
  });
});

describe("durationSeconds", () => {
  it("adds up the units of a Go duration", () => {
    assert.equal(durationSeconds("1h30m10s500ms"), 5410.5);
    assert.equal(durationSeconds("1.5h"), 5400);
    assert.equal(durationSeconds("1d"), undefined);
  });
});

describe("isQualifiedName", () => {
  it("is what Kubernetes takes as a label key", () => {
    for (const key of ["a", "a.b/c_d", "A-b", "a".repeat(63)]) {
      assert.ok(isQualifiedName(key), key);
    }
    for (const key of ["", "a/b/c", "/a", "a/", "A.b/c", "a b", "a".repeat(64)]) {
      assert.ok(!isQualifiedName(key), key);
    }
  });
});

describe("rights", () => {
  const allowed = [{ apiGroups: [""], resources: ["pods", "secrets"], verbs: ["get", "list"] }];

  it("are no more when every right is listed, and more with any wildcard", () => {
    const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
    assert.ok(grantsNoMoreThan([rule], allowed));
    assert.ok(grantsNoMoreThan([], allowed));
    assert.ok(!grantsNoMoreThan([{ ...rule, verbs: ["*"] }], allowed));
    assert.ok(!grantsNoMoreThan([{ ...rule, resources: ["*"] }], allowed));
    assert.ok(!grantsNoMoreThan([{ ...rule, verbs: ["get", "delete"] }], allowed));
    assert.ok(!grantsNoMoreThan([{ nonResourceURLs: ["/metrics"], verbs: ["get"] }], allowed));
  });

  it("reach the ServiceAccounts of the Namespaces that a subject stands for", () => {
    const of = (kind: string, name: string, namespace?: string): string | undefined =>
      accountNamespace({ kind, name, ...(namespace === undefined ? {} : { namespace }) }, "here");
    assert.equal(of("ServiceAccount", "x", "shop"), "shop");
    assert.equal(of("ServiceAccount", "x"), "here");
    assert.equal(of("User", "system:serviceaccount:shop:x"), "shop");
    assert.equal(of("Group", "system:serviceaccounts:shop"), "shop");
    assert.equal(of("Group", "system:serviceaccounts"), "*");
    assert.equal(of("Group", "system:authenticated"), "*");
    assert.equal(of("Group", "developers"), undefined);
    assert.equal(of("User", "jane"), undefined);
  });
});
