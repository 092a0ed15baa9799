import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runTestFile, type FileReport } from "../../scripts/run-tests.js";

const directory = mkdtempSync(join(tmpdir(), "flux-fleet-runner-"));

describe("the test runner", () => {
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("reports passed, failed and skipped tests with their whole titles", async () => {
    const report = await runText(`
      describe("outer", () => {
        it("passes", () => {});
        it("fails", () => { throw new Error("because"); });
        it("skips", { skip: "no part" }, () => {});
      });`);
    assert.deepEqual(
      report.results.map(({ title, outcome }) => [title, outcome]),
      [
        ["outer > passes", "passed"],
        ["outer > fails", "failed"],
        ["outer > skips", "skipped"],
      ],
    );
    assert.match(report.results[1]?.detail ?? "", /because/);
    assert.equal(report.results[2]?.detail, "no part");
    assert.equal(report.problem, undefined);
  });

  it("reports a hook that fails", async () => {
    const report = await runText(`
      describe("outer", () => {
        before(() => { throw new Error("no database"); });
        it("passes", () => {});
      });`);
    assert.ok(report.results.some(({ outcome }) => outcome === "failed"));
  });

  it("refuses a file without a test", async () => {
    assert.equal((await runText("")).problem, "holds no test");
  });

  it("refuses a file that ends with an error after its tests passed", async () => {
    const { problem } = await runText(`it("passes", () => {}); after(() => process.exit(3));`);
    assert.equal(problem, "ended with code 3");
  });

  it("ends a file that does not end, with what it started", async () => {
    const report = await runText(
      `it("passes", () => {});
       require("node:child_process").spawn("sleep", ["100"], { stdio: "inherit" });`,
      3,
    );
    assert.equal(report.problem, "did not end within 3 s");
    // The pipes close at once only when `sleep`, which holds them too, is gone.
    assert.ok(report.seconds < 4.5, `${report.seconds} s`);
  });
});

function runText(text: string, limitSeconds = 30): Promise<FileReport> {
  const path = join(directory, `written-${Math.random().toString(36).slice(2)}.ts`);
  writeFileSync(path, `const { after, before, describe, it } = require("node:test");\n${text}`);
  const options = { concurrency: 1, allowSkips: false, limitSeconds };
  return runTestFile({ path, group: "package" }, options);
}
