import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { attachLab, startLab } from "../../lab/index.js";
import { removeDeadLabs } from "../../lab/state.js";
import { descendants, isAlive, processesIn, runProgram } from "./child-program.js";
import { eventually } from "./install-flux.js";

// Labs of this file are invisible to labs of other runs, and the reverse.
const root = mkdtempSync(path.join(tmpdir(), "lab-cli-"));
const env = { ...process.env, PULUMI_FLUX_FLEET_LAB_ROOT: root };
process.env["PULUMI_FLUX_FLEET_LAB_ROOT"] = root;
after(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function lab(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Output> {
  const program = path.join(__dirname, "../../lab/cli.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, ...args], {
    env: { ...env, ...extra },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, ...output });
    });
  });
}

test("up starts a lab that outlives the command, env names it, down ends it", async (t) => {
  t.after(() => lab(["down"]));
  const up = await lab(["up", "--clusters", "1"]);
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, /cluster "cluster-1" is up at https:\/\/127\.0\.0\.1:\d+/);

  const { code, stdout } = await lab(["env"]);
  assert.equal(code, 0);
  const variables = new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => /^export (\w+)='(.*)'$/.exec(line))
      .map((match) => [match?.[1] ?? "", match?.[2] ?? ""]),
  );
  assert.deepEqual([...variables.keys()].sort(), [
    "KUBECONFIG",
    "PATH",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    "PULUMI_FLUX_FLEET_LAB",
    "PULUMI_HOME",
    "PULUMI_SKIP_UPDATE_CHECK",
  ]);
  const attached = attachLab(variables.get("PULUMI_FLUX_FLEET_LAB"));
  const [cluster] = attached.clusters;
  assert.match((await cluster?.uid()) ?? "", /^[0-9a-f-]{36}$/);
  cluster?.api.close();
  assert.equal(variables.get("KUBECONFIG"), cluster?.kubeconfigFile);

  const status = await lab(["status"]);
  assert.match(status.stdout, /runs until "down"/);
  assert.match(status.stdout, /cluster-1 runs no controller/);
  const again = await lab(["up"]);
  assert.equal(again.code, 1);
  assert.match(again.stdout, /A lab runs already; end it with "npm run lab -- down" first/);

  const down = await lab(["down"]);
  assert.match(down.stdout, /^Ended the lab in /);
  assert.equal(existsSync(attached.directory), false);
  assert.deepEqual(processesIn(attached.directory), []);
  assert.match((await lab(["status"])).stdout, /No lab runs\.$/m);
});

test("says what is wrong with the command, on standard error and with exit code 2", async () => {
  const outputs = await Promise.all(
    [["fly"], [], ["up", "--clusters", "none"], ["up", "down"]].map((args) => lab(args)),
  );
  assert.deepEqual(
    outputs.map(({ code }) => code),
    [2, 2, 2, 2],
  );
  const [unknown, none, count, two] = outputs.map(({ stderr }) => stderr.split("\n")[0]);
  assert.equal(unknown, 'There is no command "fly".');
  assert.equal(none, "There is no command.");
  assert.equal(count, '--clusters takes a whole number from 1 to 20, not "none".');
  assert.equal(two, 'There is one command at a time, not "up down".');
  assert.equal((await lab(["env"])).stderr, 'No lab runs. Start one with "npm run lab -- up".\n');
});

test("with nothing built, status says what building takes and a lab names the missing parts", async (t) => {
  const home = mkdtempSync(path.join(tmpdir(), "lab-home-"));
  t.after(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const { stdout } = await lab(["status"], { PULUMI_FLUX_FLEET_LAB_HOME: home });
  assert.match(stdout, /^etcd +[\d.]+ +to build, about \d+ min, 0\.\d+ GB to download$/m);
  assert.match(stdout, /^0 of \d+ parts are there; to build: \d+, about \d+ minutes on two cores/m);

  const before = process.env["PULUMI_FLUX_FLEET_LAB_HOME"];
  process.env["PULUMI_FLUX_FLEET_LAB_HOME"] = home;
  t.after(() => {
    if (before === undefined) delete process.env["PULUMI_FLUX_FLEET_LAB_HOME"];
    else process.env["PULUMI_FLUX_FLEET_LAB_HOME"] = before;
  });
  await assert.rejects(
    startLab({ clusters: 1 }),
    /^Error: Not built yet: etcd, kube-apiserver, .*lab -- build/,
  );
});

test("what a lab left that lost guardian and undertaker at once is removed before the next start", async (t) => {
  const { child, line } = await runProgram("run-lab.ts", ["one"], env);
  t.after(() => child.kill("SIGKILL"));
  const { directory } = attachLab(line);
  // A program whose modules were not compiled before has the compiler as its child, too.
  const named = (name: string, ancestor: number): readonly number[] =>
    descendants(ancestor).filter(
      (pid) => isAlive(pid) && readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").includes(name),
    );
  const [guardian = 0] = named("guardian.ts", child.pid ?? 0);
  await eventually("the undertaker has its name", () =>
    Promise.resolve(named("lab-undertaker", guardian).length === 1),
  );
  const undertaker = named("lab-undertaker", guardian);
  const all = descendants(guardian);
  for (const pid of [...undertaker, guardian]) process.kill(pid, "SIGKILL");
  await eventually("guardian gone", () => Promise.resolve(!isAlive(guardian)));
  assert.equal(existsSync(directory), true);
  removeDeadLabs();
  assert.equal(existsSync(directory), false);
  await eventually("processes gone", () => Promise.resolve(!all.some(isAlive)));
});
