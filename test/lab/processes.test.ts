import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { createProcessTable, type ProcessSpec } from "../../lab/processes.js";
import { processGroup, runProgram } from "./child-program.js";
import { eventually } from "./install-flux.js";

function newDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), "lab-processes-"));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

const shell = (directory: string, script: string): ProcessSpec => ({
  name: "shell",
  command: "/bin/sh",
  args: ["-c", script],
  env: { GREETING: "hello" },
  directory,
  logFile: path.join(directory, "logs", "shell.log"),
});

test("gives a process exactly the environment it is told and keeps its output", async (t) => {
  const directory = newDirectory(t);
  const { exited } = createProcessTable(directory).start(
    shell(directory, 'echo "$GREETING from $PWD"; echo "home:$HOME"; exit 3'),
  );
  assert.deepEqual(await exited, { code: 3, signal: null });
  const log = readFileSync(path.join(directory, "logs", "shell.log"), "utf8");
  assert.equal(log, `hello from ${directory}\nhome:\n`);
});

test("asks a process to end and kills it with its children when it does not", async (t) => {
  const directory = newDirectory(t);
  const table = createProcessTable(directory);
  const polite = table.start(shell(directory, "trap 'exit 7' TERM; while :; do sleep 0.05; done"));
  const stubborn = table.start(
    shell(directory, "trap '' TERM; sleep 300 & while :; do sleep 0.05; done"),
  );
  // Each has a child only when it knows what to do with the signal.
  for (const { pid } of [polite, stubborn]) {
    await eventually("started", () => Promise.resolve(processGroup(pid).length >= 2));
  }
  await Promise.all([polite.stop(10_000), stubborn.stop(300)]);
  assert.deepEqual(await polite.exited, { code: 7, signal: null });
  assert.deepEqual(await stubborn.exited, { code: null, signal: "SIGKILL" });
  await eventually(
    "group gone",
    () => Promise.resolve(processGroup(stubborn.pid).length === 0),
    30_000,
  );
  assert.deepEqual(table.running(), []);
});

test("reports a program that cannot be started instead of throwing", async (t) => {
  const directory = newDirectory(t);
  const missing = { ...shell(directory, ""), directory: path.join(directory, "nowhere") };
  const exit = await createProcessTable(directory).start(missing).exited;
  assert.match(exit.error ?? "", /ENOENT/);
});

for (const [how, env] of [
  ["by the kernel's death signal", process.env],
  [
    "by the undertaker alone, where there is no setpriv",
    { ...process.env, PATH: "/bin-without-setpriv" },
  ],
] as const) {
  test(`leaves no process and no directory when the holder is killed: ${how}`, async (t) => {
    const directory = newDirectory(t);
    const { child, line } = await runProgram("hold-processes.ts", [directory, "3"], env);
    const leaders = JSON.parse(line) as readonly number[];
    const alive = (): readonly number[] => leaders.flatMap(processGroup);
    await eventually("started", () => Promise.resolve(alive().length === 6));
    child.kill("SIGKILL");
    await eventually("all gone", () => Promise.resolve(alive().length === 0));
    await eventually("directory gone", () => Promise.resolve(!existsSync(directory)));
  });
}
