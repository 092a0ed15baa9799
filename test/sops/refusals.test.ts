import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as age from "age-encryption";
import { FleetError, type ErrorCode } from "../../errors.js";
import { decrypt, encrypt, type SopsFormat } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };
const plain = "plain: shown\nsecret:\n    - first\n    - second\nother: hidden\n";
const rule = { unencryptedRegex: "^plain$" };

async function codesOf(call: Promise<unknown>): Promise<readonly ErrorCode[]> {
  try {
    await call;
  } catch (thrown) {
    if (FleetError.is(thrown)) return thrown.findings.map(({ code }) => code);
    throw thrown;
  }
  return [];
}

function refused(text: string): Promise<readonly ErrorCode[]> {
  return codesOf(decrypt(text, key));
}

describe("a changed document is refused", () => {
  let text = "";
  before(async () => {
    text = await encrypt(plain, { ...own, ...rule });
    assert.deepEqual(await refused(text), []);
  });

  it("at any single changed character of a token: data, nonce, tag or type", async () => {
    const tokens = [...text.matchAll(/ENC\[AES256_GCM,[^\]]*\]/g)];
    assert.equal(tokens.length, 4);
    for (const token of [tokens[0], tokens[3]]) {
      assert.ok(token);
      for (let at = token.index; at < token.index + token[0].length; at++) {
        const other = text[at] === "A" ? "B" : "A";
        const codes = await refused(text.slice(0, at) + other + text.slice(at + 1));
        const expected: ErrorCode =
          token === tokens[0] ? "SOPS_VALUE_REFUSED" : "SOPS_MAC_MISMATCH";
        assert.deepEqual(codes, [expected], `at ${text.slice(at - 5, at + 1)}`);
      }
    }
  });

  it("at a bit of base64 that no byte depends on", async () => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const spare = text.replace(/(tag:[^=]+)(.)==,/, (_, start: string, last: string) => {
      return `${start}${letters[letters.indexOf(last) ^ 1] ?? ""}==,`;
    });
    assert.notEqual(spare, text);
    assert.deepEqual(await refused(spare), ["SOPS_VALUE_REFUSED"]);
  });

  it("when a plain value, a key or the time changes", async () => {
    assert.deepEqual(await refused(text.replace("shown", "shoWn")), ["SOPS_MAC_MISMATCH"]);
    assert.deepEqual(await refused(text.replace("other:", "othes:")), ["SOPS_VALUE_REFUSED"]);
    const renamed = text.replace("secret:", "Secret:");
    assert.deepEqual(await refused(renamed), ["SOPS_VALUE_REFUSED"]);
    const later = text.replace(/(lastmodified: "\d+-\d+-\d+T\d+:\d+:)\d\d/, "$160");
    assert.deepEqual(await refused(later), ["SOPS_METADATA"]);
    const shifted = text.replace(/lastmodified: "\d{4}/, 'lastmodified: "1999');
    assert.deepEqual(await refused(shifted), ["SOPS_MAC_MISMATCH"]);
  });

  it("when values move, swap, vanish or appear", async () => {
    const lines = text.split("\n");
    const swapped = [lines[0], lines[1], lines[3], lines[2], ...lines.slice(4)].join("\n");
    assert.deepEqual(await refused(swapped), ["SOPS_MAC_MISMATCH"]);
    assert.deepEqual(await refused(lines.filter((_, i) => i !== 2).join("\n")), [
      "SOPS_MAC_MISMATCH",
    ]);
    const moved = text.replace(/other: .*/, `other: ${lines[2]?.trim().slice(2) ?? ""}`);
    assert.deepEqual(await refused(moved), ["SOPS_VALUE_REFUSED"]);
    assert.deepEqual(await refused(`new: plain\n${text}`), ["SOPS_VALUE_REFUSED"]);
    assert.deepEqual(await refused(text.replace(/other: .*/, "other: 5")), ["SOPS_VALUE_REFUSED"]);
    assert.deepEqual(await refused(text.replace(/other: .*/, 'other: ""')), ["SOPS_MAC_MISMATCH"]);
    assert.deepEqual(await refused(text.replace(/other: .*/, "other: null")), [
      "SOPS_MAC_MISMATCH",
    ]);
  });

  it("when a token of another file, key or document stands in it", async () => {
    const foreign = await encrypt(plain, { ...own, ...rule });
    const [token = ""] = /other: ENC.*/.exec(foreign) ?? [];
    assert.deepEqual(await refused(text.replace(/other: .*/, token)), ["SOPS_VALUE_REFUSED"]);
    const [mac = ""] = /mac: ENC.*/.exec(foreign) ?? [];
    assert.deepEqual(await refused(text.replace(/mac: ENC.*/, mac)), ["SOPS_MAC_MISMATCH"]);
    const two = await encrypt("a: 1\n---\na: 1\n", own);
    const [first, second] = two.split(/^---\n/m);
    assert.deepEqual(await refused(`${second ?? ""}---\n${first ?? ""}`), []);
    assert.deepEqual(await refused(first ?? ""), ["SOPS_MAC_MISMATCH"]);
    const unlike = two.replace(/version: .*\n$/, "version: 3.0.0\n");
    assert.deepEqual(await refused(unlike), ["SOPS_METADATA"]);
  });

  it("when the rule in its metadata is another", async () => {
    const other = text.replace("unencrypted_regex: ^plain$", "unencrypted_regex: ^(plain|other)$");
    assert.deepEqual(await refused(other), ["SOPS_MAC_MISMATCH"]);
    assert.deepEqual(await refused(text.replace("unencrypted_regex", "ignored")), [
      "SOPS_VALUE_REFUSED",
    ]);
  });
});

describe("metadata are refused", () => {
  it("without a field, with a wrong one, all named at once", async () => {
    const text = await encrypt(plain, own);
    const without = (field: string): string => text.replace(new RegExp(`\n    ${field}: .*`), "");
    for (const field of ["lastmodified", "mac", "version"]) {
      assert.deepEqual(await refused(without(field)), ["SOPS_METADATA"], field);
    }
    const empty = text.replace(/mac: .*/, 'mac: ""').replace(/version: .*/, "version: 3");
    assert.deepEqual(await refused(empty), ["SOPS_METADATA", "SOPS_METADATA"]);
    const unquoted = text.replace(/lastmodified: "(.*)"/, "lastmodified: $1");
    assert.deepEqual(await refused(unquoted), ["SOPS_METADATA"]);
    assert.deepEqual(await refused(text.replace("    age:", "    ages:")), ["SOPS_METADATA"]);
    assert.deepEqual(await refused(text.replace("recipient:", "recip:")), ["SOPS_METADATA"]);
    assert.deepEqual(await refused(plain), ["SOPS_NOT_ENCRYPTED"]);
    assert.deepEqual(await refused("sops: 1\n"), ["SOPS_NOT_ENCRYPTED"]);
  });

  it("with two rules, or expressions that readers disagree on", async () => {
    const text = await encrypt(plain, own);
    const rule = /unencrypted_suffix: .*/;
    for (const other of [
      "unencrypted_suffix: _x\n    encrypted_suffix: _y",
      "encrypted_regex: (",
      "encrypted_regex: (?=a)",
      "unencrypted_suffix: _x\n    encrypted_comment_regex: secret",
      "unencrypted_comment_regex: x\n    encrypted_comment_regex: secret",
    ]) {
      assert.deepEqual(await refused(text.replace(rule, other)), ["SOPS_RULE"], other);
    }
  });

  it("whose data key was wrapped for somebody else, or is none", async () => {
    const text = await encrypt(plain, own);
    const stranger = { identities: identities[1] };
    assert.deepEqual(await codesOf(decrypt(text, stranger)), ["SOPS_NO_IDENTITY"]);
    const encrypter = new age.Encrypter();
    encrypter.addRecipient(recipients[0]);
    const short = age.armor.encode(await encrypter.encrypt(new Uint8Array(31)));
    const armored = short.trimEnd().replace(/\n/g, "\n            ");
    const swapped = text.replace(/-----BEGIN[^]*?END AGE ENCRYPTED FILE-----/, armored);
    assert.deepEqual(await refused(swapped), ["SOPS_NO_IDENTITY"]);
    const broken = text.replace("-----BEGIN AGE", "-----BEGIN CAGE");
    assert.deepEqual(await refused(broken), ["SOPS_NO_IDENTITY"]);
  });
});

describe("text that cannot be encrypted is refused", () => {
  const cases: readonly (readonly [string, string, ErrorCode, string?])[] = [
    ["an encrypted one", "a: 1\nsops: {}\n", "SOPS_ALREADY_ENCRYPTED"],
    ["an encrypted one in a later document", "a: 1\n---\nsops: 1\n", "SOPS_ALREADY_ENCRYPTED"],
    ["dotenv with metadata", "sops_mac=1\n", "SOPS_ALREADY_ENCRYPTED", "dotenv"],
    ["none at all", "", "SOPS_FORMAT"],
    ["a list", "- a\n", "SOPS_FORMAT"],
    ["a scalar", "a\n", "SOPS_FORMAT"],
    ["a key that is a number", "1: x\n", "SOPS_FORMAT"],
    ["a key that is null", "~: x\n", "SOPS_FORMAT"],
    ["one key twice", "a: 1\na: 2\n", "SOPS_FORMAT"],
    ["a number without a type", "a: 18446744073709551615\n", "SOPS_FORMAT"],
    ["an alias of nothing", "a: *b\n", "SOPS_FORMAT"],
    ["an alias before its anchor", "a: *b\nb: &b 1\n", "SOPS_FORMAT"],
    ["an alias of itself", "a: &a\n  b: *a\n", "SOPS_FORMAT"],
    ["a wrong tag", "a: !!int x\n", "SOPS_FORMAT"],
    ["base64 that is none", "a: !!binary x\n", "SOPS_FORMAT"],
    ["a line end for Go that is text for JavaScript: CR", "a: 1 # x\rb: 2\n", "SOPS_FORMAT"],
    ["a line end of Unicode", 'a: "x\u2028y"\n', "SOPS_FORMAT"],
    ["a line end of mainframes", "a: 1 # x\x85b: 2\n", "SOPS_FORMAT"],
    ["a character that Go refuses", "a: 1 # \0\n", "SOPS_FORMAT"],
    ["a lone surrogate", "a: \ud800\n", "SOPS_FORMAT"],
    ["deep nesting", `a: ${"[".repeat(5000)}${"]".repeat(5000)}\n`, "SOPS_FORMAT"],
    ["a bomb of aliases", bomb(), "SOPS_FORMAT"],
    ["JSON with a key twice", '{"a": 1, "a": 2}', "SOPS_FORMAT", "json"],
    ["JSON with a list", "[1]", "SOPS_FORMAT", "json"],
    ["JSON with more behind it", "{} {}", "SOPS_FORMAT", "json"],
    ["JSON with a comma too many", '{"a": [1,]}', "SOPS_FORMAT", "json"],
    ["JSON with a lone surrogate", String.raw`{"a": "\ud800"}`, "SOPS_FORMAT", "json"],
    ["deep JSON", `{"a": ${"[".repeat(5000)}`, "SOPS_FORMAT", "json"],
    ["dotenv without a sign", "A\n", "SOPS_FORMAT", "dotenv"],
    ["an unknown format", "a: 1\n", "INVALID_ARGUMENT", "ini"],
  ];
  for (const [what, text, code, format = "yaml"] of cases) {
    it(what, async () => {
      const options = { ...own, format: format as SopsFormat };
      assert.deepEqual(await codesOf(encrypt(text, options)), [code]);
    });
  }

  it("for nobody, for an identity, for a plugin or under a wrong rule, all named at once", async () => {
    const cases = [
      [{ recipients: [] }, ["INVALID_RECIPIENT"]],
      [{ recipients: [identities[0]] }, ["IDENTITY_AS_RECIPIENT"]],
      [
        { recipients: ["age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"] },
        ["INVALID_RECIPIENT"],
      ],
      [{ recipients: [recipients[0], recipients[0]] }, ["INVALID_RECIPIENT"]],
      [{ ...own, encryptedRegex: "(" }, ["SOPS_RULE"]],
      [{ ...own, encryptedRegex: "" }, ["SOPS_RULE"]],
      [{ ...own, encryptedRegex: "a", unencryptedSuffix: "b" }, ["SOPS_RULE"]],
      [{ recipients: ["x"], encryptedRegex: "(?i" }, ["SOPS_RULE", "INVALID_RECIPIENT"]],
    ] as const;
    for (const [options, codes] of cases) {
      assert.deepEqual(await codesOf(encrypt(plain, options)), codes);
    }
  });

  it("when an identity would stay readable", async () => {
    const text = `note: ${identities[1]}\npassword: x\n`;
    assert.deepEqual(await codesOf(encrypt(text, { ...own, encryptedRegex: "^password$" })), [
      "SOPS_RULE",
    ]);
  });
});

function bomb(): string {
  const lines = Array.from({ length: 30 }, (_, i) =>
    i === 0 ? "a0: &a0 [x, x]" : `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`,
  );
  return `${lines.join("\n")}\n`;
}
