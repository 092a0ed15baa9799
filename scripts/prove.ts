import { mutants as allMutants } from "../test/mutants/mutants.js";
import type { Mutant } from "../test/mutants/mutant.js";
import { MutantTree, uncompilable } from "./mutant-tree.js";
import { endOnSignal } from "./processes.js";
import { sharesLab } from "./required-parts.js";
import { runTestFile, type FileReport } from "./run-tests.js";
import { SharedLab } from "./shared-lab.js";
import { testFile } from "./test-files.js";
import { buildFor } from "./test-parts.js";

// `npm run prove [-- <mutant name>...]`: breaks each promise on purpose in a copy of the checkout
// and demands that the test of that promise fails.

interface Verdict {
  readonly mutant: Mutant;
  /** Title of the first test that failed; `undefined` when none did. */
  readonly foundBy: string | undefined;
  readonly note: string;
  readonly seconds: number;
}

async function prove(names: readonly string[], lab: SharedLab): Promise<boolean> {
  const started = performance.now();
  const unknown = names.filter((name) => !allMutants.some((mutant) => mutant.name === name));
  if (unknown.length > 0) throw new Error(`No mutant is called ${unknown.join(", ")}.`);
  const mutants = allMutants.filter(({ name }) => names.length === 0 || names.includes(name));
  const broken = uncompilable(mutants);
  if (broken.length > 0) throw new Error(`Mutants that prove nothing:\n${broken.join("\n")}`);
  console.log(`${mutants.length} mutants compile`);
  await prepare(mutants, lab);

  const trees = [new MutantTree(), new MutantTree()];
  const verdicts: Verdict[] = [];
  try {
    const baselines = new Map<string, Promise<FileReport>>();
    const queue = [...mutants];
    await Promise.all(
      trees.map(async (tree) => {
        for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
          const verdict = await judge(mutant, tree, baselines, lab.env);
          verdicts.push(verdict);
          console.log(row(verdict));
        }
      }),
    );
  } finally {
    for (const tree of trees) tree.remove();
  }
  const found = verdicts.filter(({ foundBy }) => foundBy !== undefined).length;
  console.log(`\n${((performance.now() - started) / 1000).toFixed(1)} s in all`);
  console.log(`${found} of ${mutants.length} mutants found`);
  return found === mutants.length;
}

/** Builds the parts that the tests need, and starts the lab that they share. */
async function prepare(mutants: readonly Mutant[], lab: SharedLab): Promise<void> {
  const files = mutants.map(({ test }) => testFile(test));
  const { signal } = interrupted;
  const { names, reason } = await buildFor(files, {
    allowMissing: false,
    signal,
    log: console.log,
  });
  if (names.length > 0) throw new Error(`${names.join(", ")} missing: ${reason}`);
  if (mutants.some(({ test }) => sharesLab(test))) await lab.start();
}

/** Runs the mutant's test without and with the mutant, in the same tree. */
async function judge(
  mutant: Mutant,
  tree: MutantTree,
  baselines: Map<string, Promise<FileReport>>,
  env: NodeJS.ProcessEnv,
): Promise<Verdict> {
  const options = {
    // A mutant may make its test wait for ever.
    ...{ concurrency: 1, allowSkips: false, cwd: tree.directory, env, limitSeconds: 240 },
    ...(mutant.testName === undefined ? {} : { namePattern: mutant.testName }),
  };
  const runTest = (): Promise<FileReport> => runTestFile(testFile(mutant.test), options);
  const key = `${mutant.test}\0${mutant.testName ?? ""}`;
  const baseline = baselines.get(key) ?? runTest();
  baselines.set(key, baseline);
  const { results, problem } = await baseline;
  const unmutated = results.find(({ outcome }) => outcome !== "passed");
  if (unmutated !== undefined || problem !== undefined) {
    const note = `fails without the mutant: ${unmutated?.title ?? problem ?? ""}`;
    return { mutant, foundBy: undefined, note, seconds: 0 };
  }
  const report = await tree.with(mutant, runTest);
  const foundBy = report.results.find(({ outcome }) => outcome === "failed")?.title;
  const note = foundBy === undefined ? `not found; ${report.problem ?? "all tests passed"}` : "";
  return { mutant, foundBy, note, seconds: report.seconds };
}

function row({ mutant, foundBy, note, seconds }: Verdict): string {
  const judgement = foundBy === undefined ? `MISSED: ${note}` : `${mutant.test}: ${foundBy}`;
  return `${mutant.promise} | ${mutant.name} | ${judgement} | ${seconds.toFixed(1)}`;
}

const lab = new SharedLab();
const interrupted = new AbortController();
endOnSignal(() => {
  interrupted.abort();
  return lab.stop();
});
console.log("promise | mutant | found by | seconds");
prove(process.argv.slice(2), lab)
  .then(
    (allFound) => (process.exitCode = allFound ? 0 : 1),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  )
  .finally(() => lab.stop());
