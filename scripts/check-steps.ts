import { run } from "./processes.js";
import { runTests } from "./run-tests.js";
import { line, type Tally } from "./tally.js";
import { needsParts, root, testFiles } from "./test-files.js";

type Step = readonly [name: string, command: string, ...args: string[]];

/**
 * What `npm run check` demands, in two lanes for two cores. The build comes first in its lane: the
 * generated files and the tests of the tarball read `dist/`.
 */
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
    ["build", "npm", "run", "--silent", "build"],
    ["types", process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
    ["generated files", process.execPath, "--import", "tsx", "scripts/generate.ts", "--check"],
    [
      "format",
      process.execPath,
      "node_modules/prettier/bin/prettier.cjs",
      "--check",
      "--log-level",
      "warn",
      ".",
    ],
  ],
];

/**
 * Runs every step and the pure tests; a failed step does not stop the others. A lane that is done
 * takes up tests, but none before the build.
 */
export async function runCheck(tally: Tally): Promise<void> {
  const started = performance.now();
  const running = lanes.map((steps) => runSteps(steps, tally));
  const files = testFiles().filter(({ group }) => !needsParts(group));
  const startAfter = [running[1], Promise.all(running)].filter((lane) => lane !== undefined);
  await runTests(files, tally, { concurrency: 2, startAfter, allowSkips: false });
  await Promise.all(running);
  console.log(line("group", (performance.now() - started) / 1000, "check"));
}

async function runSteps(steps: readonly Step[], tally: Tally): Promise<void> {
  for (const [name, command, ...args] of steps) {
    const { code, output, seconds } = await run(command, args, { cwd: root });
    tally.step(name, code === 0, seconds, output);
  }
}
