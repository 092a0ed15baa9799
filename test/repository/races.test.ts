import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { publish, publishAttempts } from "../../repository/index.js";
import type { Declaration, Remote } from "../../repository/index.js";
import { declaration, fleetError, temporaryDirectory, workbench } from "./workbench.js";

const files = { "clusters/a.yaml": "kind: A\n" };

for (const writers of [2, 20]) {
  test(`${String(writers)} concurrent writers all land, one commit each, nothing lost`, async (t) => {
    const bench = await workbench(t);
    const owners = Array.from({ length: writers }, (_, index) => `owner-${String(index)}`);
    const results = await Promise.all(
      owners.map(async (owner) => {
        const own = declaration({ [`${owner}/a.yaml`]: `${owner}\n` }, { owner });
        return await publish(bench.remote, owner, own);
      }),
    );
    const log = await bench.log("fleet", "main");
    assert.equal(log.length, writers);
    assert.deepEqual(
      new Set(log.map(({ commit }) => commit)),
      new Set(results.map(({ commit }) => commit)),
    );
    assert.equal((await bench.read("fleet", "main")).size, writers * 2);
  });
}

test("a head that moves between reading and pushing is read again; both commits stay", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(files));
  let asked = 0;
  const lines: string[] = [];
  const moving = async (): Promise<Declaration> => {
    asked += 1;
    if (asked === 1) await bench.commit("fleet", "main", { "README.md": "meanwhile\n" });
    return declaration({ "clusters/a.yaml": "kind: A2\n" });
  };
  await publish(bench.remote, "acme", moving, { onProgress: (line) => lines.push(line) });
  assert.equal(asked, 2);
  assert.equal(lines.length, 1);
  const tree = await bench.read("fleet", "main");
  assert.equal(tree.get("README.md"), "meanwhile\n");
  assert.equal(tree.get("clusters/a.yaml"), "kind: A2\n");
  assert.equal((await bench.log("fleet", "main")).length, 3);
});

test("an edit that arrives between reading and pushing is refused, not overwritten", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(files));
  let asked = 0;
  const editing = async (): Promise<Declaration> => {
    asked += 1;
    if (asked === 1) await bench.commit("fleet", "main", { "clusters/a.yaml": "kind: Edited\n" });
    return declaration({ "clusters/a.yaml": "kind: A2\n" });
  };
  const error = await fleetError(publish(bench.remote, "acme", editing));
  assert.equal(error.code, "HUMAN_EDIT");
  assert.equal((await bench.read("fleet", "main")).get("clusters/a.yaml"), "kind: Edited\n");
});

test("a branch that somebody rewound meanwhile is not pushed forward again", async (t) => {
  const bench = await workbench(t);
  await publish(bench.remote, "acme", declaration(files));
  await bench.commit("fleet", "main", { "bad.yaml": "bad\n" });
  const good = (await bench.log("fleet", "main"))[1]?.commit ?? "";
  let asked = 0;
  const rewinding = async (): Promise<Declaration> => {
    asked += 1;
    if (asked === 1) await writeFile(join(bench.bareDirectory("fleet"), "refs/heads/main"), good);
    return declaration({ "clusters/a.yaml": "kind: A2\n" });
  };
  await publish(bench.remote, "acme", rewinding);
  assert.equal((await bench.read("fleet", "main")).has("bad.yaml"), false);
  assert.equal((await bench.log("fleet", "main")).length, 2);
});

test("a branch that moves every time is given up after a bounded number of attempts", async (t) => {
  const bench = await workbench(t);
  let asked = 0;
  const error = await fleetError(
    publish(bench.remote, "acme", async () => {
      asked += 1;
      await bench.commit("fleet", "main", { "README.md": String(asked) });
      return declaration(files);
    }),
  );
  assert.equal(error.code, "GIT_CONTENDED");
  assert.equal(asked, publishAttempts);
  assert.equal((await bench.read("fleet", "main")).size, 1);
});

test("two runs of one owner make one commit when they declare the same", async (t) => {
  const bench = await workbench(t);
  const both = [0, 1].map(() => publish(bench.remote, "acme", declaration(files)));
  const [one, two] = await Promise.all(both);
  assert.equal(one?.commit, two?.commit);
  assert.equal((await bench.log("fleet", "main")).length, 1);
});

test("a push whose answer is lost is found on the branch and adopted", async (t) => {
  const bench = await workbench(t);
  // The server accepts the commit, then dies before it says so.
  await bench.setHook("fleet", "post-update", "#!/bin/sh\nkill -KILL $PPID\n");
  const { commit } = await publish(bench.remote, "acme", declaration(files));
  const log = await bench.log("fleet", "main");
  assert.deepEqual(
    log.map((each) => each.commit),
    [commit],
  );
});

for (const hook of ["pre-receive", "post-receive"]) {
  test(`killed in ${hook}, the next run converges with exactly one commit`, async (t) => {
    const bench = await workbench(t);
    const mark = join(bench.directory, "reached");
    const script = `#!/bin/sh\ntouch '${mark}'\nsleep 2\n`;
    await bench.setHook("fleet", hook, script);
    const child = publishInProcess(bench.remote, declaration(files));
    await eventually(async () => await exists(mark));
    child.kill("SIGKILL");
    await once(child, "close");
    await bench.setHook("fleet", hook, undefined);
    const { commit } = await publish(bench.remote, "acme", declaration(files));
    await sleep(2500); // whatever the killed run left behind has ended by now
    const log = await bench.log("fleet", "main");
    assert.deepEqual(
      log.map((each) => each.commit),
      [commit],
    );
    assert.equal((await bench.read("fleet", "main")).size, 2);
  });
}

test("git does not outlive a process that was killed while the server was silent", async (t) => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => silent.close());
  const url = `https://127.0.0.1:${String((silent.address() as AddressInfo).port)}/x.git`;
  const cacheDirectory = await temporaryDirectory(t);
  const child = publishInProcess({ url, branch: "main", cacheDirectory }, declaration(files));
  await eventually(async () => await isGuarded(url));
  child.kill("SIGKILL");
  await once(child, "close");
  await eventually(async () => (await processesNaming(url)).length === 0);
  await eventually(async () => (await readdir(cacheDirectory)).length === 0);
});

function publishInProcess(remote: Remote, declared: Declaration): ChildProcess {
  const script = join(__dirname, "publish-once.ts");
  const input = JSON.stringify({ remote, declaration: declared });
  return spawn(process.execPath, ["--import", "tsx", script, input], { stdio: "ignore" });
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, "waited 120 s in vain");
    await sleep(30);
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Whether a git that was told a text has a guard, which ends it when its starter is killed. */
async function isGuarded(text: string): Promise<boolean> {
  const [pid] = await processesNaming(text);
  if (pid === undefined) return false;
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const group = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2] ?? "";
  const commands = [...(await commandLines()).values()];
  return commands.some((command) => command.endsWith(`\0guard\0${group}\0`));
}

async function processesNaming(text: string): Promise<readonly string[]> {
  const found = [...(await commandLines())].filter(
    // The only one of git's processes that was told the URL.
    ([, command]) => command.includes("git-remote-") && command.includes(text),
  );
  return found.map(([pid]) => pid);
}

/** Command lines of all processes by their numbers. */
async function commandLines(): Promise<ReadonlyMap<string, string>> {
  const pids = (await readdir("/proc")).filter((each) => /^\d+$/u.test(each));
  const found = pids.map(
    async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")] as const,
  );
  return new Map(await Promise.all(found));
}
