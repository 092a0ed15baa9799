import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { cluster } from "../../index.js";
import { fleetStack, smallFleet, someTenant } from "../support/fleet-stack.js";

describe("the state of a Fleet at scale", () => {
  test("grows with tenants, not with clusters without kubeconfig, files or objects", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    await stack.up();
    assert.equal(stack.resources().length, 5);
    const small = { resources: stack.resources().length, bytes: stack.export()?.length ?? 0 };

    const { clusters } = smallFleet(url);
    const more = Array.from({ length: 98 }, (_, index) =>
      cluster(`edge-${index}`, { environment: "edge" }),
    );
    const names = ["payments", ...Array.from({ length: 9 }, (_, index) => `tenant-${index}`)];
    const tenants = names.map((name) => someTenant(name));
    fleet.declare({ ...smallFleet(url), clusters: [...clusters, ...more], tenants });
    await stack.up();
    const git = ["--git-dir", repositories.bareDirectory("fleet")];
    const listed = execFileSync("git", [...git, "ls-tree", "-r", "--name-only", "main"]);
    // Per cluster its kustomization file, three of Flux, and four per tenant; and who owns them all.
    assert.equal(listed.toString().trim().split("\n").length, 100 * (4 + 10 * 4) + 1);
    assert.equal(stack.resources().length, small.resources + 9, "one per tenant");
    const bytes = stack.export()?.length ?? Infinity;
    assert.ok(bytes < small.bytes + 9 * 1024, `${small.bytes} bytes became ${bytes}`);
  });
});
