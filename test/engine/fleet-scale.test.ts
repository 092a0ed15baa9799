import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cluster } from "../../index.js";
import { fleetStack, smallFleet, someTenant } from "../support/fleet-stack.js";

describe("the state of a Fleet", () => {
  test("grows with owners, not with clusters without kubeconfig, files or objects", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    await stack.up();
    const small = { resources: stack.resources().length, bytes: stack.export()?.length ?? 0 };

    const clusters = Array.from({ length: 40 }, (_, index) =>
      cluster(index === 0 ? "eu-west-1" : index === 1 ? "eu-central-1" : `edge-${index}`, {
        environment: index === 1 ? "staging" : "production",
      }),
    );
    const tenants = ["payments", "search", "shop"].map((name) => someTenant(name));
    fleet.declare({ ...smallFleet(url), clusters, tenants });
    await stack.up();
    assert.ok((await repositories.read("fleet", "main")).size > 500);
    assert.equal(stack.resources().length, small.resources + 2, "one per tenant");
    const bytes = stack.export()?.length ?? 0;
    assert.ok(bytes < small.bytes + 4096, `${small.bytes} bytes became ${bytes}`);
  });
});
