import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { plainDecimal, shortDecimal } from "../../components/sops/document/go-number.js";
import { compileGoRegex } from "../../components/sops/document/go-regex.js";
import { readYaml } from "../../components/sops/document/yaml-reader.js";
import { writeYaml } from "../../components/sops/document/yaml-writer.js";
import { combineShares } from "../../components/sops/document/shamir.js";
import { resolvePlain } from "../../components/sops/document/yaml-plain.js";

describe("numbers as Go prints them", () => {
  it("have no exponent when encrypted, one of two digits in YAML", () => {
    const cases = [
      [0, "0", "0"],
      [-0, "-0", "-0"],
      [1.5, "1.5", "1.5"],
      [1e21, "1000000000000000000000", "1e+21"],
      [1234567.5, "1234567.5", "1.2345675e+06"],
      [123456, "123456", "123456"],
      [0.0001, "0.0001", "0.0001"],
      [0.00001, "0.00001", "1e-05"],
      [-1.5e-7, "-0.00000015", "-1.5e-07"],
    ] as const;
    for (const [value, decimal, short] of cases) {
      assert.equal(plainDecimal(value), decimal);
      assert.equal(shortDecimal(value), short);
    }
  });

  it("read back as the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.ok(Object.is(Number(plainDecimal(value)), value));
        assert.ok(Object.is(Number(shortDecimal(value)), value));
      }),
    );
  });
});

describe("plain YAML", () => {
  it("means what Go makes of it", () => {
    const time = (text: string): object => ({ kind: "time", text });
    const cases: readonly (readonly [string, unknown])[] = [
      ...["017", "0o17", "0O17"].map((text) => [text, 15n] as const),
      ...["0x1F", "-0x1f", "1_000", "0b11", "+5", "08"].map(
        (text, index) => [text, [31n, -31n, 1000n, 3n, 5n, 8][index]] as const,
      ),
      ...["1:30", "1__", "e12", "0x", "0b2", "-", "+", ".", "1e999", "yes", "_1"].map(
        (text) => [text, [text, 1n][text === "1__" ? 1 : 0]] as const,
      ),
      ["9223372036854775808", undefined],
      ["18446744073709551616", 18446744073709551616],
      ["2024-01-02", time("2024-01-02T00:00:00Z")],
      ["2024-1-2", time("2024-01-02T00:00:00Z")],
      ["2024-02-30", "2024-02-30"],
      ["2024-01-02T03:04:05.120+02:00", time("2024-01-02T03:04:05.12+02:00")],
      ["2024-01-02 03:04:05.5", time("2024-01-02T03:04:05.5Z")],
      ["2024-01-02 03:04:05Z", "2024-01-02 03:04:05Z"],
      ["24-01-02", "24-01-02"],
    ];
    for (const [text, value] of cases) {
      const read = resolvePlain(text);
      assert.deepEqual("value" in read ? read.value : undefined, value, text);
    }
  });

  it("expands an alias to what has its name there, also when the name is given again", () => {
    const text = "a: &x\n  b: &y 1\n  c: *y\nd: &y 2\ne: *x\nf: *y\n";
    const [document] = readYaml(text);
    assert.ok(document);
    assert.equal(
      writeYaml([document]),
      "a:\n    b: 1\n    c: 1\nd: 2\ne:\n    b: 1\n    c: 1\nf: 2\n",
    );
  });

  it("keeps comments with the collection in whose column they stand", () => {
    const [document] = readYaml("a:\n  b:\n    c: 1\n    # c\n  # b\n# a\nd: 2\n");
    assert.equal(
      JSON.stringify(document, (_, value: unknown) =>
        typeof value === "bigint" ? 0 : value,
      ).replace(/"(?:kind|inline)":[^,}]*,?|"items":/g, ""),
      '{[{"key":"a","value":{[{"key":"b","value":{[{"key":"c","value":0},{"text":" c",}]}},{"text":" b",}]}},{"text":" a",},{"key":"d","value":0}]}',
    );
  });
});

describe("regular expressions of Go", () => {
  it("match the same in the subset that is taken", () => {
    const cases = [
      ["^(data|stringData)$", ["data", "stringData"], ["xdata", "metadata"]],
      ["(?i)^PASS", ["password", "PASSword"], ["xpass"]],
      ["_secret$", ["a_secret"], ["secret"]],
      ["^[^a-c]+$", ["xyz", "\n"], ["xax", ""]],
      ["^[[:alpha:]]{2,3}$", ["ab", "abc"], ["a", "a1", "abcd"]],
      ["^[[:alnum:]_-]+$", ["a-1_"], ["a b"]],
      [String.raw`^\d+\.\w*$`, ["1.a", "12."], ["1a"]],
      ["^a.c$", ["abc", "a\rc", "a\u2028c", "a😀c"], ["a\nc"]],
      [String.raw`^\s$`, [" ", "\t"], ["\v", "\u00a0"]],
      ["^(?:ab)+?c$", ["abc", "ababc"], ["c"]],
      ["^a/b@c-d$", ["a/b@c-d"], []],
      [String.raw`^[\]\\&~-]$`, ["]", "\\", "&", "~", "-"], ["a"]],
    ] as const;
    for (const [source, yes, no] of cases) {
      const expression = compileGoRegex(source);
      assert.ok(expression, source);
      for (const text of yes) assert.ok(expression.test(text), `${source} on ${text}`);
      for (const text of no) assert.ok(!expression.test(text), `${source} on ${text}`);
    }
  });

  it("outside of it are refused: wrong, different or endless", () => {
    const refused = [
      ...["(", ")", "a)", "[", "[z-a]", "*", "a**", "a*+", "+a", "^*", "|*", "(?=a)", "(?!a)"],
      ...[
        "(?<n>a)",
        "(?P<n>a)",
        "(?s).",
        "(?-i)a",
        String.raw`\1`,
        String.raw`\b`,
        String.raw`\pL`,
      ],
      ...[String.raw`\p{L}`, String.raw`\Qa\E`, String.raw`\x41`, "[[:foo:]]", "[[.a.]]", "a{2"],
      ...["(a+)+$", "(a|a)*b", "((a*)b)*", "((a+)){2,}", "a{1001}", "]", "}", "\\"],
    ];
    for (const source of refused) assert.equal(compileGoRegex(source), undefined, source);
  });
});

describe("shares of a secret", () => {
  it("give it back when enough of them are there", () => {
    const secret = randomBytes(32);
    const slope = randomBytes(32);
    // A line through the secret: any two shares are enough.
    const share = (x: number): Uint8Array =>
      Uint8Array.from([...secret.map((byte, i) => byte ^ times(slope[i] ?? 0, x)), x]);
    for (const places of [
      [1, 2],
      [3, 1],
      [255, 7],
      [1, 2, 3],
    ]) {
      assert.deepEqual(combineShares(places.map(share)), Uint8Array.from(secret));
    }
    assert.equal(combineShares([share(1)]), undefined);
    assert.equal(combineShares([share(1), share(1)]), undefined);
    assert.equal(combineShares([share(1), share(2).slice(1)]), undefined);
    assert.equal(combineShares([share(1), Uint8Array.from([...secret, 0])]), undefined);
  });
});

/** Multiplication in the field of AES, by adding. */
function times(a: number, b: number): number {
  let sum = 0;
  for (let i = 0, power = a; i < 8; i++) {
    if ((b >> i) & 1) sum ^= power;
    power = power & 0x80 ? (power << 1) ^ 0x11b : power << 1;
  }
  return sum;
}
