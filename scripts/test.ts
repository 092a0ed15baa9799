import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildParts } from "../lab/parts/index.js";
import { runCheck } from "./check-steps.js";
import { endOnSignal } from "./processes.js";
import { runTests } from "./run-tests.js";
import { SharedLab } from "./shared-lab.js";
import { line, Tally } from "./tally.js";
import { needsParts, testFile, testFiles, type TestFile } from "./test-files.js";

// `npm test`: the check and the tests on real parts. `-- --only <group>` runs one folder of test/
// (or `check`), `-- <files>` runs test files, `-- --allow-missing` skips what lacks a part.

/** E2E tests mostly wait for controllers, so more of them run than there are cores. */
const concurrency = 3;

const { values, positionals } = parseArgs({
  options: { "allow-missing": { type: "boolean", default: false }, only: { type: "string" } },
  allowPositionals: true,
});
const allowMissing = values["allow-missing"];
const everything = values.only === undefined && positionals.length === 0;

const tally = new Tally();
const lab = new SharedLab();
const interrupted = new AbortController();
endOnSignal(async () => {
  interrupted.abort();
  await lab.stop();
});

async function main(): Promise<void> {
  const files = selectedFiles();
  const withParts = files.filter(({ group }) => needsParts(group));
  const building = withParts.length === 0 ? undefined : buildAll();
  if (everything || values.only === "check") await runCheck(tally);
  else await runPure(files.filter(({ group }) => !needsParts(group)));
  const missing = (await building) ?? (withParts.length === 0 ? undefined : await startLab());
  if (missing === undefined) await runWithParts(withParts);
  else if (allowMissing) skip(withParts, missing);
  else tally.step("parts", false, 0, missing);
}

function selectedFiles(): readonly TestFile[] {
  if (everything) return testFiles();
  const named = positionals.map((path) => testFile(resolve(path)));
  const group = testFiles().filter((file) => file.group === values.only);
  if (values.only !== undefined && values.only !== "check" && group.length === 0) {
    throw new Error(`test/${values.only} holds no test file.`);
  }
  return [...named, ...group];
}

/** Builds every part; returns what went wrong instead of throwing, because it runs beside the check. */
async function buildAll(): Promise<string | undefined> {
  const started = performance.now();
  try {
    await buildParts("all", {
      onProgress: (text) => {
        console.log(`parts  ${text}`);
      },
      signal: interrupted.signal,
    });
    console.log(line("group", (performance.now() - started) / 1000, "parts built"));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function startLab(): Promise<string | undefined> {
  const started = performance.now();
  try {
    await lab.start();
    console.log(line("group", (performance.now() - started) / 1000, "lab started"));
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

async function runPure(files: readonly TestFile[]): Promise<void> {
  await runTests(files, tally, { concurrency: 2, allowSkips: allowMissing });
}

async function runWithParts(files: readonly TestFile[]): Promise<void> {
  const env = { ...lab.env, ...(allowMissing ? { PULUMI_FLUX_FLEET_ALLOW_MISSING: "1" } : {}) };
  await runTests(files, tally, { concurrency, allowSkips: allowMissing, env });
}

function skip(files: readonly TestFile[], reason: string): void {
  for (const { path } of files) console.log(`skipped ${path}: ${reason.split("\n")[0] ?? ""}`);
  tally.skipped += files.length;
}

main()
  .catch((error: unknown) => {
    tally.step("run", false, 0, error instanceof Error ? (error.stack ?? "") : String(error));
  })
  .finally(() => lab.stop())
  .then(
    () => (process.exitCode = tally.close()),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
