import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { runNode } from "./processes.js";
import { indent, line, type Tally } from "./tally.js";
import { batches, root, type TestFile } from "./test-files.js";
import type { FileEnd, ProcessUsage, TestResult } from "./test-reporter.mjs";

/** Settings of {@link runTests}. */
export interface TestRun {
  /** How many processes run at once. */
  readonly concurrency: number;
  /** The n-th of the concurrent runs waits for the n-th of these. @default all start at once */
  readonly startAfter?: readonly Promise<unknown>[];
  /** Added to the environment of every process. */
  readonly env?: NodeJS.ProcessEnv;
  /** A skipped test is counted as such; without it, it fails the run. */
  readonly allowSkips: boolean;
  /** Leaves the processors to whatever else runs. @default false */
  readonly background?: boolean;
  /** Runs only the tests whose title matches. */
  readonly namePattern?: string;
  /** Directory of the tree whose tests run. @default this checkout */
  readonly cwd?: string;
  /** Seconds until a process is ended. @default 900 */
  readonly limitSeconds?: number;
}

/** What one test file reported. */
export interface FileReport {
  readonly results: readonly TestResult[];
  /** Problems of the file itself: it crashed, hung, or holds no test. */
  readonly problem: string | undefined;
  /** What its process printed. */
  readonly output: string;
  readonly seconds: number;
}

/** What files that ran in one process reported. */
export interface BatchReport {
  readonly files: ReadonlyMap<TestFile, FileReport>;
  /** Zero when the process was ended before it could say. */
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

/** Runs test files, several pure ones in one process, and prints one line per file. */
export async function runTests(
  files: readonly TestFile[],
  tally: Tally,
  options: TestRun,
): Promise<void> {
  const took = readSeconds();
  const queue = [...batches(files, took)];
  const groups = new Map<string, GroupTotal>();
  const worker = async (index: number): Promise<void> => {
    await options.startAfter?.[index];
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      const from = performance.now();
      const { files: reports, processorSeconds } = await runBatch(batch, options);
      for (const [file, report] of reports) {
        took.set(file.path, report.seconds);
        const start = { files: 0, tests: 0, from, to: from, processorSeconds: 0 };
        const group = groups.get(file.group) ?? start;
        group.files += 1;
        group.from = Math.min(group.from, from);
        group.tests += print(file, report, tally, options.allowSkips);
        group.to = performance.now();
        groups.set(file.group, group);
      }
      const group = groups.get(batch[0]?.group ?? "");
      if (group !== undefined) group.processorSeconds += processorSeconds;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, (_, index) => worker(index)));
  for (const [name, { files, tests, from, to, processorSeconds }] of groups) {
    const cost = `${processorSeconds.toFixed(0)} processor seconds`;
    const text = `${name}: ${tests} tests in ${files} files, ${cost}`;
    console.log(line("group", (to - from) / 1000, text));
  }
  writeSeconds(took);
}

/** Runs one test file in a process of its own and collects what its tests reported. */
export async function runTestFile(file: TestFile, options: TestRun): Promise<FileReport> {
  const { files } = await runBatch([file], options);
  const report = files.get(file);
  if (report === undefined) throw new Error(`${file.path} was not run.`);
  return report;
}

/** Runs test files in one process, one after the other, and tells their results apart. */
export async function runBatch(batch: readonly TestFile[], options: TestRun): Promise<BatchReport> {
  const messages: (TestResult | FileEnd | ProcessUsage)[] = [];
  const { background = false, namePattern, limitSeconds = 900 } = options;
  const paths = batch.map(({ path }) => path);
  const [only, ...others] = paths;
  const ended = await runNode(
    [
      // The space for young objects; a small one is a fifth of what a file of properties takes.
      "--max-semi-space-size=64",
      ...["--require", loader, "--test-reporter", builtReporter()],
      ...(namePattern === undefined ? [] : ["--test-name-pattern", namePattern]),
      ...(only !== undefined && others.length === 0 ? [only] : [batchProgram, ...paths]),
    ],
    {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      background,
      limitSeconds,
      onMessage: (message) => {
        messages.push(message as TestResult | FileEnd | ProcessUsage); // the only sender is our reporter
      },
    },
  );
  const usage = messages.find((one): one is ProcessUsage => "processorSeconds" in one);
  const results = messages.filter((one): one is TestResult => "outcome" in one);
  const ends = new Map(
    messages.flatMap((one) => ("file" in one ? [[one.file, one.seconds] as const] : [])),
  );
  const hasFailed = results.some(({ outcome }) => outcome === "failed");
  const problemOfProcess = ended.timedOut
    ? `did not end within ${limitSeconds} s, after "${results.at(-1)?.title ?? "no test at all"}"`
    : ended.code !== 0 && !hasFailed
      ? `ended with ${ended.code === undefined ? "a signal" : `code ${ended.code}`}`
      : undefined;
  const reportOf = (file: TestFile): FileReport => {
    const isAlone = batch.length === 1;
    const own = isAlone ? results : results.flatMap((one) => ofFile(one, file.path));
    const hasEnded = isAlone || ends.has(file.path);
    const problem =
      problemOfProcess !== undefined && (isAlone || !hasEnded || file === batch.at(-1))
        ? problemOfProcess
        : !hasEnded
          ? "did not run to its end"
          : own.length === 0
            ? "holds no test"
            : undefined;
    const seconds = isAlone ? ended.seconds : (ends.get(file.path) ?? 0);
    return { results: own, problem, output: ended.output, seconds };
  };
  return {
    files: new Map(batch.map((file) => [file, reportOf(file)])),
    processorSeconds: usage?.processorSeconds ?? 0,
  };
}

const loader = join(root, "scripts/load-typescript.cjs");
const batchProgram = join(root, "scripts/test-batch.ts");

/** The result under its title within the file; nothing when it is one of another file. */
function ofFile(result: TestResult, file: string): readonly TestResult[] {
  if (result.title === file) return [result];
  const start = `${file} > `;
  return result.title.startsWith(start)
    ? [{ ...result, title: result.title.slice(start.length) }]
    : [];
}

let reporter: string | undefined;

/** The reporter as JavaScript: Node loads it as an ES module, for which test files need no loader. */
function builtReporter(): string {
  if (reporter !== undefined) return reporter;
  removeOldCompilations();
  const outfile = join(root, "node_modules/.cache", `test-reporter-${process.pid}.mjs`);
  const entryPoints = [join(root, "scripts/test-reporter.mts")];
  buildSync({ entryPoints, outfile, platform: "node", format: "esm", logLevel: "warning" });
  process.once("exit", () => {
    rmSync(outfile, { force: true });
  });
  return (reporter = outfile);
}

/** What the loader compiled days ago, of sources that have changed since or of copies of the checkout. */
function removeOldCompilations(): void {
  const folder = join(root, "node_modules/.cache/typescript");
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > 3 * 24 * 3600 * 1000) rmSync(file, { force: true });
  }
}

const secondsFile = join(root, "node_modules/.cache/test-seconds.json");

/** What each file took when it ran last, on this machine. */
function readSeconds(): Map<string, number> {
  try {
    const read = JSON.parse(readFileSync(secondsFile, "utf8")) as Record<string, number>;
    return new Map(Object.entries(read));
  } catch {
    return new Map();
  }
}

function writeSeconds(took: ReadonlyMap<string, number>): void {
  mkdirSync(dirname(secondsFile), { recursive: true });
  writeFileSync(secondsFile, JSON.stringify(Object.fromEntries([...took].sort()), undefined, 1));
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
