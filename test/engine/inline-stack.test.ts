import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { assertNoCanary, failure, inlineStack, loadProgram } from "../support/engine.js";

describe("an inline stack", () => {
  // Beside the packages it imports, and never committed.
  const cache = path.join(__dirname, "..", "..", "node_modules");
  const folder = mkdtempSync(path.join(cache, ".inline-stack-"));
  const file = path.join(folder, "index.ts");

  after(() => rmSync(folder, { recursive: true, force: true }));

  test("evaluates a program file anew for each operation, its modules included", async () => {
    writeFileSync(path.join(folder, "part.ts"), `export const input = "first";`);
    writeFileSync(
      file,
      `import * as pulumi from "@pulumi/pulumi";
      import { input } from "./part.js";
      export const stored = new pulumi.Stash("stash", { input }).input;`,
    );
    const stack = await inlineStack({ program: loadProgram(file) });
    try {
      assert.deepEqual((await stack.preview()).changeSummary, { create: 2 });
      const up = await stack.up();
      assert.deepEqual(up.changeSummary, { create: 2 });
      assert.deepEqual(up.outputs, { stored: { value: "first", secret: false } });
      writeFileSync(path.join(folder, "part.ts"), `export const input = "second";`);
      assert.equal((await stack.up()).outputs["stored"]?.value, "second");
    } finally {
      stack.dispose();
    }
  });

  test("calls a program's default export", async () => {
    writeFileSync(file, `export default async () => ({ made: "by the function" });`);
    const stack = await inlineStack({ program: loadProgram(file) });
    try {
      assert.equal((await stack.up()).outputs["made"]?.value, "by the function");
    } finally {
      stack.dispose();
    }
  });

  test("tells a failed operation with what the engine said, and keeps secrets encrypted", async () => {
    const canary = "canary-0b7d";
    let isBroken = true;
    const stack = await inlineStack({
      config: { token: { value: canary, secret: true } },
      program: () => {
        const token = new pulumi.Config().requireSecret("token");
        const stash = new pulumi.Stash("stash", { input: token });
        if (isBroken) throw new pulumi.RunError("not today");
        return Promise.resolve({ token: stash.output });
      },
    });
    try {
      const failed = await failure(stack.up());
      assert.match(failed.problems, /error: not today/);
      await assert.rejects(failure(stack.preview().catch(() => failed)), /the operation succeeded/);
      isBroken = false;
      const up = await stack.up({ diff: true });
      assert.deepEqual(up.outputs["token"], { value: canary, secret: true });
      assert.deepEqual(
        stack.resources().map(({ type }) => type),
        ["pulumi:providers:pulumi", "pulumi:index:Stash"],
      );
      assertNoCanary(canary, stack.everythingStored(), up.stdout, JSON.stringify(up.events));
      assert.throws(() => assertNoCanary(canary, `x ${canary} y`), /the secret is readable/);
    } finally {
      stack.dispose();
    }
  });
});
