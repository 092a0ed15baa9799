import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { failure } from "../support/engine.js";
import { fleetStack, smallFleet, someTenant, temporaryDirectory } from "../support/fleet-stack.js";
import { runFleet } from "../support/fleet-process.js";

const owned = ".flux-fleet/acme.json";

describe("up of a Fleet", () => {
  test("makes one commit per change, none without, and ignores order and other people's commits", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;

    const first = await stack.up();
    const [root, ...none] = await fleet.commits();
    assert.deepEqual(none, []);
    assert.equal(first.outputs["commit"]?.value, root);
    const tree = await repositories.read("fleet", "main");
    assert.equal(tree.size, 17);
    const record = JSON.parse(tree.get(owned) ?? "") as { paths: Record<string, string> };
    assert.deepEqual(
      Object.keys(record.paths).sort(),
      [...tree.keys()].filter((path) => path !== owned).sort(),
    );

    const again = await stack.up();
    assert.deepEqual(again.changeSummary, { same: 5 });
    assert.equal(again.outputs["commit"]?.value, root);

    const { clusters, ...rest } = smallFleet(url);
    fleet.declare({ ...rest, clusters: [...clusters].reverse() });
    await repositories.commit("fleet", "main", { "README.md": "by hand\n" });
    const reordered = await stack.up();
    assert.deepEqual(reordered.changeSummary, { same: 5 });
    assert.equal(reordered.outputs["commit"]?.value, root);

    fleet.declare({ ...rest, clusters, tenants: [someTenant("payments", "30m")] });
    const changed = await stack.up();
    assert.deepEqual(changed.changeSummary, { same: 3, update: 2 });
    const [made = "", foreign = "", oldest] = await fleet.commits();
    assert.equal(changed.outputs["commit"]?.value, made);
    assert.equal(oldest, root);
    const git = ["--git-dir", repositories.bareDirectory("fleet")];
    const touched = execFileSync("git", [...git, "diff", "--name-only", foreign, made]);
    assert.deepEqual(touched.toString().trim().split("\n"), [
      owned,
      "tenants/production/eu-west-1/payments/sync.yaml",
      "tenants/staging/eu-central-1/payments/sync.yaml",
    ]);
  });

  test("commits again when the branch was reset to before our commit", async (t) => {
    const fleet = await fleetStack(t, { "README.md": "before\n" });
    const { stack, repositories } = fleet;
    const [before = ""] = await fleet.commits();
    await stack.up();
    const published = await repositories.read("fleet", "main");
    const git = ["--git-dir", repositories.bareDirectory("fleet")];
    execFileSync("git", [...git, "update-ref", "refs/heads/main", before]);

    const up = await stack.up();
    assert.deepEqual(up.changeSummary, { same: 3, update: 2 });
    const [made, parent] = await fleet.commits();
    assert.equal(parent, before);
    assert.equal(up.outputs["commit"]?.value, made);
    assert.deepEqual(await repositories.read("fleet", "main"), published);
  });

  test("leaves the state as it was when the server rejects the push, and succeeds when it accepts", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    await stack.up();
    const before = { resources: stack.resources(), commits: await fleet.commits() };
    fleet.declare({ ...smallFleet(url), tenants: [someTenant("payments", "30m")] });
    await repositories.rejectPushes("fleet", "GH006: Protected branch update failed");

    const rejected = await failure(stack.up());
    assert.match(rejected.problems, /refused the commit on main.*Protected branch update failed/);
    assert.match(rejected.problems, /Let this token's account push .*\[GIT_PUSH_REJECTED\]/);
    assert.doesNotMatch(rejected.problems, /^\s+at /m);
    assert.deepEqual(stack.resources(), before.resources);
    assert.deepEqual(await fleet.commits(), before.commits);

    await repositories.rejectPushes("fleet", undefined);
    const up = await stack.up();
    const commits = await fleet.commits();
    assert.deepEqual(commits.slice(1), before.commits);
    assert.equal(up.outputs["commit"]?.value, commits[0]);
  });

  test("lets two owners write to one repository at the same time, one commit each", async (t) => {
    const fleet = await fleetStack(t);
    const { repository, flux, clusters } = smallFleet(fleet.url);
    // Both read the empty repository before either of them gets in.
    const waiting = temporaryDirectory(t);
    await fleet.repositories.setHook(
      "fleet",
      "pre-receive",
      `#!/bin/sh\ntouch ${waiting}/$$\nwhile [ $(ls ${waiting} | wc -l) -lt 2 ]; do sleep 0.1; done\n`,
    );
    const runs = ["acme", "zenith"].map(async (owner, index) => {
      const { stack } = await fleet.withoutState();
      const args = { repository, flux, clusters: clusters.slice(index, index + 1) };
      const ended = await runFleet(stack, owner, args).ended;
      assert.equal(ended.code, 0, ended.output);
      return ended.output.trim().split("\n").at(-1) ?? "";
    });
    const made = await Promise.all(runs);
    assert.ok(readdirSync(waiting).length > 2, "nobody was too late");
    assert.deepEqual([...(await fleet.commits())].sort(), [...made].sort());
    const paths = [...(await fleet.repositories.read("fleet", "main")).keys()];
    for (const path of [owned, ".flux-fleet/zenith.json"]) assert.ok(paths.includes(path), path);
    assert.equal(paths.length, 10);
  });
});
