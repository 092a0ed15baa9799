import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { generateIdentity } from "../../components/sops/sealing/index.js";
import { decrypt, decryptSecret, encrypt, encryptSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };
const plain = "# note\na: one\nb:\n    # inside\n    c: two\n    d:\n        - 1\n        - true\n";

describe("a document of this library that sops changed", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  let ours = "";
  before(async () => {
    ours = await encrypt(plain, own);
  });
  after(() => {
    directory.remove();
  });

  it("is read after `sops set`, and only that value has changed", async () => {
    directory.write("file.yaml", ours);
    await directory.sops(["set", "file.yaml", '["b"]["c"]', '"changed"']);
    const theirs = directory.read("file.yaml");
    assert.equal(await decrypt(theirs, key), plain.replace("two", "changed"));
    const changed = changedLines(ours, theirs).map((line) => line.trim().replace(/:.*/, ""));
    assert.deepEqual(
      changed.filter((name) => name !== "lastmodified"), // equal within one second
      ["c", "mac"],
    );
  });

  it("is read after `sops edit` with an editor", async () => {
    directory.write("file.yaml", ours);
    directory.write("edit.sh", '#!/bin/sh\nsed -i "s/one/edited/" "$1"\necho "new: [x]" >> "$1"\n');
    await directory.sops(["edit", "file.yaml"], {
      EDITOR: "sh ./edit.sh",
      SOPS_EDITOR: "sh edit.sh",
    });
    const edited = `${plain.replace("one", "edited")}new:\n    - x\n`;
    assert.equal(await decrypt(directory.read("file.yaml"), key), edited);
  });

  it("is read after `sops rotate`, by the recipients that were added and no longer by others", async () => {
    directory.write("file.yaml", ours);
    await directory.sops(["rotate", "-i", "--add-age", recipients[1], "file.yaml"]);
    const both = directory.read("file.yaml");
    for (const identity of identities) {
      assert.equal(await decrypt(both, { identities: identity }), plain);
    }
    await directory.sops(["rotate", "-i", "--rm-age", recipients[0], "file.yaml"], {
      SOPS_AGE_KEY: identities[1],
    });
    const rotated = directory.read("file.yaml");
    await assert.rejects(decrypt(rotated, key), { code: "SOPS_NO_IDENTITY" });
    assert.equal(await decrypt(rotated, { identities: identities[1] }), plain);
    const kept = changedLines(ours, rotated).filter((line) => /^\s*[abcd]:/.test(line));
    assert.equal(kept.length, 2, "every value has a new data key");
  });

  it("is read after `sops updatekeys`, its values untouched", async () => {
    directory.write(".sops.yaml", `creation_rules:\n  - age: ${recipients.join(",")}\n`);
    directory.write("file.yaml", ours);
    await directory.sops(["updatekeys", "--yes", "file.yaml"]);
    directory.discard(".sops.yaml");
    const theirs = directory.read("file.yaml");
    assert.equal(await decrypt(theirs, { identities: identities[1] }), plain);
    assert.deepEqual(
      changedLines(ours, theirs).filter((line) => /ENC\[/.test(line)),
      [],
    );
  });

  it("is refused by sops and by us alike when a person changed it", async () => {
    const changes: readonly (readonly [string, string])[] = [
      ["a: ENC", "z: ENC"],
      ["type:int", "type:bool"],
      ["\n    mac: ENC[AES256_GCM,data:", "\n    mac: ENC[AES256_GCM,data:AAAA"],
      ["\n    version: 3.13.2", ""],
      ['lastmodified: "20', 'lastmodified: "19'],
    ];
    for (const [from, to] of changes) {
      const changed = ours.replace(from, to);
      assert.notEqual(changed, ours);
      directory.write("file.yaml", changed);
      await assert.rejects(directory.sops(["decrypt", "file.yaml"]), from);
      await assert.rejects(decrypt(changed, key), { name: "FleetError" }, from);
    }
  });

  it("is a Secret still after sops changed a value of it", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "db" } } as const;
    directory.write("file.yaml", await encryptSecret({ ...secret, stringData: { a: "x" } }, own));
    await directory.sops(["set", "file.yaml", '["data"]["b"]', '"eQ=="']);
    const { data } = await decryptSecret(directory.read("file.yaml"), key);
    assert.deepEqual(data, { a: "eA==", b: "eQ==" });
  });
});

describe("what sops wrote in other ways", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  after(() => {
    directory.remove();
  });

  it("is read with key groups, when identities of enough groups are there", async () => {
    const third = await generateIdentity();
    const all = [...identities, third.identity];
    const keys = [[recipients[0]], [recipients[1]], [third.recipient, recipients[0]]];
    const groups = keys.map((group) => `      - age: [${group.join(", ")}]`).join("\n");
    const rule = `creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n${groups}\n`;
    directory.write(".sops.yaml", rule);
    directory.write("plain.yaml", plain);
    const theirs = await directory.sops(["encrypt", "plain.yaml"]);
    directory.discard(".sops.yaml");
    assert.match(theirs, /shamir_threshold: 2/);
    for (const [one, other] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      const pair = [all[one] ?? "", all[other] ?? ""];
      assert.equal(await decrypt(theirs, { identities: pair }), plain);
    }
    // The first stands in two groups.
    assert.equal(await decrypt(theirs, key), plain);
    for (const identity of all.slice(1)) {
      await assert.rejects(decrypt(theirs, { identities: identity }), { code: "SOPS_NO_IDENTITY" });
    }
  });

  it("is read although an SSH key is among its recipients", async () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const point = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const wire = Buffer.concat(
      [Buffer.from("ssh-ed25519"), point].flatMap((part) => {
        return [Buffer.from([0, 0, 0, part.length]), part];
      }),
    );
    const age = `ssh-ed25519 ${wire.toString("base64")},${recipients[0]}`;
    directory.write("plain.yaml", plain);
    const theirs = await directory.sops(["encrypt", "--age", age, "plain.yaml"]);
    assert.match(theirs, /recipient: ssh-ed25519/);
    assert.equal(await decrypt(theirs, key), plain);
  });

  it("is read with the metadata in the order and with the empty lists of old versions", async () => {
    directory.write("plain.yaml", plain);
    const theirs = await directory.sops(["encrypt", "--age", recipients[0], "plain.yaml"]);
    const [start = "", block = ""] = theirs.split("\nsops:\n");
    const field = (name: string): string =>
      new RegExp(`^    ${name}:.*$`, "m").exec(block)?.[0] ?? "";
    const [wraps = ""] = /^ {4}age:\n[^]*?recipient: .*$/m.exec(block) ?? [];
    const old = [
      ...["    kms: []", "    gcp_kms: []", "    azure_kv: []", "    hc_vault: []", wraps],
      ...[field("lastmodified"), field("mac"), "    pgp: []", field("unencrypted_suffix")],
      ...["    unknown: true", "    version: v3.7.3"],
    ];
    const text = `${start}\nsops:\n${old.join("\n")}\n`;
    directory.write("old.yaml", text);
    assert.equal(await directory.sops(["decrypt", "old.yaml"]), plain);
    assert.equal(await decrypt(text, key), plain);
  });

  it("is read with another indentation", async () => {
    directory.write(
      ".sops.yaml",
      `stores:\n  yaml:\n    indent: 2\n  json:\n    indent: 3\ncreation_rules:\n  - age: ${recipients[0]}\n`,
    );
    directory.write("plain.yaml", plain);
    const yaml = await directory.sops(["encrypt", "plain.yaml"]);
    const json = await directory.sops(["encrypt", "--output-type", "json", "plain.yaml"]);
    directory.discard(".sops.yaml");
    assert.match(yaml, /^ {2}c: ENC/m);
    assert.equal(await decrypt(yaml, key), plain);
    assert.match(json, /^ {3}"a"/m);
    const read = JSON.parse(await decrypt(json, { ...key, format: "json" })) as unknown;
    assert.deepEqual(read, { a: "one", b: { c: "two", d: [1, true] } });
  });

  it("is read although sops itself refuses it: a comment in an encrypted list", async () => {
    const commented = "a:\n    # note\n    - one\n    - two\n";
    directory.write("plain.yaml", commented);
    const theirs = await directory.sops(["encrypt", "--age", recipients[0], "plain.yaml"]);
    directory.write("theirs.yaml", theirs);
    await assert.rejects(directory.sops(["decrypt", "theirs.yaml"]), /MAC mismatch/);
    assert.equal(await decrypt(theirs, key), commented);
    const ours = await encrypt(commented, own);
    directory.write("ours.yaml", ours);
    assert.equal(
      await directory.sops(["decrypt", "ours.yaml"]),
      "# note\na:\n    - one\n    - two\n",
    );
  });

  it("is never the plaintext that sops writes under an expression it cannot compile", async () => {
    directory.write("plain.yaml", "password: hunter2\n");
    const flags = ["--age", recipients[0], "--encrypted-regex", "(", "plain.yaml"];
    assert.match(await directory.sops(["encrypt", ...flags]), /password: hunter2/);
    await assert.rejects(encrypt("password: hunter2\n", { ...own, encryptedRegex: "(" }), {
      code: "SOPS_RULE",
    });
  });
});

/** The lines of a text that the other one does not have. */
function changedLines(before: string, after: string): readonly string[] {
  const known = new Set(before.split("\n"));
  return after.split("\n").filter((line) => !known.has(line));
}
