import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { describe, it } from "node:test";
import { derivedKey, extractedKey } from "../../components/sops/document/derived-key.js";
import { newSealSeed, sealSecret } from "../../components/sops/sealing/index.js";
import type { SealSeed } from "../../components/sops/sealing/index.js";
import { decryptSecret, FleetError } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { again, fresh, headOf, only, own, path, secret, seed } from "./seals.js";

describe("a sealed Secret", () => {
  it("is the same text in every run that finds its file at the head", async () => {
    const head = headOf(await fresh());
    const read = await again(head);
    assert.deepEqual(read.fresh, []);
    assert.deepEqual(read.findings, []);
    assert.equal(sealSecret(secret({ a: "1" }), only(read)), head.get(path)?.text);
  });

  it("is opened by its recipients", async () => {
    const text = sealSecret(secret({ password: "hunter2" }), only(await fresh()));
    const { data } = await decryptSecret(text, { identities: identities[0] });
    assert.deepEqual(data, { password: Buffer.from("hunter2").toString("base64") });
  });

  it("changes the line of a changed value and that of the code, no other", async () => {
    const envelope = only(await fresh());
    const before = sealSecret(secret({ a: "1", b: "2", c: "3" }), envelope).split("\n");
    const after = sealSecret(secret({ a: "1", b: "x", c: "3" }), envelope).split("\n");
    assert.equal(before.length, after.length);
    const changed = before.filter((line, index) => line !== after[index]);
    assert.deepEqual(
      changed.map((line) => line.trim().split(":")[0]),
      ["b", "mac"],
    );
  });

  it("shows equal values of two keys or two files by nothing", async () => {
    const made = await fresh([own, { ...own, path: "other.yaml" }]);
    const texts = [...made.envelopes.values()].map((envelope) =>
      sealSecret(secret({ a: "same", b: "same" }), envelope),
    );
    const values = texts.flatMap((text) => text.match(/data:[^,]+,iv:[^,]+/g) ?? []);
    assert.equal(values.length, 6);
    assert.equal(new Set(values).size, 6);
  });

  it("has the time of its seed", async () => {
    const text = sealSecret(secret({ a: "1" }), only(await fresh()));
    assert.match(text, /\n {4}lastmodified: "2026-01-31T08:00:00Z"\n/);
  });
});

describe("keys from a seed", () => {
  it("are HKDF of RFC 5869 with framed fields", () => {
    const secretBytes = Buffer.from(seed.secret, "hex");
    const frame = (text: string): string => String.fromCharCode(0, 0, 0, text.length) + text; // all shorter than 128 bytes
    const info = Buffer.from([frame("purpose"), frame("a"), frame("bc")].join(""), "latin1");
    const expected = Buffer.from(hkdfSync("sha256", secretBytes, "salt", info, 32));
    assert.deepEqual(
      derivedKey(extractedKey("salt", secretBytes), "purpose", ["a", "bc"]),
      expected,
    );
    assert.notDeepEqual(
      derivedKey(secretBytes, "p", ["ab", "c"]),
      derivedKey(secretBytes, "p", ["a", "bc"]),
    );
  });

  it("change with the path, with the recipients in any way, and with the seed", async () => {
    const places = [
      own,
      { ...own, path: "other.yaml" },
      { path: "b.yaml", recipients: [recipients[1]] },
      { path: "c.yaml", recipients },
    ];
    const made = [...(await fresh(places)).envelopes.values()];
    const more = only(await fresh([{ path, recipients: [...recipients] }]));
    const other = only(await fresh([own], { ...seed, secret: "5b".repeat(32) }));
    const keys = [...made, more, other].map(({ dataKey }) => Buffer.from(dataKey).toString("hex"));
    assert.equal(new Set(keys).size, 6);
    const turned = only(await fresh([{ path, recipients: [...recipients].reverse() }]));
    assert.deepEqual(turned.dataKey, more.dataKey);
  });

  it("need a seed that is whole, and its text is not repeated", async () => {
    for (const wrong of [
      { ...seed, secret: "5a" },
      { ...seed, secret: "5A".repeat(32) },
      { ...seed, createdAt: "2026-01-31" },
      { ...seed, createdAt: "2026-01-31T08:00:00.5Z" },
      { secret: seed.secret },
      null,
    ]) {
      await assert.rejects(fresh([own], wrong as SealSeed), (thrown) => {
        assert.ok(FleetError.is(thrown));
        assert.equal(thrown.code, "SOPS_SEED_DAMAGED");
        assert.ok(!thrown.message.includes("5a"));
        return true;
      });
    }
    assert.match(newSealSeed(new Date(0)).createdAt, /^1970-01-01T00:00:00Z$/);
  });
});
