import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { startGitServer } from "../../lab/git-server.js";
import { createAuthority } from "../../lab/pki.js";
import { assertNoCanary, failure } from "../support/engine.js";
import { fleetStack, smallFleet, someTenant, temporaryDirectory } from "../support/fleet-stack.js";

const canaries = { push: "canary-push-5f1c07", sync: "canary-sync-88ad21" } as const;

describe("the tokens of a Fleet", () => {
  test("stand neither in state, history, events and output nor in the repository", async (t) => {
    const authority = createAuthority("lab");
    const server = await startGitServer({
      directory: temporaryDirectory(t),
      ...authority.server("git", ["127.0.0.1"]),
      users: [{ username: "git", token: canaries.push, write: true }],
    });
    t.after(() => server.close());
    await server.createRepository("fleet");
    const fleet = await fleetStack(t);
    const args = smallFleet(fleet.url);
    const push = {
      url: server.repositoryUrl("fleet"),
      token: pulumi.secret(canaries.push),
      ca: authority.certificate,
    };
    const sync = { credentials: { token: pulumi.secret(canaries.sync) } };
    const repository = { ...args.repository, push, sync };
    fleet.declare({ ...args, repository });

    const { stack } = fleet;
    const results = [await stack.preview({ diff: true }), await stack.up({ diff: true })];
    assert.equal(
      results[1]?.outputs["commit"]?.value,
      (await server.log("fleet", "main"))[0]?.commit,
    );
    await server.rejectPushes("fleet", `no, ${canaries.push}`);
    fleet.declare({ ...args, repository, tenants: [someTenant("payments", "30m")] });
    results.push(await failure(stack.up()));
    const committed = [...(await server.read("fleet", "main"))].flat();
    const said = results.flatMap(({ stdout, stderr, events }) => [
      ...[stdout, stderr],
      JSON.stringify(events),
    ]);
    for (const canary of Object.values(canaries)) {
      assertNoCanary(canary, ...said, ...committed, stack.everythingStored());
    }
  });
});
