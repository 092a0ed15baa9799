import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, Fleet, tenant } from "../../index.js";
import type { FleetArgs } from "../../index.js";
import { failure } from "../support/engine.js";
import {
  acme,
  fleetStack,
  silentKubeconfig,
  smallFleet,
  someTenant,
} from "../support/fleet-stack.js";

describe("a Fleet that is renamed", () => {
  test("moves its ownership file in one commit and deletes and creates no resource", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    const args = smallFleet(url);
    await stack.up();
    const before = await repositories.read("fleet", "main");
    const resources = stack.resources();

    const renamed = (more: Partial<FleetArgs>): void => {
      stack.setProgram(() =>
        Promise.resolve({ commit: new Fleet("corp", { ...args, ...more }).commit }),
      );
    };
    renamed({ formerly: "acme" });
    await stack.preview();
    const { changeSummary } = await stack.up();
    assert.deepEqual(Object.keys(changeSummary).sort(), ["same", "update"]);
    assert.equal(stack.resources().length, resources.length);
    assert.deepEqual(
      stack.resources().filter(({ urn }) => /::acme/.test(urn)),
      [],
    );
    const after = await repositories.read("fleet", "main");
    assert.deepEqual(
      [...after.keys()],
      [...before.keys()].map((path) => path.replace("acme.json", "corp.json")).sort(),
    );
    const [commit] = await fleet.commits();
    assert.equal((await fleet.commits()).length, 2);

    renamed({});
    const settled = await stack.up();
    assert.deepEqual(Object.keys(settled.changeSummary), ["same"]);
    assert.equal(settled.outputs["commit"]?.value, commit);

    stack.setProgram(() => Promise.resolve(acme(args)));
    const { problems } = await failure(stack.up());
    assert.match(problems, /\[PATH_OWNED_BY_OTHER\]/);
  });

  test("is refused while another fleet has the files, whatever it was formerly", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, url } = fleet;
    await stack.up();
    const args = { ...smallFleet(url), formerly: "nobody" };
    stack.setProgram(() => Promise.resolve({ commit: new Fleet("corp", args).commit }));
    const { problems } = await failure(stack.preview());
    assert.match(problems, /\[PATH_OWNED_BY_OTHER\]/);
  });
});

describe("parts that are renamed", () => {
  test("keep every resource, together with the Fleet and one after the other", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    // Never answers; what is recorded of its identity must go along all the same.
    const kubeconfig = pulumi.secret(silentKubeconfig("none"));
    const declare = (
      name: string,
      clusterName: string,
      tenantName: string,
      formerly: { fleet?: string; cluster?: string; tenant?: string } = {},
    ): void => {
      const { args } = someTenant("payments");
      const declared: FleetArgs = {
        ...smallFleet(url),
        ...(formerly.fleet === undefined ? {} : { formerly: formerly.fleet }),
        wait: false,
        clusters: [
          cluster(clusterName, {
            environment: "production",
            kubeconfig,
            whenUnreachable: "skip",
            ...(formerly.cluster === undefined ? {} : { formerly: formerly.cluster }),
          }),
        ],
        tenants: [
          tenant(tenantName, {
            ...args,
            ...(formerly.tenant === undefined ? {} : { formerly: formerly.tenant }),
          }),
        ],
      };
      stack.setProgram(() => Promise.resolve({ commit: new Fleet(name, declared).commit }));
    };
    declare("acme", "eu", "payments");
    await stack.up();
    const before = await repositories.read("fleet", "main");
    const count = stack.resources().length;

    declare("corp", "frankfurt", "pay", { fleet: "acme", cluster: "eu", tenant: "payments" });
    const renamed = await stack.up();
    assert.deepEqual(Object.keys(renamed.changeSummary).sort(), ["same", "update"]);
    assert.equal(stack.resources().length, count);

    declare("corp", "main", "billing", { cluster: "frankfurt", tenant: "pay" });
    const again = await stack.up();
    assert.deepEqual(Object.keys(again.changeSummary).sort(), ["same", "update"]);
    assert.equal(stack.resources().length, count);

    declare("corp", "main", "billing");
    assert.deepEqual(Object.keys((await stack.up()).changeSummary), ["same"]);
    const after = await repositories.read("fleet", "main");
    for (const [path, text] of before) {
      if (!path.startsWith(".flux-fleet/")) assert.equal(after.get(path), text, path);
    }
    assert.equal(after.size, before.size);
  });
});
