import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { envelopes, sealSecret, type Envelopes } from "../../components/sops/sealing/index.js";
import { publish } from "../../repository/index.js";
import { decryptSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { declaration, fleetError, workbench } from "../repository/workbench.js";
import { missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

const seed = { secret: "5a".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
const path = "secrets/production/eu/web/secret-db.yaml";
const place = { path, recipients: [recipients[0]] };
const canary = "hunter2-canary";

/** The file of a run, made from what it finds at the head. */
async function sealed(
  password: string,
  text?: string,
  proof?: string,
): Promise<{ made: Envelopes; text: string; proof: string }> {
  const known = { textAt: () => text, proofAt: () => proof };
  const made = await envelopes([place], seed, known, { makeFresh: true });
  const envelope = made.envelopes.get(path);
  assert.ok(envelope);
  const metadata = { name: "db", namespace: "web" };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData: { password } } as const;
  return { made, text: sealSecret(secret, envelope), proof: envelope.proof };
}

/** A person with a clone runs a command of sops and pushes what it made. */
async function editedWith(
  t: TestContext,
  ...args: readonly string[]
): Promise<{
  bench: Awaited<ReturnType<typeof workbench>>;
  first: Awaited<ReturnType<typeof sealed>>;
  theirs: string;
}> {
  const directory = new SopsDirectory([identities[0]]);
  t.after(() => {
    directory.remove();
  });
  const bench = await workbench(t);
  const first = await sealed(canary);
  await publish(bench.remote, "acme", declaration({ [path]: first.text }));
  directory.write(".sops.yaml", `creation_rules:\n  - age: ${recipients.join(",")}\n`);
  directory.write("file.yaml", first.text);
  await directory.sops(args);
  const theirs = directory.read("file.yaml");
  assert.notEqual(theirs, first.text);
  await bench.commit("fleet", "main", { [path]: theirs });
  return { bench, first, theirs };
}

describe("a published file that a person changed with sops", { skip }, () => {
  const commands = [
    {
      args: ["set", "file.yaml", '["data"]["password"]', '"c2VjcmV0LWNhbmFyeQ=="'],
      says: "data.password: (secret) changes",
      fresh: [],
    },
    {
      args: ["set", "file.yaml", '["data"]["token"]', '"c2VjcmV0LWNhbmFyeQ=="'],
      says: "+ data.token: (secret)",
      fresh: [],
    },
    { args: ["rotate", "-i", "file.yaml"], says: "its data key is wrapped anew", fresh: [path] },
    {
      args: ["updatekeys", "--yes", "file.yaml"],
      says: `is encrypted anew, readers: + ${recipients[1]}`,
      fresh: [path],
    },
  ] as const;
  for (const { args, says, fresh } of commands) {
    const name = args[0] === "set" ? `set ${args[2]}` : args[0];
    test(`with ${name} stops the next run by key names; restored it is ours`, async (t) => {
      const { bench, first, theirs } = await editedWith(t, ...args);
      // What the next run makes of the head: stable where the wraps are proven.
      const next = await sealed(canary, theirs, first.proof);
      assert.deepEqual(next.made.fresh, fresh);
      assert.equal(next.text === first.text, fresh.length === 0);

      const wanted = declaration({ [path]: next.text });
      const error = await fleetError(publish(bench.remote, "acme", wanted));
      assert.deepEqual(
        error.findings.map(({ code, path: at }) => [code, at]),
        [["HUMAN_EDIT", path]],
      );
      const shown = error.findings[0]?.problem ?? "";
      assert.ok(shown.includes(says), shown);
      assert.doesNotMatch(shown, /ENC\[|BEGIN AGE|canary|Y2FuYXJ/);

      await publish(bench.remote, "acme", wanted, { restore: [path] });
      const text = (await bench.read("fleet", "main")).get(path) ?? "";
      assert.equal(text, next.text);
      const { data } = await decryptSecret(text, { identities: identities[0] });
      assert.deepEqual(data, { password: Buffer.from(canary).toString("base64") });
      const settled = await sealed(canary, text, next.proof);
      assert.deepEqual([settled.made.fresh, settled.text], [[], text]);
      const again = await publish(bench.remote, "acme", declaration({ [path]: settled.text }));
      assert.equal(again.change.isEmpty, true);
    });
  }

  test("is an edit still when the program takes the same value, until its path is restored", async (t) => {
    const value = Buffer.from("changed").toString("base64");
    const { bench, first, theirs } = await editedWith(
      t,
      ...["set", "file.yaml", '["data"]["password"]', JSON.stringify(value)],
    );
    const next = await sealed("changed", theirs, first.proof);
    // sops drew a nonce for the value, and wrote its time: not our bytes, so it is an edit still.
    assert.notEqual(next.text, theirs);
    const wanted = declaration({ [path]: next.text });
    await fleetError(publish(bench.remote, "acme", wanted));
    await publish(bench.remote, "acme", wanted, { restore: [path] });
    const text = (await bench.read("fleet", "main")).get(path) ?? "";
    const { data } = await decryptSecret(text, { identities: identities[0] });
    assert.deepEqual(data, { password: value });
  });
});
