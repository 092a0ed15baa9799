import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { runFleet } from "../support/fleet-process.js";
import { fleetStack, smallFleet, temporaryDirectory } from "../support/fleet-stack.js";
import { eventually, processesNaming } from "../support/processes.js";

describe("up of a Fleet that is killed", () => {
  const moments = [
    { hook: "pre-receive", when: "before the commit is on the branch", victims: "all" },
    { hook: "post-receive", when: "after the commit is on the branch", victims: "engine" },
  ] as const;
  for (const { hook, when, victims } of moments) {
    test(`${when} is made good by the next up, with exactly one commit`, async (t) => {
      const fleet = await fleetStack(t);
      const { stack, repositories, url } = fleet;
      const directory = temporaryDirectory(t);
      const [reached, released] = [
        path.join(directory, "reached"),
        path.join(directory, "released"),
      ];
      const wait = `while [ -d '${directory}' ] && [ ! -e '${released}' ]; do sleep 0.1; done`;
      const script = `#!/bin/sh\ntouch '${reached}'\n${wait}\n`;
      await repositories.setHook("fleet", hook, script);

      const run = runFleet(stack, "acme", smallFleet(url));
      await eventually("the push arrives", 240, () => existsSync(reached));
      const processes = processesNaming(stack.directory);
      const engines = processes.filter((pid) => pid !== run.pid);
      assert.ok(engines.some(isEngine), "the engine runs");
      for (const pid of victims === "all" ? processes : engines) process.kill(pid, "SIGKILL");
      writeFileSync(released, "");
      assert.notEqual((await run.ended).code, 0);
      await repositories.setHook("fleet", hook, undefined);

      await stack.stack.cancel();
      const up = await stack.up();
      assert.match(up.problems, /interrupted while creating/);
      const commits = await fleet.commits();
      assert.deepEqual(commits, [up.outputs["commit"]?.value]);
      assert.deepEqual((await stack.up()).changeSummary, { same: 5 });
      assert.deepEqual(await fleet.commits(), commits);
    });
  }
});

function isEngine(pid: number): boolean {
  return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
}
