import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  envelopes,
  sealSecret,
  type Envelope,
  type Envelopes,
  type SealedPlace,
} from "../../components/sops/sealing/index.js";
import { decryptSecret, type KubernetesSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { hostileStrings } from "../manifests/hostile-strings.js";
import { layoutOf, missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

const seed = { secret: "5a".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
const path = "secrets/production/eu/web/secret-db.yaml";
const place: SealedPlace = { path, recipients: [recipients[0]] };
const key = { identities: identities[0] };
const regex = "^(data|stringData)$";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

const secret: KubernetesSecret = {
  ...{ apiVersion: "v1", kind: "Secret", type: "Opaque" },
  metadata: { name: "db", namespace: "payments", labels: { version: "1_000", on: "yes" } },
  stringData: { "10": "x", empty: "", password: "hunter2", port: "5432", same: "hunter2" },
};
const data = {
  ...{ "10": base64("x"), empty: "", password: base64("hunter2"), port: base64("5432") },
  same: base64("hunter2"),
};

/** What the next run makes of a file at the head, with the proof that was recorded for ours. */
async function nextRun(text: string, proof: string, wanted = place): Promise<Envelopes> {
  const known = { textAt: () => text, proofAt: () => proof };
  return envelopes([wanted], seed, known, { makeFresh: true });
}

describe("a file of the fleet", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  let envelope: Envelope;
  let ours = "";
  before(async () => {
    const made = await envelopes(
      [place],
      seed,
      { textAt: () => undefined, proofAt: () => undefined },
      { makeFresh: true },
    );
    const found = made.envelopes.get(path);
    assert.ok(found);
    envelope = found;
    ours = sealSecret(secret, envelope);
  });
  after(() => {
    directory.remove();
  });

  /** The file after a command of sops, and what the next run says and writes. */
  async function afterSops(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    wanted = place,
  ): Promise<{ theirs: string; next: Envelopes; text: string }> {
    directory.write("file.yaml", ours);
    await directory.sops(args, env);
    const theirs = directory.read("file.yaml");
    const next = await nextRun(theirs, envelope.proof, wanted);
    const found = next.envelopes.get(path);
    assert.ok(found);
    return { theirs, next, text: sealSecret(secret, found) };
  }

  it("is opened by sops, and has the layout that sops gives it", async () => {
    directory.write("file.yaml", ours);
    const plain = await directory.sops(["decrypt", "file.yaml"]);
    directory.write("plain.yaml", plain);
    const flags = ["encrypt", "--age", recipients[0], "--encrypted-regex", regex, "plain.yaml"];
    const theirs = await directory.sops(flags);
    assert.equal(layoutOf(ours), layoutOf(theirs));
    assert.deepEqual((await decryptSecret(theirs, key)).data, data);
  });

  it("is opened by sops whatever its readable labels and annotations hold", async () => {
    const texts = [...new Set(hostileStrings)].filter((text) => text.length < 2000);
    const annotations = Object.fromEntries(texts.map((text, at) => [`note-${at}`, text]));
    const metadata = { name: "db", labels: { "1_000": "0x10", on: "yes" }, annotations };
    directory.write("file.yaml", sealSecret({ ...secret, metadata }, envelope));
    // One string that Go reads otherwise, and the code would not be that of the file.
    await directory.sops(["decrypt", "file.yaml"]);
    const { metadata: read } = await decryptSecret(directory.read("file.yaml"), key);
    assert.deepEqual(read, metadata);
  });

  it("has nonces of 32 bytes, none twice, also where values are equal", () => {
    const nonces = [...ours.matchAll(/iv:([^,]+),/g)].map(([, iv = ""]) => iv);
    assert.equal(nonces.length, 5); // four values that are not empty, and the code
    assert.equal(new Set(nonces).size, 5);
    for (const iv of nonces) assert.equal(Buffer.from(iv, "base64").length, 32);
  });

  it("keeps all other lines when `sops set` changes a value, and becomes ours again", async () => {
    const { theirs, next, text } = await afterSops([
      ...["set", "file.yaml", '["data"]["password"]', `"${base64("changed")}"`],
    ]);
    assert.deepEqual(changedFields(ours, theirs), ["password", "lastmodified", "mac"]);
    const read = await decryptSecret(theirs, key);
    assert.deepEqual(read.data, { ...data, password: base64("changed") });
    // The wraps are still ours, so nothing is wrapped anew and the bytes are those of before.
    assert.deepEqual([next.fresh, next.findings], [[], []]);
    assert.equal(text, ours);
  });

  it("keeps all other lines in `sops edit`, and becomes ours again", async () => {
    directory.write("edit.sh", `#!/bin/sh\nsed -i "s/port: .*/port: bmV3/" "$1"\n`);
    const editor = { EDITOR: "sh ./edit.sh", SOPS_EDITOR: "sh ./edit.sh" };
    const { theirs, next, text } = await afterSops(["edit", "file.yaml"], editor);
    assert.deepEqual(changedFields(ours, theirs), ["port", "lastmodified", "mac"]);
    assert.deepEqual((await decryptSecret(theirs, key)).data, { ...data, port: "bmV3" });
    assert.deepEqual([next.fresh, next.findings], [[], []]);
    assert.equal(text, ours);
  });

  it("is read after `sops rotate`, whose data key nobody proves: it is written anew", async () => {
    const { theirs, next, text } = await afterSops(["rotate", "-i", "file.yaml"]);
    assert.deepEqual((await decryptSecret(theirs, key)).data, data);
    assert.equal(layoutOf(theirs), layoutOf(ours));
    assertUnproven(next);
    assert.notEqual(text, theirs);
    assert.deepEqual((await decryptSecret(text, key)).data, data);
    // Its data key is that of the seed again: only the wraps are other bytes.
    assert.equal(text.replace(/-----BEGIN[^]*?END/g, ""), ours.replace(/-----BEGIN[^]*?END/g, ""));
  });

  it("is read by whom `sops updatekeys` added, and not reused with a reader of theirs", async () => {
    directory.write(".sops.yaml", `creation_rules:\n  - age: ${recipients.join(",")}\n`);
    const { theirs, next, text } = await afterSops(["updatekeys", "--yes", "file.yaml"]);
    directory.discard(".sops.yaml");
    for (const identity of identities) {
      assert.deepEqual((await decryptSecret(theirs, { identities: identity })).data, data);
    }
    assertUnproven(next);
    await assert.rejects(decryptSecret(text, { identities: identities[1] }), {
      code: "SOPS_NO_IDENTITY",
    });
    assert.deepEqual((await decryptSecret(text, key)).data, data);
  });

  it("is left alone by `sops updatekeys` where the rules name its recipients", async () => {
    directory.write(".sops.yaml", `creation_rules:\n  - age: ${recipients[0]}\n`);
    const { theirs } = await afterSops(["updatekeys", "--yes", "file.yaml"]);
    directory.discard(".sops.yaml");
    assert.equal(theirs, ours);
  });

  it("has another data key for other recipients, as after `rotate` with one more", async () => {
    const wanted = { path, recipients };
    directory.write("file.yaml", ours);
    const next = await nextRun(ours, envelope.proof, wanted);
    assert.deepEqual([next.fresh, next.findings], [[path], []]);
    const found = next.envelopes.get(path);
    assert.ok(found);
    const text = sealSecret(secret, found);
    for (const name of ["password", "port", "mac"]) {
      assert.notEqual(lineOf(text, name), lineOf(ours, name));
    }
    directory.write("file.yaml", text);
    for (const identity of identities) {
      directory.write("one.txt", identity);
      const env = { SOPS_AGE_KEY_FILE: "one.txt" };
      const opened = await directory.sops(["decrypt", "file.yaml"], env);
      assert.match(opened, /password: aHVudGVyMg==/);
    }
  });

  it("does not take the wraps of another file, which its readers could open as well", async () => {
    const other = { path: path.replace("db", "other"), recipients: place.recipients };
    const known = { textAt: () => ours, proofAt: () => envelope.proof };
    const next = await envelopes([other], seed, known, { makeFresh: true });
    assert.deepEqual(next.fresh, [other.path]);
    assert.deepEqual(
      next.findings.map(({ code, path: at }) => [code, at]),
      [["SOPS_WRAP_UNPROVEN", other.path]],
    );
  });
});

function assertUnproven({ fresh, findings }: Envelopes): void {
  assert.deepEqual(fresh, [path]);
  assert.deepEqual(
    findings.map(({ code, path: at, severity }) => [code, at, severity]),
    [["SOPS_WRAP_UNPROVEN", path, "warning"]],
  );
}

/** The names in the lines that the other text does not have, in their order. */
function changedFields(before: string, after: string): readonly string[] {
  const known = new Set(before.split("\n"));
  const lines = after.split("\n").filter((line) => !known.has(line));
  return lines.map((line) => line.trim().replace(/:.*/, ""));
}

function lineOf(text: string, name: string): string | undefined {
  return new RegExp(`^ *${name}: .*$`, "m").exec(text)?.[0];
}
