import { run } from "./processes.js";
import { runTests } from "./run-tests.js";
import { line, type Tally } from "./tally.js";
import { needsParts, root, testFiles } from "./test-files.js";

type Step = readonly [name: string, command: string, ...args: string[]];

/** It does not check types: the step `types` does, for the library and everything else at once. */
const build: Step = ["build", "npm", "run", "--silent", "build"];

/** What `npm run check` demands besides the build and the tests, in two lanes for two cores. */
const lanes: readonly (readonly Step[])[] = [
  [
    [
      "lint",
      process.execPath,
      "node_modules/eslint/bin/eslint.js",
      ...["--cache", "--cache-location", "node_modules/.cache/eslint/"],
      ...["--cache-strategy", "content", "--max-warnings", "0", "."],
    ],
  ],
  [
    ["types", process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
    ["generated files", process.execPath, "--import", "tsx", "scripts/generate.ts", "--check"],
    [
      "format",
      process.execPath,
      "node_modules/prettier/bin/prettier.cjs",
      ...["--cache", "--cache-strategy", "content", "--check", "--log-level", "warn", "."],
    ],
  ],
];

/** Makes `dist/`, which the generated files and tests of the examples and the tarball read. */
export async function buildLibrary(tally: Tally): Promise<void> {
  await runSteps([build], tally, false);
}

/**
 * Runs every step and the pure tests; a failed step does not stop the others. A lane that is done
 * takes up tests.
 * @param built - resolves when the library is built
 * @param background - leaves the processors to whatever else runs
 */
export async function runCheck(
  tally: Tally,
  built: Promise<void>,
  background = false,
): Promise<void> {
  const started = performance.now();
  const [lint = [], rest = []] = lanes;
  const linted = runSteps(lint, tally, background);
  const checked = built.then(() => runSteps(rest, tally, background));
  const files = testFiles().filter(({ group }) => !needsParts(group));
  const startAfter = [checked, Promise.all([built, linted])];
  await runTests(files, tally, { concurrency: 2, startAfter, allowSkips: false, background });
  await Promise.all([linted, checked]);
  console.log(line("group", (performance.now() - started) / 1000, "check"));
}

async function runSteps(steps: readonly Step[], tally: Tally, background: boolean): Promise<void> {
  for (const [name, command, ...args] of steps) {
    const { code, output, seconds } = await run(command, args, { cwd: root, background });
    tally.step(name, code === 0, seconds, output);
  }
}
