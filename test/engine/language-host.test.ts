import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { languageHost } from "../../lab/pulumi.js";
import { cliProject, type CliProject } from "../support/cli-project.js";
import { eventually, processesNaming } from "../support/processes.js";

describe("the language host", () => {
  let project: CliProject;

  before(async () => {
    project = await cliProject();
    console.log(languageHost().line);
  });

  after(() => project.dispose());

  test("runs a TypeScript program: preview announces, up makes, exports become outputs", async () => {
    project.write(`
      import * as pulumi from "@pulumi/pulumi";
      const config = new pulumi.Config();
      export const stash: pulumi.Output<string> = new pulumi.Stash("s", { input: config.require("plain") }).output;
      export const sealed = config.requireSecret("sealed");
      export const where = { stack: pulumi.getStack(), project: pulumi.getProject(), dry: pulumi.runtime.isDryRun() };
    `);
    await project.pulumi("config", "set", "plain", "hello");
    await project.pulumi("config", "set", "--secret", "sealed", "canary-51c2");
    const preview = await project.pulumi("preview", "--json");
    assert.equal(preview.code, 0, preview.stderr);
    assert.deepEqual((JSON.parse(preview.stdout) as Summary).changeSummary, { create: 2 });
    const up = await project.pulumi("up", "--yes");
    assert.equal(up.code, 0, up.stdout + up.stderr);
    assert.doesNotMatch(up.stdout + up.stderr, /warning|canary-51c2/);
    const outputs = await project.pulumi("stack", "output", "--json");
    assert.deepEqual(JSON.parse(outputs.stdout), {
      stash: "hello",
      sealed: "[secret]",
      where: { stack: "test", project: "cli-test", dry: false },
    });
  });

  test("passes on what the program prints", async () => {
    project.write(`console.log("printed by the program"); console.error("and to stderr");`);
    const { stdout } = await project.pulumi("preview");
    assert.match(stdout, /printed by the program/);
    assert.match(stdout, /and to stderr/);
  });

  test("fails with the message and the stack of an ordinary error", async () => {
    project.write(`function deep(): never { throw new Error("ordinary failure"); }\ndeep();`);
    const { code, stdout } = await project.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(stdout, /ordinary failure/);
    assert.match(stripVTControlCharacters(stdout), /at deep \(.*index\.ts/);
  });

  for (const thrown of [
    `new pulumi.RunError("three findings")`,
    `new pulumi.ResourceError("three findings", undefined, true)`,
  ]) {
    test(`shows only the message of ${thrown}`, async () => {
      project.write(`import * as pulumi from "@pulumi/pulumi";\nthrow ${thrown};`);
      const { code, stdout, stderr } = await project.pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0);
      assert.match(stdout, /error: three findings/);
      assert.doesNotMatch(stdout + stderr, /^\s+at .*:\d+/m);
    });
  }

  test("reports a program that exits by itself with an error code", async () => {
    project.write(`process.exit(7);`);
    const { code, stdout } = await project.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(stdout, /Program exited with non-zero exit code: 7/);
  });

  test("ends with the engine when that is killed, and the program with it", async () => {
    project.write(
      `setInterval(() => undefined, 1000); for (const end = Date.now() + 600_000; Date.now() < end; );`,
    );
    const engine = project.start("preview");
    const mine = (): readonly number[] => processesNaming(project.directory);
    await eventually("engine, host and program run", 120, () => mine().length >= 3);
    engine.kill("SIGKILL");
    await eventually("nothing of the run is left", 60, () => mine().length === 0);
  });
});

interface Summary {
  readonly changeSummary: Readonly<Record<string, number>>;
}
