import assert from "node:assert/strict";
import { describe, it } from "node:test";
import vm from "node:vm";
import { FleetError, type Finding } from "../../errors.js";
import { hasSetterMarker, imagePolicyMarker, printYaml } from "../../manifests/index.js";

describe("printYaml", () => {
  it("prints apiVersion, kind and metadata first, name and namespace first inside it", () => {
    const object = {
      spec: { b: 1, a: [{ z: true, y: null }, "x", []] },
      kind: "Thing",
      metadata: { labels: { b: "yes", a: "1.0" }, namespace: "payments", name: "app" },
      apiVersion: "example.com/v1",
    };
    assert.equal(
      printYaml([object]),
      [
        "apiVersion: example.com/v1",
        "kind: Thing",
        "metadata:",
        "  name: app",
        "  namespace: payments",
        "  labels:",
        '    a: "1.0"',
        '    b: "yes"',
        "spec:",
        "  a:",
        "  - y: null".replace("y:", '"y":'),
        "    z: true",
        "  - x",
        "  - []",
        "  b: 1",
        "",
      ].join("\n"),
    );
  });

  it("prints nested metadata by code unit: only an object's own metadata has an order of its own", () => {
    const template = { metadata: { name: "a", labels: {} } };
    assert.equal(
      printYaml([{ spec: { template } }]),
      "spec:\n  template:\n    metadata:\n      labels: {}\n      name: a\n",
    );
  });

  it("separates documents, and prints nothing for no object", () => {
    assert.equal(printYaml([]), "");
    assert.equal(printYaml([{}]), "{}\n");
    assert.equal(printYaml([{ a: 1 }, {}, { b: 2 }]), "a: 1\n---\n{}\n---\nb: 2\n");
  });

  it("prints text of several lines as a block where no reader and no reviewer can misread it", () => {
    const block = (text: string): string => printYaml([{ a: { b: text } }]);
    assert.equal(block("one\n\n  two\n"), "a:\n  b: |\n    one\n\n      two\n");
    assert.equal(block("one\ntwo"), "a:\n  b: |-\n    one\n    two\n");
    assert.equal(printYaml([{ a: ["x\ny\n"] }]), "a:\n- |\n  x\n  y\n");
    assert.equal(block("one \ntwo"), 'a:\n  b: "one \\ntwo"\n');
    assert.equal(block(" one\ntwo"), 'a:\n  b: " one\\ntwo"\n');
    assert.equal(block("one\n\n"), 'a:\n  b: "one\\n\\n"\n');
    assert.equal(block("one\r\ntwo"), 'a:\n  b: "one\\r\\ntwo"\n');
  });

  it("escapes what a reviewer cannot see", () => {
    assert.equal(
      printYaml([{ a: "\0\x07\x85\xa0\u200b\u202e\u2028\ufeff\u{1f600}é" }]),
      'a: "\\0\\x07\\x85\\xA0\\u200B\\u202E\\u2028\\uFEFF\\U0001F600é"\n',
    );
  });

  it("keeps durations, quantities, versions and references readable", () => {
    const plain = ["10m0s", "64Gi", "2.9.4", "ghcr.io/acme/app:v1", "https://a.b/c", "/x", "a/b-c"];
    assert.equal(printYaml([{ plain }]), `plain:\n${plain.map((p) => `- ${p}\n`).join("")}`);
    assert.equal(printYaml([{ a: "e12" }]), 'a: "e12"\n');
  });

  it("writes a key above 1024 characters in the explicit form", () => {
    const key = "k".repeat(1025);
    assert.equal(printYaml([{ [key]: { a: 1 } }]), `? ${key}\n:\n  a: 1\n`);
  });

  it("takes plain objects without prototype and of another realm", () => {
    const bare: object = Object.assign(Object.create(null) as object, { a: 1 });
    const foreign = vm.runInNewContext("({ a: [{ b: 1 }] })") as object;
    assert.equal(printYaml([bare, foreign]), "a: 1\n---\na:\n- b: 1\n");
  });

  it("prints a value that stands at two places twice, without an anchor", () => {
    const shared = { x: [1] };
    assert.equal(printYaml([{ a: shared, b: shared }]), "a:\n  x:\n  - 1\nb:\n  x:\n  - 1\n");
  });
});

describe("printYaml refuses, with the path,", () => {
  class Thing {
    readonly x = 1;
  }
  const cyclic: { self?: unknown } = {};
  cyclic.self = [cyclic];
  const output = Object.assign(new Thing(), { __pulumiOutput: true });
  const liftingOutput = Object.assign(() => 1, { __pulumiOutput: true });
  let deep: unknown = {};
  for (let i = 0; i < 200; i++) deep = { a: deep };
  const sparse: unknown[] = [1];
  sparse[2] = 3;

  const rows: readonly (readonly [string, object, Finding["code"], string])[] = [
    ["undefined", { a: { b: undefined } }, "UNPRINTABLE_VALUE", "a.b"],
    ["a function", { a: [{ c: () => 1 }] }, "UNPRINTABLE_VALUE", "a[0].c"],
    ["a symbol", { a: Symbol("x") }, "UNPRINTABLE_VALUE", "a"],
    ["a Date", { a: new Date(0) }, "UNPRINTABLE_VALUE", "a"],
    ["a BigInt", { a: 1n }, "UNPRINTABLE_VALUE", "a"],
    ["a Map", { a: new Map() }, "UNPRINTABLE_VALUE", "a"],
    ["a Set", { a: new Set() }, "UNPRINTABLE_VALUE", "a"],
    ["bytes", { a: Buffer.from("x") }, "UNPRINTABLE_VALUE", "a"],
    ["a boxed string", { a: new String("x") }, "UNPRINTABLE_VALUE", "a"],
    ["a class instance", { a: new Thing() }, "UNPRINTABLE_VALUE", "a"],
    ["a Promise", { a: Promise.resolve(1) }, "UNPRINTABLE_VALUE", "a"],
    ["NaN", { "a.b": [NaN] }, "UNPRINTABLE_VALUE", '["a.b"][0]'],
    ["an infinite number", { a: -Infinity }, "UNPRINTABLE_VALUE", "a"],
    ["negative zero", { a: -0 }, "UNPRINTABLE_VALUE", "a"],
    ["an integer that has lost digits", { a: 2 ** 53 }, "UNPRINTABLE_VALUE", "a"],
    ["a hole in a list", { a: sparse }, "UNPRINTABLE_VALUE", "a[1]"],
    ["a cycle", cyclic, "UNPRINTABLE_VALUE", "self[0]"],
    ["endless nesting", { deep }, "UNPRINTABLE_VALUE", `deep${".a".repeat(100)}`],
    ["half a surrogate pair", { a: "x\ud83d" }, "UNPRINTABLE_STRING", "a"],
    ["half a surrogate pair in a block", { a: "x\n\udc00\n" }, "UNPRINTABLE_STRING", "a"],
    ["half a surrogate pair in a key", { "\ud83d": 1 }, "UNPRINTABLE_STRING", '["\\ud83d"]'],
    ["an unresolved Output", { a: { b: [output] } }, "UNRESOLVED_OUTPUT", "a.b[0]"],
    ["an unresolved callable Output", { a: liftingOutput }, "UNRESOLVED_OUTPUT", "a"],
  ];
  for (const [what, object, code, path] of rows) {
    it(what, () => {
      assert.deepEqual(problems([object]), [[code, path]]);
    });
  }

  it("everything at once, naming the document when there are several", () => {
    assert.deepEqual(problems([{ a: 1 }, { b: undefined, a: [NaN] }, [] as object]), [
      ["UNPRINTABLE_VALUE", "[1].a[0]"],
      ["UNPRINTABLE_VALUE", "[1].b"],
      ["UNPRINTABLE_VALUE", "[2]"],
    ]);
  });

  it("text without repeating it: it may be a secret", () => {
    assert.throws(
      () => printYaml([{ data: { password: "hunter2\ud800" } }]),
      (error: Error) => !error.message.includes("hunter2"),
    );
  });
});

describe("setter markers", () => {
  const policy = { namespace: "flux-system", name: "payment-service" } as const;

  it("are printed behind the value, on its line", () => {
    const image = imagePolicyMarker(policy, "ghcr.io/acme/app:1.0.0");
    const tag = imagePolicyMarker({ ...policy, field: "tag" }, "1.0");
    const printed = printYaml([{ image, list: [tag], text: imagePolicyMarker(policy, "a\nb\n") }]);
    assert.equal(
      printed,
      'image: ghcr.io/acme/app:1.0.0 # {"$imagepolicy": "flux-system:payment-service"}\n' +
        'list:\n- "1.0" # {"$imagepolicy": "flux-system:payment-service:tag"}\n' +
        'text: "a\\nb\\n" # {"$imagepolicy": "flux-system:payment-service"}\n',
    );
    assert.equal(hasSetterMarker(printed), true);
  });

  it("are recognised in files that others wrote", () => {
    assert.equal(hasSetterMarker("a: b #{'$imagepolicy': 'x:y'}"), true);
    assert.equal(hasSetterMarker('a: b\n# {"$imagepolicy": "x:y"}\nc: d'), true);
    assert.equal(hasSetterMarker("a: b # c\n$imagepolicy: x\n"), false);
  });

  it("cannot be forged by data, neither in a value nor in a key", () => {
    const forged = 'x # {"$imagepolicy": "a:b"}';
    const printed = printYaml([{ v: forged, block: `a\n${forged}\n`, [forged]: 1 }]);
    assert.equal(hasSetterMarker(printed), false);
    assert.equal(printed.includes("$imagepolicy"), false);
  });

  it("refuse parts that are no Kubernetes names, all together", () => {
    const bad = { namespace: "a:b", name: 'x"}\n', field: "digits" as "digest" };
    assert.throws(
      () => imagePolicyMarker(bad, "v"),
      (error: unknown) =>
        FleetError.is(error) &&
        error.findings.length === 3 &&
        error.findings.every((finding) => finding.code === "INVALID_MARKER"),
    );
  });
});

function problems(objects: readonly object[]): (readonly [string, string])[] {
  try {
    printYaml(objects);
  } catch (error) {
    if (!FleetError.is(error)) throw error;
    return error.findings.map((finding) => [finding.code, finding.path] as const);
  }
  return [];
}
