import { join } from "node:path";
import { runNode } from "./processes.js";
import { indent, line, type Tally } from "./tally.js";
import { root, type TestFile } from "./test-files.js";
import type { FileUsage, TestResult } from "./test-reporter.mjs";

/** Settings of {@link runTests}. */
export interface TestRun {
  /** How many files run at once. */
  readonly concurrency: number;
  /** The n-th of the concurrent runs waits for the n-th of these. @default all start at once */
  readonly startAfter?: readonly Promise<unknown>[];
  /** Added to the environment of every file. */
  readonly env?: NodeJS.ProcessEnv;
  /** A skipped test is counted as such; without it, it fails the run. */
  readonly allowSkips: boolean;
  /** Runs only the tests whose title matches. */
  readonly namePattern?: string;
  /** Directory of the tree whose tests run. @default this checkout */
  readonly cwd?: string;
  /** Seconds until a file is ended. @default 900 */
  readonly limitSeconds?: number;
}

/** What one test file reported. */
export interface FileReport {
  readonly results: readonly TestResult[];
  /** Problems of the file itself: it crashed, hung, or holds no test. */
  readonly problem: string | undefined;
  readonly output: string;
  readonly seconds: number;
  /** Zero when the file was ended before it could say. */
  readonly processorSeconds: number;
}

/** What the files of one group took together. */
interface GroupTotal {
  files: number;
  tests: number;
  from: number;
  to: number;
  processorSeconds: number;
}

/** Runs test files, each in a process of its own, and prints one line per file. */
export async function runTests(
  files: readonly TestFile[],
  tally: Tally,
  options: TestRun,
): Promise<void> {
  const queue = [...files];
  const groups = new Map<string, GroupTotal>();
  const worker = async (index: number): Promise<void> => {
    await options.startAfter?.[index];
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const from = performance.now();
      const report = await runTestFile(file, options);
      const count = print(file, report, tally, options.allowSkips);
      const start = { files: 0, tests: 0, from, to: from, processorSeconds: 0 };
      const group = groups.get(file.group) ?? start;
      group.files += 1;
      group.tests += count;
      group.processorSeconds += report.processorSeconds;
      group.to = performance.now();
      groups.set(file.group, group);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, (_, index) => worker(index)));
  for (const [name, { files, tests, from, to, processorSeconds }] of groups) {
    const cost = `${processorSeconds.toFixed(0)} processor seconds`;
    const text = `${name}: ${tests} tests in ${files} files, ${cost}`;
    console.log(line("group", (to - from) / 1000, text));
  }
}

/** Runs one test file and collects what its tests reported. */
export async function runTestFile(file: TestFile, options: TestRun): Promise<FileReport> {
  const results: TestResult[] = [];
  let processorSeconds = 0;
  const { namePattern, limitSeconds = 900 } = options;
  const ended = await runNode(
    [
      ...["--import", "tsx", "--test-reporter", join(root, "scripts/test-reporter.mts")],
      ...(namePattern === undefined ? [] : ["--test-name-pattern", namePattern]),
      file.path,
    ],
    {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      limitSeconds,
      onMessage: (message) => {
        const said = message as TestResult | FileUsage; // the only sender is our reporter
        if ("processorSeconds" in said) ({ processorSeconds } = said);
        else results.push(said);
      },
    },
  );
  const failed = results.some(({ outcome }) => outcome === "failed");
  const problem = ended.timedOut
    ? `did not end within ${limitSeconds} s`
    : ended.code !== 0 && !failed
      ? `ended with ${ended.code === undefined ? "a signal" : `code ${ended.code}`}`
      : results.length === 0
        ? "holds no test"
        : undefined;
  const { output, seconds } = ended;
  return { results, problem, output, seconds, processorSeconds };
}

function print(file: TestFile, report: FileReport, tally: Tally, allowSkips: boolean): number {
  const { results, problem, seconds } = report;
  const skips = results.filter(({ outcome }) => outcome === "skipped");
  const failures = results.filter(({ outcome }) => outcome === "failed");
  tally.passed += results.filter(({ outcome }) => outcome === "passed").length;
  if (allowSkips) tally.skipped += skips.length;
  const bad = allowSkips ? failures : [...failures, ...skips];
  const ok = bad.length === 0 && problem === undefined;
  console.log(line(ok ? "ok" : "FAILED", seconds, `${file.path} (${results.length})`));
  for (const { title, outcome, detail } of bad) {
    tally.fail(`${file.path}: ${title}`);
    const text = outcome === "skipped" ? `skipped without --allow-missing: ${detail}` : detail;
    console.log(indent(`${title}\n${indent(text)}`));
  }
  if (allowSkips)
    for (const { title, detail } of skips) console.log(indent(`skipped: ${title}: ${detail}`));
  if (problem !== undefined) {
    tally.fail(`${file.path} ${problem}`);
    console.log(indent(problem));
  }
  if (!ok && report.output.trim() !== "") console.log(indent(report.output.trimEnd().slice(-8000)));
  return results.length;
}
