import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually, processesNaming } from "../support/processes.js";

/** The script behind `npm run quickstart`, as a user's shell would run it. */
const script = path.join(__dirname, "..", "..", "scripts", "quickstart.ts");
const root = path.join(__dirname, "..", "..");

/** Everything the runs write lies in here, and everything they start has it in its environment. */
const directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-quickstart-test-"));
const labs = path.join(directory, "labs");
const temporary = path.join(directory, "tmp");

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly code: Promise<number | null>;
}

describe("npm run quickstart", () => {
  before(() => {
    for (const folder of [labs, temporary]) mkdirSync(folder);
  });
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("ends with both clusters and the tenant at the heads of their branches, and nothing left", async () => {
    const run = start();
    assert.equal(await run.code, 0, run.output());
    const story = run.output();

    assertBefore(story, "clusters/production/eu-west-1/kustomization.yaml", "pulumi preview");
    assert.match(story, /17 files, one commit\.\n {2}No findings/);
    assertBefore(story, "Found: etcd", "pulumi preview");
    assertBefore(story, "16 files change on 2 clusters, against new branch main", "pulumi up");
    assert.match(story, /Kubernetes provider: \S/);

    const commits = [...story.matchAll(/^ {2}commit ([0-9a-f]{40})$/gm)].map(([, id = ""]) => id);
    assert.equal(commits.length, 2);
    assert.notEqual(commits[0], commits[1]);
    const tables = story.split("What the clusters run").slice(1);
    assert.deepEqual(
      tables.map((table) => rowsOf(table)),
      [
        clusterRows(commits[0] ?? "", applicationCommit(tables[0]), "10m"),
        clusterRows(commits[1] ?? "", applicationCommit(tables[0]), "5m"),
      ],
    );

    const change = story.slice(story.indexOf("One value changes"));
    assert.match(change, /2 files change on 2 clusters, against main@[0-9a-f]{7}/);
    for (const place of ["production/eu-west-1", "staging/eu-central-1"]) {
      const field = 'Kustomization payments/payments spec.interval: "10m" -> "5m"';
      const file = `tenants/${place}/payments/sync.yaml`;
      assert.ok(change.includes(`  ~ ${file}\n      ${field}\n`), change);
      assert.ok(change.includes(`  ${file}\n    ${field}\n`), change);
    }
    assertReadable(story);
    await nothingIsLeft();
  });

  it("ends everything on Ctrl-C in the middle of up", async () => {
    const run = start();
    await eventually("up has begun", 400, () => / s {2}created Stash/.test(run.output()));
    run.child.kill("SIGINT");
    assert.equal(await run.code, 130, run.output());
    assert.match(run.output(), /SIGINT: ending everything this run started/);
    await nothingIsLeft();
  });

  it("stops after the commit with --no-cluster, without any cluster", async () => {
    const run = start("--no-cluster");
    assert.equal(await run.code, 0, run.output());
    const story = run.output();
    assert.match(story, /file:\/\/\S+fleet-infra\.git/);
    assert.match(story, /commit [0-9a-f]{40}\n[^]*17 files added to an empty repository\./);
    assert.doesNotMatch(story, /Cluster {2}|What the clusters run/);
    assertReadable(story);
    await nothingIsLeft();
  });

  for (const [args, problem] of [
    [["--clusters", "3"], /Unknown option '--clusters'/],
    [["here"], /Unexpected argument 'here'/],
    [["--no-cluster", "--kubeconfig", "a"], /contradict each other/],
    [["--kubeconfig", "a"], /needs --repository URL[^]*loopback[^]*FLEET_GIT_TOKEN/],
    [
      ["--kubeconfig", "a", "--repository", "https://g/f", "--application", "https://g/a"],
      /needs a token[^]*FLEET_GIT_TOKEN/,
    ],
    [["--repository", "https://g/f"], /--repository goes together with --kubeconfig/],
  ] as const) {
    it(`refuses ${args.join(" ")} and says why`, async () => {
      const run = start(...args);
      assert.equal(await run.code, 2, run.output());
      assert.match(run.output(), problem);
      assert.doesNotMatch(run.output(), /What will be committed/);
    });
  }
});

function start(...args: readonly string[]): Run {
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    cwd: root,
    env: {
      ...process.env,
      PULUMI_FLUX_FLEET_LAB_ROOT: labs,
      TMPDIR: temporary,
      FLEET_GIT_TOKEN: "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { child, output: () => output, code };
}

async function nothingIsLeft(): Promise<void> {
  await eventually("no process is left", 60, () => processesNaming(labs).length === 0);
  // tsx keeps its own cache of compiled files.
  const left = readdirSync(temporary).filter((name) => !name.startsWith("tsx-"));
  assert.deepEqual([...readdirSync(labs), ...left], []);
}

/** The rows of the table below a heading, each as its cells; an empty cell is left out. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const [, header = ""] = /\n( {2}cluster .*)\n/.exec(text) ?? [];
  const [, body = ""] = text.split(`${header}\n`);
  const lines = body.slice(0, body.indexOf("\n\n")).split("\n");
  return lines.map((line) => line.trim().split(/ {2,}/));
}

function clusterRows(
  commit: string,
  application: string,
  interval: string,
): readonly (readonly string[])[] {
  const fleet = [commit.slice(0, 7), "fleet-infra"];
  const tenant = [application, "payments-app"];
  return ["eu-central-1", "eu-west-1"].flatMap((cluster) => [
    [cluster, "Flux v2.9.4", "4/4 Available"],
    ["Kustomization flux-system/flux-system", "Ready", "10m", ...fleet],
    ["Kustomization flux-system/payments", "Ready", "60m", ...fleet],
    ["Kustomization payments/payments", "Ready", interval, ...tenant],
    ["Deployment payments/payments", "Available 2/2", ...tenant],
  ]);
}

function applicationCommit(table = ""): string {
  return /([0-9a-f]{7}) {2}payments-app/.exec(table)?.[1] ?? "none";
}

function assertBefore(story: string, first: string, second: string): void {
  const at = story.indexOf(first);
  assert.ok(at >= 0 && at < story.indexOf(second), `"${first}" does not come before "${second}"`);
}

/** Fits a terminal, and is plain text where there is none. */
function assertReadable(story: string): void {
  const lines = story.split("\n").filter((line) => !line.startsWith("  file://"));
  assert.deepEqual(
    lines.filter((line) => line.length > 100),
    [],
  );
  assert.ok(!story.includes("\u001b"), "there are colours although this is no terminal");
}
