import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { after, test, type TestContext } from "node:test";
import { attachLab, type Lab } from "../../lab/index.js";
import { opens } from "../../lab/probe.js";
import { readState } from "../../lab/state.js";
import {
  descendants,
  isAlive,
  processesIn,
  runProgram,
  type ChildProgram,
} from "./child-program.js";
import { eventually } from "./install-flux.js";

async function runLab(t: TestContext, ...args: readonly string[]): Promise<ChildProgram> {
  const program = await runProgram("run-lab.ts", args);
  t.after(() => program.child.kill("SIGKILL"));
  return program;
}

let shared: Promise<ChildProgram> | undefined;
after(async () => (await shared)?.child.kill("SIGKILL"));

/** The state file of a lab for tests that leave it as they found it. */
async function sharedLab(): Promise<string> {
  shared ??= runProgram("run-lab.ts", ["one"]);
  return (await shared).line;
}

/** Every TCP port of 127.0.0.1 that someone listens on and the lab handed out. */
async function portsOf(lab: Lab): Promise<readonly number[]> {
  const urls = [lab.git.url("x"), ...lab.clusters.map(({ server }) => server)];
  const services = await Promise.all(lab.clusters.map((cluster) => cluster.services()));
  const addresses = services.flatMap((routes) => Object.values(routes));
  const ports = [
    ...urls.map((url) => new URL(url).port),
    ...addresses.map((one) => one.split(":")[1]),
  ];
  return ports.map(Number);
}

/** How long a process has run, in seconds. */
function ageSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  return uptime - ticks / 100;
}

/** Processes that listen on a port of 127.0.0.1. */
function listenersOf(port: number): readonly number[] {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const sockets = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local === address && state === "0A")
    .map((row) => `socket:[${row[9] ?? ""}]`);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => openFiles(pid).some((file) => sockets.includes(file)))
    .map(Number);
}

/** What the descriptors of a process lead to; nothing when it ended meanwhile. */
function openFiles(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

for (const victim of ["runner", "guardian"] as const) {
  test(`no process, port or directory is left after the ${victim} was killed`, async (t) => {
    const { child, line } = await runLab(t, "one", "flux");
    const lab = attachLab(line);
    const { directory, guardian } = readState(line);
    const processes = [guardian, ...descendants(guardian), ...processesIn(directory)];
    const ports = await portsOf(lab);
    for (const { api } of lab.clusters) api.close();
    // Five of the control plane, four controllers, and the guardian with its undertaker.
    assert.ok(new Set(processes).size >= 11, `${String(new Set(processes).size)} processes`);
    assert.ok(ports.length >= 5);
    assert.ok((await Promise.all(ports.map((port) => opens(port)))).filter(Boolean).length >= 4);
    assert.ok(ports.flatMap(listenersOf).length >= 4);

    process.kill(victim === "runner" ? (child.pid ?? 0) : guardian, "SIGKILL");
    const killedAt = Date.now();
    await eventually("processes gone", () => Promise.resolve(!processes.some(isAlive)));
    await eventually("directory gone", () => Promise.resolve(!existsSync(directory)));
    // Labs of other tests run beside this one and may have taken a port that became free.
    const older = ports
      .flatMap(listenersOf)
      .filter((pid) => isAlive(pid) && ageSeconds(pid) > (Date.now() - killedAt) / 1000 + 0.5);
    assert.deepEqual(older, []);
    assert.deepEqual(processesIn(directory), []);
  });
}

test("the directory of a lab is closed to other users, and its state too", async () => {
  const line = await sharedLab();
  const { directory } = readState(line);
  assert.equal(statSync(directory).mode & 0o077, 0);
  assert.equal(statSync(line).mode & 0o077, 0);
  assert.equal(statSync(path.join(directory, "clusters/one/admin.kubeconfig")).mode & 0o077, 0);
});

test("labs that start at the same time share nothing", async (t) => {
  const programs = await Promise.all([runLab(t, "one"), runLab(t, "one")]);
  const labs = programs.map(({ line }) => attachLab(line));
  const [first, second] = labs;
  assert.ok(first !== undefined && second !== undefined);
  assert.notEqual(first.directory, second.directory);
  const ports = (await Promise.all(labs.map(portsOf))).flat();
  assert.equal(new Set(ports).size, ports.length);
  const [cluster, other] = [first.cluster("one"), second.cluster("one")];
  assert.notEqual(await cluster.uid(), await other.uid());
  assert.notEqual(cluster.ca, other.ca);
  for (const { api } of [cluster, other]) api.close();
});

test("a cluster that a test file started ends when that file is killed; the lab goes on", async (t) => {
  const line = await sharedLab();
  const env = { ...process.env, PULUMI_FLUX_FLEET_LAB: line };
  const leased = await runProgram("lease-cluster.ts", ["extra"], env);
  t.after(() => leased.child.kill("SIGKILL"));
  const port = Number(new URL(leased.line).port);
  const names = (): readonly string[] => readState(line).clusters.map(({ name }) => name);
  assert.deepEqual(names(), ["extra", "one"]);
  assert.equal(await opens(port), true);
  leased.child.kill("SIGKILL");
  await eventually("port closed", async () => !(await opens(port)));
  await eventually("forgotten", () => Promise.resolve(names().length === 1));
  const { directory } = readState(line);
  const extra = path.join(directory, "clusters", "extra");
  await eventually("directory gone", () => Promise.resolve(!existsSync(extra)));
  const [one] = attachLab(line).clusters;
  assert.match((await one?.uid()) ?? "", /^[0-9a-f-]{36}$/);
  one?.api.close();
});

test("a second cluster of the same name and an unknown one are refused by name", async () => {
  const line = await sharedLab();
  const lab = attachLab(line);
  await assert.rejects(lab.startCluster("one"), /has a cluster "one" already/);
  await assert.rejects(
    lab.cluster("one").killController("source-controller"),
    /runs no "source-controller"/,
  );
  assert.throws(() => lab.cluster("two"), /no cluster "two"/);
  assert.throws(() => attachLab(""), /PULUMI_FLUX_FLEET_LAB is not set/);
});
