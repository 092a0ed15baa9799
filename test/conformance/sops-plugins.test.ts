import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, afterEach, describe, it } from "node:test";
import { partPath } from "../../lab/parts/index.js";
import { wrapDataKey } from "../../components/sops/document/age-wraps.js";
import { envelopes, sealSecret } from "../../components/sops/sealing/index.js";
import type { SealSeed } from "../../components/sops/sealing/index.js";
import { encrypt, FleetError, type KubernetesSecret } from "../../sops.js";
import { recipients } from "../fixtures/fleets.js";
import { AgeDirectory, missingAge, pluginPath } from "./age-cli.js";

const absent = missingAge();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

/** A recipient as hardware tokens have one; `age-plugin-tagtest` holds its identity. */
const tagRecipient = "age1tag1qwe0kafsjrar4txm6heqnhpfuggzr0gvznz7fvygxrlq90u5mq2pysxtw6h";
const seed: SealSeed = { secret: "4d".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
const dataKey = Buffer.alloc(32, 0x6b);

describe("recipients of age plugins", { skip }, () => {
  const age = new AgeDirectory();
  const path = process.env.PATH;
  after(() => {
    age.remove();
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  /** Puts an `age` into the PATH that writes down how it was called, and is the real one. */
  function recordedAge(): { readonly calls: () => string } {
    const log = age.write("calls", "");
    const script = `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> '${log}'\nexec '${partPath("age")}' "$@"\n`;
    writeFileSync(`${age.path}/age`, script, { mode: 0o700 });
    process.env.PATH = [age.path, pluginPath(), path ?? ""].join(":");
    return { calls: () => readFileSync(log, "utf8") };
  }

  it("that are named are wrapped by age, and the plugin opens what was sealed", async () => {
    recordedAge();
    const place = { path: "a.yaml", recipients: [recipients[0], tagRecipient] };
    const nothing = { textAt: () => undefined, proofAt: () => undefined };
    const options = { makeFresh: true, plugins: ["tag"] };
    const { envelopes: made } = await envelopes([place], seed, nothing, options);
    const envelope = made.get("a.yaml");
    assert.ok(envelope);
    const [, wrap] = envelope.wraps;
    assert.equal(wrap?.recipient, tagRecipient);
    const opened = await age.age(["-d", "-j", "tagtest"], wrap.enc);
    assert.deepEqual(opened, Buffer.from(envelope.dataKey));
    const secret: KubernetesSecret = {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "db" } },
      stringData: { a: "1" },
    };
    const text = sealSecret(secret, envelope);
    assert.ok(text.includes(`recipient: ${tagRecipient}\n`));
    const known = { textAt: () => text, proofAt: () => envelope.proof };
    const again = await envelopes([place], seed, known, { makeFresh: false, plugins: ["tag"] });
    assert.deepEqual(again.fresh, []);
  });

  it("reach age as its arguments, the data key and the environment do not", async () => {
    const { calls } = recordedAge();
    process.env.FLEET_CANARY = "canary-in-the-environment";
    try {
      await wrapDataKey(dataKey, [tagRecipient], ["tag"]);
    } finally {
      delete process.env.FLEET_CANARY;
    }
    const called = calls();
    assert.match(called, new RegExp(`--encrypt\n--armor\n--recipient\n${tagRecipient}\n`));
    for (const secret of ["canary", dataKey.toString("hex"), dataKey.toString("base64"), "kkkkk"]) {
      assert.ok(!called.includes(secret), secret);
    }
  });

  it("start nothing unless their plugin is named", async () => {
    const { calls } = recordedAge();
    await assert.rejects(encrypt("a: b\n", { recipients: [tagRecipient], plugins: ["yubikey"] }), {
      code: "INVALID_RECIPIENT",
    });
    await assert.rejects(wrapDataKey(dataKey, [tagRecipient], ["yubikey"]), {
      code: "SOPS_WRAP_FAILED",
    });
    await wrapDataKey(dataKey, [recipients[0]], ["tag"]);
    assert.equal(calls(), "");
  });

  it("that age refuses, or an age that is missing or prints something else, say so alone", async () => {
    const refused = async (): Promise<string> => {
      try {
        await encrypt("a: canary-value\n", { recipients: [tagRecipient], plugins: ["tag"] });
      } catch (thrown) {
        assert.ok(FleetError.is(thrown));
        assert.equal(thrown.code, "SOPS_WRAP_FAILED");
        return thrown.message;
      }
      throw new Error("it was encrypted");
    };
    process.env.PATH = `${age.path}/nowhere`;
    assert.match(await refused(), /the program age cannot be run/);
    process.env.PATH = `${age.path}:/usr/bin:/bin`;
    const scripts = [
      ["echo canary-value >&2; exit 3", /age ended with 3\./],
      ["cat", /what age printed is no age file/],
      ["yes", /age prints more than an age file/],
      ["kill -9 $$", /age ended with a signal/],
    ] as const;
    for (const [script, message] of scripts) {
      writeFileSync(`${age.path}/age`, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
      const said = await refused();
      assert.match(said, message);
      assert.ok(!said.includes("canary-value"));
    }
  });
});
