import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { AgeIdentity, opaqueSecret, SopsSecret } from "../../index.js";
import { decryptSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { assertNoCanary, failure, inlineStack } from "../support/engine.js";
import type { InlineStack, OperationResult } from "../support/engine.js";
import { previewed } from "../support/fleet-stack.js";

const canary = "canary-manifest-4b7d02";

describe("a Secret and an identity without a Fleet", () => {
  test("stay what they are until the Secret, its readers or the generation change", async (t) => {
    const stack = await inlineStack({ program: program({ password: canary }) });
    t.after(() => {
      stack.dispose();
    });
    const results: OperationResult[] = [await stack.preview()];
    for (const output of ["manifest", "recipient"]) {
      assert.equal(previewed(results[0] ?? assert.fail(), output), "unknown");
    }
    const one = await up(stack, results);
    assert.deepEqual(await values(one), { password: canary, user: "app" });
    const same = await up(stack, results);
    assert.deepEqual({ ...same }, { ...one });

    stack.setProgram(program({ password: `${canary}-two` }));
    const two = await up(stack, results);
    assert.deepEqual(await values(two), { password: `${canary}-two`, user: "app" });
    const before = one.manifest.split("\n");
    const changed = two.manifest.split("\n").filter((line, index) => line !== before[index]);
    assert.deepEqual(
      changed.map((line) => line.split(":")[0]?.trim()),
      ["password", "mac"],
    );

    stack.setProgram(program({ password: `${canary}-two`, generation: 2 }));
    results.push(await stack.preview());
    assert.equal(previewed(results.at(-1) ?? assert.fail(), "manifest"), "unknown");
    const three = await up(stack, results);
    assert.notEqual(three.recipient, two.recipient);
    assert.deepEqual(await values(three), { password: `${canary}-two`, user: "app" });
    await assert.rejects(values({ ...three, identity: two.identity }), {
      code: "SOPS_NO_IDENTITY",
    });
    const kept = stack.resources().filter(({ urn }) => /::staging-\d$/.test(urn));
    assert.equal(kept.length, 2, "the former identity is beside the new one");

    for (const recipients of [[identities[0]], ["age1nobody"]]) {
      stack.setProgram(program({ password: `${canary}-three`, recipients }));
      results.push(await failure(stack.preview()), await failure(stack.up()));
    }
    const problems = results.slice(-4).map(({ problems: text }) => text);
    for (const text of problems.slice(0, 2)) assert.match(text, /\[IDENTITY_AS_RECIPIENT\]/);
    for (const text of problems.slice(2)) {
      assert.match(text, /SopsSecret "db": recipients\[0\]: "age1nobody" .*\[INVALID_RECIPIENT\]/);
    }
    const said = results.flatMap(({ stdout, stderr, events }) => [
      ...[stdout, stderr],
      JSON.stringify(events),
    ]);
    const stored = stack.everythingStored();
    for (const secret of [canary, one.identity, three.identity, identities[0]]) {
      assertNoCanary(secret, stored, ...said);
    }
  });

  test("are refused when a generation is no number, or the Secret has no Namespace", async (t) => {
    const stack = await inlineStack({
      program: () => Promise.resolve({ of: new AgeIdentity("a", { generation: 0 }).recipient }),
    });
    t.after(() => {
      stack.dispose();
    });
    assert.match((await failure(stack.preview())).problems, /AgeIdentity "a": generation: /);
    stack.setProgram(() => {
      const secret = opaqueSecret("db", { password: "x" });
      const { manifest } = new SopsSecret("db", { secret, recipients: [] });
      return Promise.resolve({ manifest });
    });
    assert.match((await failure(stack.preview())).problems, /SopsSecret "db": secret\.namespace: /);
  });
});

interface Made {
  readonly manifest: string;
  readonly recipient: string;
  readonly identity: string;
}

function program(options: {
  readonly password: string;
  readonly generation?: number;
  readonly recipients?: readonly string[];
}): () => Promise<Record<string, pulumi.Output<string | undefined>>> {
  return () => {
    const { password, generation = 1 } = options;
    const own = new AgeIdentity("staging", { generation });
    const data = { user: "app", password: pulumi.secret(password) };
    const { manifest } = new SopsSecret("db", {
      secret: opaqueSecret("db", data, { namespace: "payments" }),
      recipients: options.recipients ?? [own.recipient],
    });
    const identity = own.generations.at(-1)?.apply((pair) => pair?.identity) ?? assert.fail();
    return Promise.resolve({ manifest, recipient: own.recipient, identity });
  };
}

async function up(stack: InlineStack, results: OperationResult[]): Promise<Made> {
  const result = await stack.up();
  // Outputs are told to the test alone.
  results.push({ ...result, outputs: {} });
  const output = (name: keyof Made): string => String(result.outputs[name]?.value);
  assert.equal(result.outputs["manifest"]?.secret, false);
  assert.equal(result.outputs["recipient"]?.secret, false);
  assert.equal(result.outputs["identity"]?.secret, true);
  return {
    manifest: output("manifest"),
    recipient: output("recipient"),
    identity: output("identity"),
  };
}

async function values({ manifest, identity }: Made): Promise<Readonly<Record<string, string>>> {
  const { data = {} } = await decryptSecret(manifest, { identities: [identity] });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}
