import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runBatch, runTestFile, type FileReport } from "../../scripts/run-tests.js";
import { batches, testFile } from "../../scripts/test-files.js";

const directory = mkdtempSync(join(tmpdir(), "flux-fleet-runner-"));

after(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("the test runner", () => {
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
    assert.equal(report.problem, 'did not end within 3 s, after "passes"');
    // The pipes close at once only when `sleep`, which holds them too, is gone.
    assert.ok(report.seconds < 7.5, `${report.seconds} s`);
  });
});

describe("the test runner, with several files in one process", () => {
  const twoFiles = async (first: string, second: string): Promise<readonly FileReport[]> => {
    const files = [write(first), write(second)].map((path) => ({ path, group: "package" }));
    const reports = await runBatch(files, { concurrency: 1, allowSkips: false, limitSeconds: 60 });
    return [...reports.files.values()];
  };

  it("gives each file its own results and keeps hooks within their file", async () => {
    const reports = await twoFiles(
      `let count = 0; beforeEach(() => { count += 1; });
       it("runs its hook", () => { if (count !== 1) throw new Error(String(count)); });
       describe("outer", () => { it("fails", () => { throw new Error("because"); }); });`,
      `it("passes", () => {});`,
    );
    assert.deepEqual(
      reports.map(({ results, problem }) => [
        results.map((one) => [one.title, one.outcome]),
        problem,
      ]),
      [
        [
          [
            ["runs its hook", "passed"],
            ["outer > fails", "failed"],
          ],
          undefined,
        ],
        [[["passes", "passed"]], undefined],
      ],
    );
  });

  it("names the files that did not run because another ended the process", async () => {
    const [first, second] = await twoFiles(
      `it("leaves", () => { process.exit(0); });`,
      `it("never runs", () => {});`,
    );
    assert.equal(first?.problem, "did not run to its end");
    assert.equal(second?.problem, "did not run to its end");
  });

  it("names a file without a test and one that cannot be loaded", async () => {
    const [empty, broken] = await twoFiles("", `throw new Error("not loadable");`);
    assert.equal(empty?.problem, "holds no test");
    assert.match(broken?.results[0]?.detail ?? "", /not loadable/);
  });
});

describe("the order of test files", () => {
  it("puts pure files of a folder into one process and what takes longest first", () => {
    const files = [
      "test/graph/graph.test.ts",
      "test/e2e/tenants.test.ts",
      "test/graph/moves.test.ts",
      "test/bench/speed.test.ts",
    ].map(testFile);
    const seconds = new Map(files.map(({ path }, index) => [path, [1, 9, 20, 5][index] ?? 0]));
    assert.deepEqual(
      batches(files, seconds).map((batch) => batch.map(({ path }) => path)),
      [
        ["test/graph/graph.test.ts", "test/graph/moves.test.ts"],
        ["test/e2e/tenants.test.ts"],
        ["test/bench/speed.test.ts"],
      ],
    );
  });
});

function write(text: string): string {
  const path = join(directory, `written-${Math.random().toString(36).slice(2)}.ts`);
  const names = "after, before, beforeEach, describe, it";
  writeFileSync(path, `const { ${names} } = require("node:test");\n${text}`);
  return path;
}

function runText(text: string, limitSeconds = 30): Promise<FileReport> {
  const path = write(text);
  const options = { concurrency: 1, allowSkips: false, limitSeconds };
  return runTestFile({ path, group: "package" }, options);
}
