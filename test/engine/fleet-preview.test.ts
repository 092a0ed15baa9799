import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster } from "../../index.js";
import { failure } from "../support/engine.js";
import type { OperationResult } from "../support/engine.js";
import {
  acme,
  fleetStack,
  messagesOf,
  previewed,
  smallFleet,
  someTenant,
} from "../support/fleet-stack.js";

describe("preview of a Fleet", () => {
  test("says what the commit would change, field by field, and leaves the commit unknown", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    const first = await stack.preview();
    assert.deepEqual(changeOf(first).split("\n").slice(0, 2), [
      "16 files change on 2 clusters, against new branch main",
      "+ clusters/production/eu-west-1/flux-system/gotk-components.yaml",
    ]);
    assert.equal(previewed(first, "commit"), "unknown");
    assert.deepEqual(await fleet.commits(), []);
    await stack.up();
    const [head = ""] = await fleet.commits();

    const settled = await stack.preview();
    assert.equal(changeOf(settled), `no file changes, against ${short(head)}`);
    assert.equal(previewed(settled, "commit"), head);
    assert.deepEqual(settled.changeSummary, { same: 5 });

    const foreign = await repositories.commit("fleet", "main", { "README.md": "by hand\n" });
    fleet.declare({ ...smallFleet(url), tenants: [someTenant("payments", "30m")] });
    const change = await stack.preview();
    const file = (place: string): string => `tenants/${place}/payments/sync.yaml`;
    const field = 'Kustomization payments/payments spec.interval: "60m" -> "30m"';
    assert.deepEqual(changeOf(change).split("\n"), [
      `2 files change on 2 clusters, against ${short(foreign)}`,
      `~ ${file("production/eu-west-1")} -> ${field}`,
      `~ ${file("staging/eu-central-1")} -> ${field}`,
    ]);
    assert.match(change.stdout, /Fleet acme .*2 files change on 2 clusters, against main@/);
    assert.match(
      change.stdout,
      /Diagnostics:\n.*\(acme\):\n {4}.*\n {4}polls per hour: .*\n {4}2 files change on 2 clusters/,
    );
    assert.deepEqual(change.changeSummary, { same: 3, update: 2 });
    assert.equal(previewed(change, "commit"), "unknown");
    assert.deepEqual(await fleet.commits(), [foreign, head]);
  });

  test("stays short when much changes", async (t) => {
    const fleet = await fleetStack(t);
    const tenants = Array.from({ length: 30 }, (_, index) => someTenant(`tenant-${index}`));
    fleet.declare({ ...smallFleet(fleet.url), tenants });
    const preview = await fleet.stack.preview();
    const lines = changeOf(preview).split("\n");
    assert.equal(lines[0], "248 files change on 2 clusters, against new branch main");
    assert.equal(lines.length, 42);
    assert.match(lines.at(-1) ?? "", /208 more/);
  });

  test("names the clusters that are rendered only, and how often hosts will be asked", async (t) => {
    const { stack } = await fleetStack(t);
    const messages = messagesOf(await stack.preview(), "acme").join("\n");
    assert.match(messages, /^without kubeconfig, .*: eu-central-1, eu-west-1$/m);
    assert.match(messages, /^polls per hour: git\.example\.com 144$/m);
  });

  test("says that Git cannot be reached and goes on; up does not", async (t) => {
    const fleet = await fleetStack(t);
    const { stack } = fleet;
    await stack.up();
    const { repository, ...rest } = smallFleet(fleet.url);
    const push = { url: "https://127.0.0.1:1/fleet.git", token: pulumi.secret("some-token") };
    fleet.declare({ ...rest, repository: { ...repository, push } });

    const preview = await stack.preview();
    assert.match(changeOf(preview), /^repository not checked.*cannot be reached/);
    const up = await failure(stack.up());
    assert.match(
      up.problems,
      /"https:\/\/127\.0\.0\.1:1\/fleet\.git" cannot be reached.*\[GIT_UNREACHABLE\]/,
    );

    const gone = fleet.repositories.bareDirectory("fleet");
    rmSync(gone, { recursive: true });
    fleet.declare({ ...rest, repository });
    assert.match((await failure(stack.preview())).problems, /\[GIT_REPOSITORY_NOT_FOUND\]/);
  });

  test("an Output of the same run makes only its own file unknown; up commits its value", async (t) => {
    const { stack, repositories, url } = await fleetStack(t);
    stack.setProgram(() => {
      const account = new pulumi.Stash("account", { input: "1234-5678" }).id;
      const clusters = [
        cluster("eu-west-1", {
          environment: "production",
          variables: { account: account.apply((id) => `account-of-${id}`) },
        }),
        cluster("eu-central-1", { environment: "staging" }),
      ];
      return Promise.resolve({ ...acme({ ...smallFleet(url), clusters }), account });
    });
    const preview = await stack.preview();
    const unknown =
      messagesOf(preview, "acme")
        .join("\n")
        .match(/^\? .*$/gm) ?? [];
    const variables = "clusters/production/eu-west-1/flux-system/flux-runtime-info.yaml";
    assert.deepEqual(unknown, [`? ${variables}: depends on a value that is not known yet`]);
    assert.equal(previewed(preview, "commit"), "unknown");

    const up = await stack.up();
    const account = String(up.outputs["account"]?.value);
    assert.notEqual(account, "");
    const text = (await repositories.read("fleet", "main")).get(variables) ?? "";
    assert.match(text, new RegExp(`account: .?account-of-${account}`));
    assert.deepEqual((await stack.preview()).changeSummary, { same: 6 });
  });

  test("a saved plan is carried out as it was shown", async (t) => {
    const { stack } = await fleetStack(t);
    const plan = path.join(stack.directory, "plan.json");
    await stack.stack.preview({ plan, color: "never" });
    const { outputs } = await stack.stack.up({ plan, color: "never" });
    assert.match(String(outputs["commit"]?.value), /^[0-9a-f]{40}$/);
  });
});

/** What the status column and Diagnostics say about the commit. */
function changeOf(result: OperationResult): string {
  return messagesOf(result, "acme").at(-1) ?? "";
}

function short(commit: string): string {
  return `main@${commit.slice(0, 7)}`;
}
