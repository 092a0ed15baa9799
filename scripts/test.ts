import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildLibrary, runCheck } from "./check-steps.js";
import { endOnSignal } from "./processes.js";
import { requiredParts, sharesLab } from "./required-parts.js";
import { runTests } from "./run-tests.js";
import { SharedLab } from "./shared-lab.js";
import { line, Tally } from "./tally.js";
import { needsParts, testFile, testFiles, type TestFile } from "./test-files.js";
import { buildFor, type MissingParts } from "./test-parts.js";

// `npm test`: the check and the tests on real parts. `-- --only <group>` runs one folder of test/
// (or `check`), `-- <files>` runs test files, `-- --allow-missing` skips what lacks a part.

/**
 * Tests on clusters mostly wait for controllers, so more of them run than there are cores, and the
 * check gets the time that they leave.
 */
const concurrency = 4;

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
  const building = withParts.length === 0 ? undefined : build(withParts);
  const checks = everything || values.only === "check";
  const built = checks ? buildLibrary(tally) : Promise.resolve();
  const checking = checks
    ? runCheck(tally, built, building !== undefined)
    : runPure(files.filter(({ group }) => !needsParts(group)));
  await Promise.all([
    checking,
    building?.then((missing) => runWithParts(withParts, missing, built)).catch(report),
  ]);
}

function report(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tally.step("run", false, 0, text);
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

/** The check runs beside the downloads and the compiler, too. */
async function build(files: readonly TestFile[]): Promise<MissingParts> {
  const started = performance.now();
  const log = (text: string): void => {
    console.log(`parts  ${text}`);
  };
  const missing = await buildFor(files, { allowMissing, signal: interrupted.signal, log });
  console.log(line("group", (performance.now() - started) / 1000, "parts built"));
  return missing;
}

async function runPure(files: readonly TestFile[]): Promise<void> {
  await runTests(files, tally, { concurrency: 2, allowSkips: allowMissing });
}

/** Runs the files whose parts are there; the others are skipped by name, or fail the run. */
async function runWithParts(
  files: readonly TestFile[],
  missing: MissingParts,
  built: Promise<void>,
): Promise<void> {
  const lacking = (path: string): readonly string[] =>
    requiredParts(path).filter((name) => missing.names.includes(name));
  const runnable = files.filter(({ path }) => lacking(path).length === 0);
  for (const { path } of files.filter((file) => !runnable.includes(file))) {
    if (allowMissing) tally.skip(path, `needs ${lacking(path).join(", ")}`);
    else tally.fail(`${path}: needs ${lacking(path).join(", ")}`);
  }
  if (missing.names.length > 0) console.log(missing.reason);
  // Tests of the examples read what the check builds first.
  await Promise.all([built, runnable.some(({ path }) => sharesLab(path)) && startLab()]);
  const env = { ...lab.env, ...(allowMissing ? { PULUMI_FLUX_FLEET_ALLOW_MISSING: "1" } : {}) };
  await runTests(runnable, tally, { concurrency, allowSkips: allowMissing, env });
}

async function startLab(): Promise<void> {
  const started = performance.now();
  await lab.start();
  console.log(line("group", (performance.now() - started) / 1000, "lab started"));
}

main()
  .catch(report)
  .finally(() => lab.stop())
  .then(
    () => (process.exitCode = tally.close()),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
