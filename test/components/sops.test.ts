import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import * as age from "age-encryption";
import fc from "fast-check";
import { decodeBech32 } from "../../components/sops/bech32.js";
import { creationRules, escapeRegex } from "../../components/sops/creation-rules.js";
import { identityFindings, pairFindings } from "../../components/sops/identity-validation.js";
import { pluginFindings, recipientFindings } from "../../components/sops/recipients.js";
import { unpairedFindings } from "../../components/fleet/validation/identity-validation.js";
import { cluster, type FleetDeclaration } from "../../core.js";
import { generateIdentity } from "../../components/sops/sealing/index.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";

function codes(recipient: string): readonly string[] {
  return recipientFindings(recipient, "at").map(({ code }) => code);
}

/** A bech32 text of any bytes; age itself offers no way to make a bad key. */
function encode(prefix: string, bytes: Uint8Array): string {
  const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const words = (bits.match(/.{1,5}/g) ?? []).map((group) => parseInt(group.padEnd(5, "0"), 2));
  const polymod = (values: readonly number[]): number =>
    values.reduce((sum, value) => {
      const top = sum >>> 25;
      const next = ((sum & 0x1ffffff) << 5) ^ value;
      const terms = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
      return terms.reduce((mixed, term, bit) => ((top >> bit) & 1 ? mixed ^ term : mixed), next);
    }, 1);
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  const head = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const check = polymod([...head, ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const tail = Array.from({ length: 6 }, (_, index) => (check >> (5 * (5 - index))) & 31);
  return `${prefix}1${[...words, ...tail].map((word) => alphabet[word]).join("")}`;
}

describe("age recipients", () => {
  it("that age itself made are taken", async () => {
    for (let i = 0; i < 20; i++) {
      const identity = await age.generateX25519Identity();
      const recipient = await age.identityToRecipient(identity);
      assert.deepEqual(codes(recipient), []);
      assert.deepEqual(identityFindings(identity, recipient, "at"), []);
      assert.deepEqual(
        identityFindings(identity, recipients[0], "at").map(({ code }) => code),
        ["INVALID_IDENTITY"],
      );
    }
  });

  it("with one changed character are refused", () => {
    const [recipient] = recipients;
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: recipient.length - 1 }),
        fc.constantFrom(...Array.from("qpzry9x8gf2tvdw0s3jn54khce6mua7l")),
        (at, letter) => {
          fc.pre(recipient[at] !== letter);
          const changed = recipient.slice(0, at) + letter + recipient.slice(at + 1);
          assert.deepEqual(codes(changed), ["INVALID_RECIPIENT"]);
        },
      ),
    );
  });

  it("in another case, with blanks, of another length, kind or none are refused", () => {
    const wrong = [
      recipients[0].toUpperCase(),
      `A${recipients[0].slice(1)}`,
      ` ${recipients[0]}`,
      `${recipients[0]}\n`,
      encode("age", new Uint8Array(31).fill(9)),
      encode("age", new Uint8Array(33).fill(9)),
      encode("bge", new Uint8Array(32).fill(9)),
      "ssh-ed25519 AAAA",
      "age1yubikey1qwt50",
      "",
    ];
    for (const text of wrong) assert.deepEqual(codes(text), ["INVALID_RECIPIENT"], text);
    assert.deepEqual(codes(encode("age", new Uint8Array(32).fill(9))), []);
  });

  it("with which every key exchange has a known result are refused", () => {
    const { privateKey } = generateKeyPairSync("x25519");
    const points = [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000080",
    ].map((text) => Buffer.from(text, "hex"));
    for (const point of points) {
      const jwk = { kty: "OKP", crv: "X25519", x: point.toString("base64url") };
      const publicKey = createPublicKey({ key: jwk, format: "jwk" });
      assert.throws(() => diffieHellman({ privateKey, publicKey }), point.toString("hex"));
      assert.deepEqual(codes(encode("age", point)), ["INVALID_RECIPIENT"]);
    }
  });

  it("that are private keys are refused without showing them", () => {
    for (const text of [identities[0], identities[0].toLowerCase(), `x ${identities[0]}`]) {
      const [finding] = recipientFindings(text, "at");
      assert.equal(finding?.code, "IDENTITY_AS_RECIPIENT");
      assert.ok(!JSON.stringify(finding).toLowerCase().includes("age-secret-key-13"));
    }
  });
});

describe("recipients of other kinds", () => {
  it("are those of named plugins, and of no other", () => {
    const yubikey = encode("age1yubikey", Buffer.alloc(33, 2));
    const [finding] = recipientFindings(yubikey, "at", { plugins: ["se"] });
    assert.match(finding?.problem ?? "", /needs the age plugin "yubikey", which is not allowed/);
    assert.deepEqual(recipientFindings(yubikey, "at", { plugins: ["se", "yubikey"] }), []);
    assert.deepEqual(codes(encode("age1pqx", Buffer.alloc(33, 2))), ["INVALID_RECIPIENT"]);
    for (const prefix of ["age1", "agex", "bc"]) {
      const [other] = recipientFindings(encode(prefix, Buffer.alloc(32, 2)), "at", {
        plugins: ["", "x", "bc"],
      });
      assert.equal(other?.code, "INVALID_RECIPIENT", prefix);
    }
    const names = pluginFindings(["yubikey", "../x", "", "YUBIKEY", 1], "plugins");
    assert.deepEqual(
      names.map(({ code, path }) => `${code} ${path}`),
      [1, 2, 3, 4].map((index) => `INVALID_NAME plugins[${String(index)}]`),
    );
  });

  it("are post-quantum, with identities of their own", async () => {
    const [own, other] = [await generateIdentity({ postQuantum: true }), await generateIdentity()];
    const another = await generateIdentity({ postQuantum: true });
    assert.deepEqual(recipientFindings(own.recipient, "at"), []);
    assert.deepEqual(codes(own.recipient.slice(0, -1)), ["INVALID_RECIPIENT"]);
    assert.deepEqual(codes(encode("age1pq", Buffer.alloc(1215))), ["INVALID_RECIPIENT"]);
    const both = `${other.identity}\n${own.identity}\n`;
    const pairs = [
      [own.identity, own.recipient, []],
      [both, own.recipient, []],
      [both, other.recipient, []],
      [other.identity, own.recipient, ["INVALID_IDENTITY"]],
      [own.identity, other.recipient, ["INVALID_IDENTITY"]],
    ] as const;
    for (const [identity, recipient, expected] of pairs) {
      const found = identityFindings(identity, recipient, "at").map(({ code }) => code);
      assert.deepEqual(found, expected);
    }
    assert.deepEqual(await pairFindings(both, own.recipient, "at"), []);
    const [finding] = await pairFindings(own.identity, another.recipient, "at");
    assert.equal(finding?.code, "INVALID_IDENTITY");
    assert.ok(!JSON.stringify(finding).includes("AGE-SECRET"));

    const fleet = (identity: string): FleetDeclaration => ({
      ...{ repository: { url: "https://x.example", branch: "main", push: { token: "t" } } },
      flux: { version: "2.9.4" },
      clusters: [cluster("eu", { environment: "x", age: { recipient: own.recipient, identity } })],
    });
    assert.deepEqual(await unpairedFindings(fleet(own.identity)), []);
    const [unpaired] = await unpairedFindings(fleet(another.identity));
    assert.equal(unpaired?.path, 'Cluster "eu": age.identity');
  });
});

describe("age identities", () => {
  it("may stand in a key file with comments, or several in one", () => {
    const file = `# created: 2026\n# public key: ${recipients[0]}\n${identities[0]}\n`;
    assert.deepEqual(identityFindings(file, recipients[0], "at"), []);
    const both = `${identities[0]}\n${identities[1]}\r\n`;
    assert.deepEqual(identityFindings(both, recipients[1], "at"), []);
  });

  it("at which kustomize-controller would fail are refused without showing them", () => {
    const [, key] = identities;
    for (const text of [
      "",
      "# nothing\n",
      `${key}\nsecret-word`,
      ` ${key}`,
      `${key} `,
      key.slice(1),
    ]) {
      const findings = identityFindings(text, recipients[1], "at");
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["INVALID_IDENTITY"],
      );
      assert.ok(!/secret-word|AGE-SECRET-KEY-12/.test(JSON.stringify(findings)));
    }
  });

  it("are read as the private half of the recipient", () => {
    const decoded = decodeBech32(identities[0]);
    assert.ok(decoded);
    const header = Buffer.from("302e020100300506032b656e04220420", "hex");
    const key = createPrivateKey({
      key: Buffer.concat([header, decoded.bytes]),
      format: "der",
      type: "pkcs8",
    });
    const { x } = createPublicKey(key).export({ format: "jwk" });
    assert.deepEqual(
      decodeBech32(recipients[0])?.bytes,
      new Uint8Array(Buffer.from(x ?? "", "base64url")),
    );
  });
});

describe("creation rules", () => {
  it("are anchored, escaped, sorted with deeper directories first, and name each recipient once", () => {
    const [a, b] = ["age1b", "age1a"];
    assert.deepEqual(
      creationRules([
        { directory: "clusters/prod/eu.1", recipients: [a, b, a] },
        { directory: "tenants/prod/eu/shop", recipients: [b] },
        { directory: "tenants/prod/eu/bank", recipients: [a] },
      ]),
      {
        creation_rules: [
          {
            path_regex: "^tenants/prod/eu/bank/.*\\.ya?ml$",
            encrypted_regex: "^(data|stringData)$",
            age: "age1b",
          },
          {
            path_regex: "^tenants/prod/eu/shop/.*\\.ya?ml$",
            encrypted_regex: "^(data|stringData)$",
            age: "age1a",
          },
          {
            path_regex: "^clusters/prod/eu\\.1/.*\\.ya?ml$",
            encrypted_regex: "^(data|stringData)$",
            age: "age1a,age1b",
          },
        ],
      },
    );
  });

  it("are left out when nobody can decrypt", () => {
    assert.equal(creationRules([]), undefined);
  });

  it("match their own directory only, whatever is in its name", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        const regex = new RegExp(`^${escapeRegex(one)}$`);
        assert.equal(regex.test(other), one === other);
        assert.ok(regex.test(one));
      }),
    );
  });
});
