import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import * as age from "age-encryption";
import fc from "fast-check";
import { readJson } from "../../components/sops/document/json-reader.js";
import { sameValue } from "../../components/sops/document/same-value.js";
import { readYaml } from "../../components/sops/document/yaml-reader.js";
import { writeYaml } from "../../components/sops/document/yaml-writer.js";
import type { TreeMap } from "../../components/sops/document/tree.js";
import { decrypt, encrypt, encryptSecret, type EncryptOptions } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { documents, hostileText } from "../sops/arbitraries.js";
import { hostileStrings } from "../manifests/hostile-strings.js";
import { layoutOf, missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

// Fixed, so that a run says the same tomorrow.
const seed = 20261121;
const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };

// SOPS loses these when it prints plain YAML; encrypted it keeps them, as its JSON shows below.
const printable = hostileText.filter((text) => !/[\x85\u2028\u2029]|^(?=[ \t\n])[^]*\n/.test(text));

function assertSame(actual: readonly TreeMap[], expected: readonly TreeMap[], text: string): void {
  assert.equal(actual.length, expected.length);
  const isSame = actual.every((document, index) => sameValue(document, expected[index] ?? null));
  assert.ok(isSame, `Not the same as\n${text}`);
}

describe("sops and this library", { skip }, () => {
  const directory = new SopsDirectory(identities);
  after(() => {
    directory.remove();
  });

  it("read each other's YAML, whatever its keys and values", async () => {
    const texts = [
      ...fc
        .sample(documents(printable), { seed, numRuns: 60 })
        .map((document) => writeYaml([document])),
      ...fc
        .sample(fc.array(documents(printable), { minLength: 2, maxLength: 3 }), {
          seed,
          numRuns: 10,
        })
        .map(writeYaml),
    ];
    for (const text of texts) {
      directory.write("ours.yaml", await encrypt(text, own));
      const theirPlain = await directory.sops(["decrypt", "ours.yaml"]);
      assertSame(readYaml(theirPlain), readYaml(text), text);
      directory.write("plain.yaml", text);
      const theirs = await directory.sops(["encrypt", "--age", recipients[0], "plain.yaml"]);
      assertSame(readYaml(await decrypt(theirs, key)), readYaml(text), text);
    }
  });

  it("agree on hostile strings that stay readable, as keys and values", async () => {
    const strings = [...hostileStrings, ...fc.sample(hostileText, { seed, numRuns: 300 })];
    const items = [...new Set(strings)].map((text) => {
      return { kind: "entry", key: `${text}_unencrypted`, value: text } as const;
    });
    const text = writeYaml([{ kind: "map", items }]);
    directory.write("ours.yaml", await encrypt(text, own));
    const inJson = await directory.sops(["decrypt", "--output-type", "json", "ours.yaml"]);
    assertSame([readJson(inJson)], readYaml(text), text);
    directory.write("plain.json", inJson);
    const theirs = await directory.sops(["encrypt", "--age", recipients[0], "plain.json"]);
    assertSame([readJson(await decrypt(theirs, { ...key, format: "json" }))], readYaml(text), text);
  });

  it("agree on what YAML means: numbers, times, tags, anchors, blocks", async () => {
    const text = yamlOfEveryKind;
    directory.write("plain.yaml", text);
    const theirs = await directory.sops(["encrypt", "--age", recipients[0], "plain.yaml"]);
    assert.equal(layoutOf(await encrypt(text, own)), layoutOf(theirs));
    directory.write("theirs.yaml", theirs);
    assert.equal(await decrypt(theirs, key), await directory.sops(["decrypt", "theirs.yaml"]));
    directory.write("ours.yaml", await encrypt(text, own));
    assert.equal(await decrypt(theirs, key), await directory.sops(["decrypt", "ours.yaml"]));
  });

  it("write the same layout with comments, under every rule", async () => {
    const rules: readonly (readonly [Partial<EncryptOptions>, readonly string[]])[] = [
      [{}, []],
      [{ encryptedRegex: "^(data|b)$" }, ["--encrypted-regex", "^(data|b)$"]],
      [{ unencryptedRegex: "^[a-c]$" }, ["--unencrypted-regex", "^[a-c]$"]],
      // What JavaScript writes in another way, or reads as something else.
      [{ encryptedRegex: "(?i)^DATA$" }, ["--encrypted-regex", "(?i)^DATA$"]],
      [{ encryptedRegex: "^[[:alpha:]]$" }, ["--encrypted-regex", "^[[:alpha:]]$"]],
      [{ unencryptedRegex: "st_|^\\w$" }, ["--unencrypted-regex", "st_|^\\w$"]],
      [{ encryptedSuffix: "ata" }, ["--encrypted-suffix", "ata"]],
      [{ unencryptedSuffix: "b" }, ["--unencrypted-suffix", "b"]],
    ];
    directory.write("plain.yaml", yamlWithComments);
    for (const [rule, flags] of rules) {
      const theirs = await directory.sops([
        "encrypt",
        "--age",
        recipients[0],
        ...flags,
        "plain.yaml",
      ]);
      const ours = await encrypt(yamlWithComments, { ...own, ...rule });
      assert.equal(layoutOf(ours), layoutOf(theirs), flags.join(" "));
      directory.write("ours.yaml", ours);
      directory.write("theirs.yaml", theirs);
      const plain = await directory.sops(["decrypt", "ours.yaml"]);
      assert.equal(await decrypt(ours, key), plain);
      assert.equal(await decrypt(theirs, key), await directory.sops(["decrypt", "theirs.yaml"]));
    }
  });

  it("agree on documents whose plain values may change", async () => {
    const rule = [
      `  - age: ${recipients[0]}`,
      "    encrypted_regex: ^d",
      "    mac_only_encrypted: true",
    ];
    directory.write(".sops.yaml", `creation_rules:\n${rule.join("\n")}\n`);
    directory.write("plain.yaml", yamlWithComments);
    const theirs = await directory.sops(["encrypt", "plain.yaml"]);
    directory.discard(".sops.yaml");
    const options = { ...own, encryptedRegex: "^d", macOnlyEncrypted: true };
    const ours = await encrypt(yamlWithComments, options);
    assert.equal(layoutOf(ours), layoutOf(theirs));
    for (const text of [ours, theirs].map((each) => each.replace("a: 1 ", "a: 2 "))) {
      directory.write("changed.yaml", text);
      assert.equal(await decrypt(text, key), await directory.sops(["decrypt", "changed.yaml"]));
    }
  });

  it("read and write JSON, dotenv and binary alike", async () => {
    const json =
      '{"10": 1, "2": [1.5e300, -0.25, 1e21, 9007199254740993], "<&>\\u2028\\b": "\\u0001é😀", "e": {}, "l": [], "n": null, "s": "", "t": true}';
    const cases = [
      ["json", json],
      ["dotenv", "# comment\n#\nA=1\nB=two\\nlines\n\nC=\nD==x #y\n E = z \n"],
      ["binary", "any\0text\r\nwith é and no end"],
    ] as const;
    for (const [format, text] of cases) {
      const types = ["--input-type", format, "--output-type", format];
      directory.write("plain", text);
      const theirs = await directory.sops(["encrypt", "--age", recipients[0], ...types, "plain"]);
      const ours = await encrypt(text, { ...own, format });
      assert.equal(layoutOf(ours), layoutOf(theirs), format);
      directory.write("theirs", theirs);
      directory.write("ours", ours);
      const plain = await directory.sops(["decrypt", ...types, "ours"]);
      assert.equal(await decrypt(ours, { ...key, format }), plain, format);
      assert.equal(await decrypt(theirs, { ...key, format }), plain, format);
      if (format === "json") assertSame([readJson(plain)], [readJson(json)], json);
      else if (format === "binary") assert.equal(plain, text);
    }
  });

  it("read what sops converted: types without a place in the format", async () => {
    directory.write(
      "plain.yaml",
      "a: 1\nb: 1.5\nc: true\nd: 2024-01-02T03:04:05.5Z\ne: 1e30\nf: 2.0\n",
    );
    const flags = ["--age", recipients[0], "--output-type", "dotenv", "plain.yaml"];
    const theirs = await directory.sops(["encrypt", ...flags]);
    directory.write("theirs.env", theirs);
    assert.equal(
      await decrypt(theirs, { ...key, format: "dotenv" }),
      await directory.sops(["decrypt", "theirs.env"]),
    );
  });

  it("share post-quantum recipients", async () => {
    const identity = await age.generateHybridIdentity();
    const recipient = await age.identityToRecipient(identity);
    const other = new SopsDirectory([identity]);
    try {
      other.write("ours.yaml", await encrypt("a: b\n", { recipients: [recipients[1], recipient] }));
      assert.equal(await other.sops(["decrypt", "ours.yaml"]), "a: b\n");
      other.write("plain.yaml", "a: b\n");
      const theirs = await other.sops(["encrypt", "--age", recipient, "plain.yaml"]);
      assert.equal(await decrypt(theirs, { identities: [identity] }), "a: b\n");
    } finally {
      other.remove();
    }
  });

  it("read a Kubernetes Secret alike", async () => {
    const text = await encryptSecret(
      {
        ...{ apiVersion: "v1", kind: "Secret", type: "Opaque" },
        metadata: { name: "db", namespace: "payments", labels: { on: "yes", version: "1_000" } },
        stringData: { password: "p", "10": "x", port: "5432", empty: "" },
      },
      own,
    );
    directory.write("ours.yaml", text);
    const plain = readYaml(await directory.sops(["decrypt", "ours.yaml"]));
    assertSame(plain, readYaml(await decrypt(text, key)), text);
    assert.match(text, /^ {4}"10": ENC\[.*type:str\]$/m);
    assert.match(text, /^ {4}port: ENC\[.*type:str\]$/m);
  });
});

const yamlOfEveryKind = `ints: [0, -1, +5, 0x1F, -0x1f, 0o17, 017, 0b11, 1_000, 9223372036854775807, -9223372036854775808]
floats: [1.50, 1.0, 1e3, .5, -.5e-7, 1e21, 123456789.25, 1e-5, 0.0001, 100000, 1000000.5, 08, 1e999, 12345678901234567890123]
strings: ["1", '1', yes, on, n, 1:30, e12, 0x, 1__, +, "~", "a: b", "#", 'it''s', "tab\\t", "\\u0001", "\\U0001F600", "<=", "=", "a#b", ":x", "?x", "-x", "x:"]
others: [true, False, ~, null, NULL, "", .inf, -.INF, 2024-01-02, 2024-1-2, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43.1, 2024-02-30, 2024-01-02T03:04:05+00:00]
tags: [!!str 1, !!int 5, !!float 1, !!binary aGVsbG8=, !local x, ! 12]
block: |
    two
    lines
kept: |+
    kept

stripped: |-
    a
      b
folded: >
    one
    line

    two
empty:
maps: {a: {}, b: [], c: [[1, 2], [x: 1, y: 2]]}
base: &base
    one: 1
copy: *base
merged:
    <<: *base
    two: 2
"8080": key
"n": key
? a long key that is far beyond the one hundred and twenty eight characters which the emitter of Go YAML takes for simple, so it needs a mark
: value
nested:
    - - a
      - - b
        - c: |
            text
          d:
            e: f
            g:
                - h
`;

const yamlWithComments = `# at the start

# before a
a: 1 # behind a
b: # behind the key
    # inside b
    c: x
    # after c

    d: |
        text
    # at the end of b
# before data
data:
    # inside data
    key: "8080" # behind key
    # after key
# before the list
list_b:
    - plain
#
    #no blank
last: z
# at the end
`;
