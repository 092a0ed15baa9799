import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, opaqueSecret, tenant } from "../../index.js";
import { recipients } from "../fixtures/fleets.js";
import { fleetStack, smallFleet, someTenant } from "../support/fleet-stack.js";

describe("the state of a Fleet at scale", () => {
  test("grows with tenants, not with clusters without kubeconfig, files, objects or secrets", async (t) => {
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

    const [payments, ...others] = tenants;
    assert.ok(payments !== undefined);
    const secrets = [opaqueSecret("db", { password: pulumi.secret("x") })];
    const age = { recipient: recipients[0] };
    fleet.declare({
      ...smallFleet(url),
      sops: { breakGlass: [recipients[0]] },
      clusters: [...clusters, ...more].map(({ name, args }) => cluster(name, { ...args, age })),
      tenants: [tenant("payments", { ...payments.args, secrets }), ...others],
    });
    await stack.up();
    const files = execFileSync("git", [...git, "ls-tree", "-r", "--name-only", "main"]).toString();
    assert.equal(files.match(/secret-db\.yaml$/gm)?.length, 100);
    assert.equal(stack.resources().length, small.resources + 10, "one seed for 100 files");
    const sealed = stack.export()?.length ?? Infinity;
    assert.ok(sealed < bytes + 3 * 1024, `${bytes} bytes became ${sealed}`);
  });
});
