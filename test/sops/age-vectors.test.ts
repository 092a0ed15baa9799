import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { inflateSync } from "node:zlib";
import { armor } from "age-encryption";
import * as vectors from "cctv-age";
import { openAgeFile } from "../../components/sops/document/age-wraps.js";

/** The vectors of the Community Cryptography Test Vectors that are for identities. */
const cases = Object.entries(vectors).flatMap(([name, bytes]: [string, unknown]) => {
  // Some loaders add a default export of all.
  if (!(bytes instanceof Uint8Array)) return [];
  const vector = Buffer.from(bytes);
  const end = vector.indexOf("\n\n");
  const fields = vector.subarray(0, end).toString("utf8");
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}: (.*)$`, "m").exec(fields)?.[1];
  const identity = field("identity");
  if (identity === undefined) return [];
  const content = vector.subarray(end + 2);
  const file = field("compressed") === undefined ? content : inflateSync(content);
  const armored = field("armored") === "yes" ? file.toString("latin1") : armor.encode(file);
  return [{ name, identity, armored, expect: field("expect"), payload: field("payload") }];
});

describe("age files of the common test vectors", () => {
  it("open when they are right, X25519 and post-quantum", async () => {
    const right = cases.filter(({ expect }) => expect === "success");
    assert.ok(right.length >= 20);
    for (const { name, identity, armored, payload } of right) {
      const content = await openAgeFile(armored, [identity]);
      assert.ok(content, name);
      assert.equal(createHash("sha256").update(content).digest("hex"), payload, name);
    }
  });

  it("open not at all when anything is wrong with them", async () => {
    const wrong = cases.filter(({ expect }) => expect !== "success");
    assert.ok(wrong.length >= 80);
    for (const { name, identity, armored } of wrong) {
      assert.equal(await openAgeFile(armored, [identity]), undefined, name);
    }
  });
});
