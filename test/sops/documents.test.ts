import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import * as age from "age-encryption";
import fc from "fast-check";
import { entry, map } from "../../components/sops/document/tree.js";
import { readYaml } from "../../components/sops/document/yaml-reader.js";
import { randomNonces } from "../../components/sops/document/nonces.js";
import { sealTree } from "../../components/sops/document/sealed.js";
import { sameValue } from "../../components/sops/document/same-value.js";
import { writeYaml } from "../../components/sops/document/yaml-writer.js";
import { decrypt, decryptBytes, encrypt, sopsFormats } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { commentedDocuments, documents, hostileText } from "./arbitraries.js";

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };

describe("an encrypted document", () => {
  it("is what it was after decryption, whatever its keys and values", async () => {
    await fc.assert(
      fc.asyncProperty(commentedDocuments, async (document) => {
        const text = writeYaml([document]);
        const encrypted = await encrypt(text, own);
        assert.equal(await decrypt(encrypted, key), writeYaml(readYaml(text)));
      }),
      { numRuns: 150 },
    );
  });

  it("holds no value in plain text", async () => {
    const canary = "correct horse battery staple";
    const text = `a: ${canary}\nb:\n  - ${canary}\n  # ${canary}\n  - c: "${canary}"\n`;
    const encrypted = await encrypt(text, own);
    assert.ok(!encrypted.includes(canary));
    assert.ok(!encrypted.includes(Buffer.from(canary).toString("base64").slice(0, -4)));
  });

  it("opens with the identity of each of its recipients, also out of a key file", async () => {
    const encrypted = await encrypt("a: 1\n", { recipients });
    for (const identity of identities) {
      assert.equal(await decrypt(encrypted, { identities: identity }), "a: 1\n");
      const file = `# created: today\n# public key: age1\n${identity}\n`;
      assert.equal(await decrypt(encrypted, { identities: [file] }), "a: 1\n");
    }
  });

  it("may have post-quantum recipients beside others", async () => {
    const identity = await age.generateHybridIdentity();
    const recipient = await age.identityToRecipient(identity);
    const encrypted = await encrypt("a: b\n", { recipients: [recipient, recipients[1]] });
    for (const each of [identity, identities[1]]) {
      assert.equal(await decrypt(encrypted, { identities: [each] }), "a: b\n");
    }
  });

  it("keeps the format: JSON, dotenv, any bytes", async () => {
    const json =
      '{\n\t"10": 1,\n\t"2": [\n\t\ttrue,\n\t\tnull,\n\t\t"\\u003c"\n\t],\n\t"__proto__": {}\n}\n';
    const dotenv = "# comment\nA=1\nB=two\\nlines\nC=\nD==x\n";
    assert.equal(
      await decrypt(await encrypt(json, { ...own, format: "json" }), { ...key, format: "json" }),
      json,
    );
    assert.equal(
      await decrypt(await encrypt(dotenv, { ...own, format: "dotenv" }), {
        ...key,
        format: "dotenv",
      }),
      dotenv,
    );
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) & 255);
    const sealed = await encrypt(bytes, { ...own, format: "binary" });
    assert.deepEqual(new Uint8Array(await decryptBytes(sealed, key)), bytes);
    await assert.rejects(decrypt(sealed, { ...key, format: "binary" }), { code: "SOPS_FORMAT" });
    const text = await encrypt("text\r\n\ufeff", { ...own, format: "binary" });
    assert.equal(await decrypt(text, { ...key, format: "binary" }), "text\r\n\ufeff");
  });

  it("carries the marker by which kustomize-controller knows it, in every format", async () => {
    // Quoted in another way, Flux would apply the ciphertext as it stands, without a word.
    const markers = {
      yaml: ["a: 1\n", "mac: ENC["],
      json: ['{"a": 1}', '"mac": "ENC['],
      dotenv: ["A=1\n", "sops_mac=ENC["],
      binary: ["a", '"mac": "ENC['],
    } as const;
    for (const format of sopsFormats) {
      const [text, marker] = markers[format];
      assert.ok((await encrypt(text, { ...own, format })).includes(marker), format);
    }
  });

  it("keeps several documents and their comments", async () => {
    const text = "# one\na: 1\n---\n# two\nb:\n    # inside\n    c: x\n    # below\nd: z\n";
    const encrypted = await encrypt(text, own);
    assert.equal(encrypted.match(/^sops:$/gm)?.length, 2);
    assert.equal(await decrypt(encrypted, key), text);
  });

  it("may have the line ends of Windows", async () => {
    const encrypted = await encrypt("a: 1\r\nb: |\r\n  x\r\n", own);
    assert.equal(await decrypt(encrypted, key), "a: 1\nb: |\n    x\n");
    const changed = encrypted.replaceAll("\n", "\r\n");
    assert.equal(await decrypt(changed, key), "a: 1\nb: |\n    x\n");
  });

  it("encrypts what its rule says and nothing else", async () => {
    const text = "a: 1\nb_secret:\n    c: 2\nd:\n    e_plain: 3\n";
    const cases = [
      [{}, ["1", "2", "3"]],
      [{ encryptedRegex: "^(a|c)$" }, ["1", "2"]],
      [{ unencryptedRegex: "_plain$" }, ["1", "2"]],
      [{ encryptedSuffix: "_secret" }, ["2"]],
      [{ unencryptedSuffix: "_plain" }, ["1", "2"]],
    ] as const;
    for (const [rule, hidden] of cases) {
      for (const macOnlyEncrypted of [false, true]) {
        const encrypted = await encrypt(text, { ...own, ...rule, macOnlyEncrypted });
        const shown = ["1", "2", "3"].filter((value) => encrypted.includes(`: ${value}\n`));
        assert.deepEqual(
          shown,
          ["1", "2", "3"].filter((value) => !(hidden as readonly string[]).includes(value)),
        );
        assert.equal(await decrypt(encrypted, key), text);
      }
    }
  });

  it("keeps no comment in an encrypted list, where sops would refuse it", async () => {
    const text = "# a\na:\n    # b\n    - 1 # c\n    - d: 2\n      # e\n      f: 3\n";
    const encrypted = await encrypt(text, own);
    assert.equal(
      await decrypt(encrypted, key),
      "# a\n# b\n# c\n# e\na:\n    - 1\n    - d: 2\n      f: 3\n",
    );
    const shown = await encrypt(text, { ...own, encryptedRegex: "^z$" });
    assert.equal(await decrypt(shown, key), text);
  });

  it("is thrown away when it does not read back as what it was", () => {
    const seal = {
      format: "yaml",
      dataKey: randomBytes(32),
      nonceOf: randomNonces,
      wraps: [{ recipient: recipients[0], enc: "x\n" }],
      rule: {},
      macOnlyEncrypted: false,
      lastModified: "2026-01-01T00:00:00Z",
    } as const;
    const wrong = [
      [map([entry("a", "1"), entry("a", "2")])],
      [map([entry("a", { kind: "time", text: "tomorrow" })])],
      [map([entry("a_unencrypted", { kind: "time", text: "tomorrow" })])],
    ];
    for (const documents of wrong) {
      assert.throws(() => sealTree(documents, seal), { code: "SOPS_CHECK_FAILED" });
    }
    assert.match(sealTree([map([entry("a", "1")])], seal), /^a: ENC\[/);
  });

  it("gets a new data key and new nonces each time", async () => {
    const [first, second] = [await encrypt("a: b\n", own), await encrypt("a: b\n", own)];
    const ivs = [first, second].flatMap((text) => text.match(/iv:[^,]+/g) ?? []);
    assert.equal(ivs.length, 4);
    assert.equal(new Set(ivs).size, 4);
    assert.ok(ivs.every((iv) => Buffer.from(iv.slice(3), "base64").length === 32));
  });
});

describe("the YAML of a document", () => {
  it("reads back as it was written, comments aside", () => {
    fc.assert(
      fc.property(fc.array(documents(), { minLength: 1, maxLength: 3 }), (written) => {
        const read = readYaml(writeYaml(written));
        assert.equal(read.length, written.length);
        assert.ok(read.every((document, index) => sameValue(document, written[index] ?? null)));
      }),
      { numRuns: 500 },
    );
  });

  it("is a fixed point: written, read and written again it is the same text", () => {
    fc.assert(
      fc.property(commentedDocuments, (document) => {
        const text = writeYaml(readYaml(writeYaml([document])));
        assert.equal(writeYaml(readYaml(text)), text);
      }),
      { numRuns: 300 },
    );
  });

  it("never changes a string", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const [read] = readYaml(writeYaml([map([entry(`${text}.`, text)])]));
        assert.deepEqual(read?.items, [entry(`${text}.`, text)]);
      }),
      { numRuns: 2000 },
    );
  });
});
