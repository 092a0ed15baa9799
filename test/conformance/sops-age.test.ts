import assert from "node:assert/strict";
import { dirname } from "node:path";
import { after, describe, it } from "node:test";
import { bech32 } from "@scure/base";
import { partPath } from "../../lab/parts/index.js";
import { identityLines } from "../../components/sops/identity-lines.js";
import { openAgeFile, wrapDataKey } from "../../components/sops/document/age-wraps.js";
import { readMetadata } from "../../components/sops/document/metadata.js";
import { readEncrypted } from "../../components/sops/document/formats.js";
import { recipientFindings } from "../../components/sops/recipients.js";
import { envelopes, generateIdentity, sealSecret } from "../../components/sops/sealing/index.js";
import { decrypt, decryptSecret, encrypt } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { AgeDirectory, missingAge, pluginPath } from "./age-cli.js";
import { layoutOf, missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingAge() ?? missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

const kinds = [
  { kind: "X25519", flags: [], postQuantum: false, start: /^age1(?!pq1)/ },
  { kind: "post-quantum", flags: ["-pq"], postQuantum: true, start: /^age1pq1/ },
] as const;

/** The wraps of an encrypted text. */
function wrapsOf(text: string): readonly { readonly recipient: string; readonly enc: string }[] {
  return readMetadata(readEncrypted(text, "yaml").metadata).keyGroups[0] ?? [];
}

for (const { kind, flags, postQuantum, start } of kinds) {
  describe(`age and this library, ${kind}`, { skip }, () => {
    const age = new AgeDirectory();
    after(() => {
      age.remove();
    });

    it("take each other's identities", async () => {
      const { identity, recipient } = await generateIdentity({ postQuantum });
      assert.match(recipient, start);
      assert.deepEqual(await age.recipientsOf(`${identity}\n`), [recipient]);
      assert.deepEqual(recipientFindings(recipient, ""), []);

      const keyFile = await age.keyFile(flags);
      const [theirs = ""] = await age.recipientsOf(keyFile);
      assert.match(theirs, start);
      assert.deepEqual(recipientFindings(theirs, ""), []);
      assert.deepEqual(identityLines(keyFile).findings, []);
      // As age-keygen prints it, with its comments.
      const encrypted = await encrypt("a: b\n", { recipients: [theirs] });
      assert.equal(await decrypt(encrypted, { identities: keyFile }), "a: b\n");
    });

    it("open each other's wraps of a data key", async () => {
      const keyFile = await age.keyFile(flags);
      const path = age.write("keys.txt", keyFile);
      const [recipient = ""] = await age.recipientsOf(keyFile);
      const dataKey = Buffer.alloc(32, 7);
      const [ours] = await wrapDataKey(dataKey, [recipient]);
      assert.ok(ours);
      assert.deepEqual(await age.age(["-d", "-i", path], ours.enc), dataKey);
      const theirs = await age.age(["-a", "-r", recipient], dataKey);
      const { identities } = identityLines(keyFile);
      assert.deepEqual(
        await openAgeFile(theirs.toString("latin1"), identities),
        new Uint8Array(dataKey),
      );
      // The armor is the same text but for what is random in it.
      assert.equal(shapeOf(theirs.toString("latin1")), shapeOf(ours.enc));
      const stranger = age.write("stranger.txt", await age.keyFile(flags));
      await assert.rejects(age.age(["-d", "-i", stranger], ours.enc), /no identity matched/);
    });

    it("and sops read a sealed Secret, whose wraps age opens one by one", async () => {
      const keyFiles = [await age.keyFile(flags), await age.keyFile()];
      const recipients = (await Promise.all(keyFiles.map((each) => age.recipientsOf(each)))).flat();
      const seed = { secret: "5a".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
      const nothing = { textAt: () => undefined, proofAt: () => undefined };
      const places = [{ path: "a.yaml", recipients }];
      const made = await envelopes(places, seed, nothing, { makeFresh: true });
      const envelope = made.envelopes.get("a.yaml");
      assert.ok(envelope);
      const text = sealSecret(
        { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, stringData: { a: "x" } },
        envelope,
      );
      for (const [index, keyFile] of keyFiles.entries()) {
        const wrap = wrapsOf(text).find(({ recipient }) => recipient === recipients[index]);
        assert.ok(wrap);
        const path = age.write("one.txt", keyFile);
        assert.deepEqual(await age.age(["-d", "-i", path], wrap.enc), envelope.dataKey);
        assert.deepEqual((await decryptSecret(text, { identities: keyFile })).data, { a: "eA==" });
        const directory = new SopsDirectory([keyFile]);
        try {
          directory.write("a.yaml", text);
          assert.match(await directory.sops(["decrypt", "a.yaml"]), /a: eA==/);
        } finally {
          directory.remove();
        }
      }
    });
  });
}

describe("a recipient that only a plugin of age reads", { skip }, () => {
  it("is in documents of sops and of this library, each opened by the other", async () => {
    // The one that age-plugin-tagtest holds the key of, and its identity: a name without data.
    const recipient = "age1tag1qwe0kafsjrar4txm6heqnhpfuggzr0gvznz7fvygxrlq90u5mq2pysxtw6h";
    const identity = bech32.encode("age-plugin-tagtest-", []).toUpperCase();
    const both = [recipient, recipients[0]];
    const directory = new SopsDirectory([identity]);
    const path = process.env.PATH;
    process.env.PATH = dirname(partPath("age"));
    try {
      const text = await encrypt("a: b\n", { recipients: both, plugins: ["tag"] });
      directory.write("ours.yaml", text);
      const env = { PATH: pluginPath() };
      assert.equal(await directory.sops(["decrypt", "ours.yaml"], env), "a: b\n");
      directory.write("plain.yaml", "a: b\n");
      const flags = ["encrypt", "--age", both.join(","), "plain.yaml"];
      const theirs = await directory.sops(flags, env);
      assert.equal(layoutOf(theirs), layoutOf(text));
      for (const each of [text, theirs]) {
        assert.equal(await decrypt(each, { identities: identities[0] }), "a: b\n");
      }
    } finally {
      process.env.PATH = path;
      directory.remove();
    }
  });
});

/** How long the lines of an armored file are. */
function shapeOf(armored: string): string {
  return armored.replace(/[A-Za-z0-9+/=]/g, "x");
}
