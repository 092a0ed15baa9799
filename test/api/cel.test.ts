import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileRule } from "../../api/cel.js";
import { crdsOf, supportedLines } from "../../api/index.js";
import { lineKinds } from "../../api/lines.js";
import type { FieldSchema } from "../../api/schema.js";
import { compileSchema } from "../../api/validator.js";

const schema: FieldSchema = {
  type: "object",
  properties: {
    provider: { type: "string", default: "generic" },
    name: { type: "string" },
    list: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
  },
};

describe("a rule in CEL", () => {
  for (const [rule, self, expected] of [
    ["has(self.name)", { name: "a" }, true],
    ["has(self.name)", {}, false],
    ["!has(self.name)", {}, true],
    // A field with a default is always there.
    ["has(self.provider)", {}, true],
    ["self.provider == 'generic'", {}, true],
    ["self.provider != 'generic'", { provider: "aws" }, true],
    // A field that is missing decides nothing, but does not disturb the side that decides.
    ["self.name == 'a'", {}, false],
    ["self.name != 'a'", {}, false],
    ["self.name == 'a' || self.provider == 'generic'", {}, true],
    ["self.provider == 'generic' || self.name == 'a'", {}, true],
    ["self.name == 'a' && self.provider == 'aws'", {}, false],
    ["self.provider == 'generic' && self.name == 'a'", {}, false],
    ["!has(self.name) || self.name == 'a' && self.provider == 'aws'", { name: "a" }, false],
    ["(!has(self.name) || self.name == 'a') && self.provider == 'aws'", {}, false],
    ["size(self.name) > 1", { name: "ab" }, true],
    ["size(self.name) > 1", { name: "😀" }, false],
    ["size(self.list) == 0", { list: [] }, true],
    ["size(self.list) >= 1 && size(self.list) <= 2 && size(self.list) < 2", { list: [{}] }, true],
    [
      "self.list.all(a, a.name.matches('^[a-z]+(\\\\.[a-z]+)?$'))",
      { list: [{ name: "a.b" }] },
      true,
    ],
    [
      "self.list.all(a, a.name.matches('^[a-z]+(\\\\.[a-z]+)?$'))",
      { list: [{ name: "a,b" }] },
      false,
    ],
    ["self.list.all(a, a.name == 'x')", {}, false],
    ["self.list.all(a, a.name == 'x')", { list: [] }, true],
    ["self.name == 'it\\'s'", { name: "it's" }, true],
  ] as const) {
    it(`${rule} is ${String(expected)} of ${JSON.stringify(self)}`, () => {
      assert.equal(compileRule(rule, schema)(self), expected);
    });
  }

  for (const rule of [
    "self.name.startsWith('a')",
    "self.list.exists(a, true)",
    "oldSelf.name == self.name",
    "self.name in ['a']",
    "self.list[0] == 'a'",
    "self.name == 'a' ? true : false",
    "has(self)",
    "self.name ==",
    "self.name == 'a' self",
    "(self.name == 'a'",
    "self.name == 'a",
    "size(self.name) + 1 > 2",
  ]) {
    it(`is refused when it is beyond what is understood: ${rule}`, () => {
      assert.throws(() => compileRule(rule, schema), SyntaxError);
    });
  }
});

describe("the definitions of every line", () => {
  for (const line of supportedLines) {
    it(`hold only rules and keywords that are understood, in Flux ${line}`, () => {
      for (const kind of Object.values(lineKinds(line))) {
        for (const version of Object.values(kind.versions)) compileSchema(version.schema);
      }
    });
  }

  it("hold rules, so that the test above means something", () => {
    const rules = new Set<string>();
    JSON.stringify(supportedLines.map(crdsOf), (key, value: unknown) => {
      if (key === "rule") rules.add(String(value));
      return value;
    });
    assert.ok(rules.size >= 20, `only ${rules.size} rules`);
  });

  it("are refused with a keyword that nobody has looked at", () => {
    const schemas: readonly unknown[] = [
      { type: "object", properties: { a: { type: "string", not: { enum: ["a"] } } } },
      { type: "string", format: "ipv4" },
      { type: "object", "x-kubernetes-validations": [{ rule: "self.a.b()", message: "" }] },
    ];
    for (const one of schemas) {
      assert.throws(() => compileSchema(one as FieldSchema), SyntaxError);
    }
  });
});
