import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, Fleet } from "../../index.js";
import { failure } from "../support/engine.js";
import type { OperationResult } from "../support/engine.js";
import { acme, fleetStack, smallFleet } from "../support/fleet-stack.js";
import type { FleetStack } from "../support/fleet-stack.js";

class Platform extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Platform", name);
    this.registerOutputs({});
  }
}

describe("the repository is byte-equal after", () => {
  // The Automation API's `up` is `pulumi up --skip-preview`; with a preview before it, it is `pulumi up`.
  for (const withPreview of [true, false]) {
    const how = withPreview ? "" : ", without a preview";
    test(`a Fleet is renamed, moved in the program, forgotten, sent to another branch, destroyed${how}`, async (t) => {
      const fleet = await fleetStack(t);
      const { stack, repositories, url } = fleet;
      const args = smallFleet(url);
      const up = async (): Promise<OperationResult> => {
        if (withPreview) await stack.preview();
        return stack.up();
      };
      await stack.up();
      const kept = await everything(fleet);

      stack.setProgram(() => Promise.resolve({ commit: new Fleet("acme-corp", args).commit }));
      const renamed = withPreview ? stack.preview() : stack.up();
      const { problems } = await failure(renamed);
      assert.match(problems, /Owner "acme-corp" declares this file, but owner "acme" has it/);
      assert.match(problems, /\[PATH_OWNED_BY_OTHER\]/);
      if (withPreview) await failure(stack.up());
      assert.deepEqual(await everything(fleet), kept);

      stack.setProgram(() => {
        const parent = new Platform("platform");
        return Promise.resolve({ commit: new Fleet("acme", args, { parent }).commit });
      });
      const moved = await up();
      assert.equal(moved.outputs["commit"]?.value, kept.commits[0]);
      assert.deepEqual(await everything(fleet), kept);

      stack.setProgram(() => Promise.resolve({}));
      const { changeSummary } = await up();
      assert.equal(changeSummary["delete"], 5);
      assert.deepEqual(await everything(fleet), kept);

      stack.setProgram(() => Promise.resolve(acme(args)));
      const back = await up();
      assert.equal(back.outputs["commit"]?.value, kept.commits[0]);
      assert.deepEqual(await everything(fleet), kept);

      const repository = { ...args.repository, branch: "next" };
      stack.setProgram(() => Promise.resolve(acme({ ...args, repository })));
      await up();
      assert.deepEqual(await everything(fleet), kept);
      assert.equal((await fleet.commits("next")).length, 1);

      await stack.destroy();
      assert.deepEqual(stack.resources(), []);
      assert.deepEqual(await everything(fleet), kept);
      assert.equal((await repositories.read("fleet", "next")).size, kept.files.size);
    });
  }

  test("the state is lost, and the next up finds its commit, also with another token", async (t) => {
    const fleet = await fleetStack(t);
    const { repository, ...rest } = smallFleet(fleet.url);
    const declare = (token: string): void => {
      const push = { ...repository.push, token: pulumi.secret(token) };
      fleet.declare({ ...rest, repository: { ...repository, push } });
    };
    declare("first-token");
    await fleet.stack.up();
    const kept = await everything(fleet);

    const { stack } = await fleet.withoutState();
    const found = await stack.up();
    assert.deepEqual(found.changeSummary, { create: 5 });
    assert.equal(found.outputs["commit"]?.value, kept.commits[0]);
    declare("second-token");
    assert.deepEqual((await stack.up()).changeSummary, { same: 5 });
    await stack.destroy();
    const again = await stack.up();
    assert.equal(again.outputs["commit"]?.value, kept.commits[0]);
    assert.deepEqual(await everything(fleet), kept);
  });

  test("a tenant or a cluster is dropped in one step, which is refused before anything is written", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, url } = fleet;
    await stack.up();
    const kept = await everything(fleet);
    const resources = stack.resources();
    fleet.declare({
      ...smallFleet(url),
      clusters: [cluster("eu-west-1", { environment: "production" })],
      tenants: [],
    });
    for (const refused of [await failure(stack.preview()), await failure(stack.up())]) {
      assert.match(refused.problems, /\[TENANT_REMOVAL\]/);
      assert.match(refused.problems, /\[CLUSTER_REMOVAL\]/);
    }
    assert.deepEqual(await everything(fleet), kept);
    assert.deepEqual(stack.resources(), resources);
  });
});

async function everything(
  fleet: FleetStack,
): Promise<{ commits: readonly string[]; files: ReadonlyMap<string, string> }> {
  return { commits: await fleet.commits(), files: await fleet.repositories.read("fleet", "main") };
}
