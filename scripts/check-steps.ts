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
  [["lint", process.execPath, "node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "."]],
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

/** Runs every step, then the pure tests; a failed step does not stop the others. */
export async function runCheck(tally: Tally): Promise<void> {
  const started = performance.now();
  await Promise.all(
    lanes.map(async (steps) => {
      for (const [name, command, ...args] of steps) {
        const { code, output, seconds } = await run(command, args, { cwd: root });
        tally.step(name, code === 0, seconds, output);
      }
    }),
  );
  const files = testFiles().filter(({ group }) => !needsParts(group));
  await runTests(files, tally, { concurrency: 2, allowSkips: false });
  console.log(line("group", (performance.now() - started) / 1000, "check"));
}
