import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, Fleet, gitSource, tenant } from "../../index.js";
import type { FleetArgs } from "../../index.js";
import { startGitServer } from "../../lab/git-server.js";
import { createAuthority } from "../../lab/pki.js";
import { failure } from "../support/engine.js";
import type { OperationResult } from "../support/engine.js";
import {
  acme,
  fleetStack,
  smallFleet,
  someTenant,
  temporaryDirectory,
} from "../support/fleet-stack.js";
import type { FleetStack } from "../support/fleet-stack.js";

describe("a Fleet stops before anything is written", () => {
  test("when a person edited an owned file, with commit, author, date and difference, until it is restored", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories, url } = fleet;
    await stack.up();
    const path = "tenants/production/eu-west-1/payments/sync.yaml";
    const ours = (await repositories.read("fleet", "main")).get(path) ?? "";
    const edit = { [path]: ours.replace("interval: 60m", "interval: 5m") };
    const author = "Ada Oncall <ada@example.com>";
    const edited = [new Date()];
    const commit = await repositories.commit("fleet", "main", edit, { author, message: "Hotfix" });
    edited.push(new Date());

    for (const refused of [await failure(stack.preview()), await failure(stack.up())]) {
      const text = onlyError(refused, "HUMAN_EDIT");
      const days = edited.map((moment) => moment.toISOString().slice(0, 10));
      const by = days.map((day) => `by ${author} in ${commit.slice(0, 10)} on ${day}`);
      assert.ok(
        by.some((one) => text.includes(one)),
        text,
      );
      assert.ok(text.includes('("Hotfix")'), text);
      assert.ok(text.includes('spec.interval: "60m" -> "5m"'), text);
    }
    assert.equal((await fleet.commits())[0], commit);

    fleet.declare({ ...smallFleet(url), restore: [path] });
    const { outputs } = await stack.up();
    assert.equal((await repositories.read("fleet", "main")).get(path), ours);
    assert.equal((await fleet.commits())[0], outputs["commit"]?.value);
  });

  test("when somebody's file is in the way, until adopt names it", async (t) => {
    const path = "clusters/production/eu-west-1/kustomization.yaml";
    const fleet = await fleetStack(t, { [path]: "kind: Handmade\n", "README.md": "mine\n" });
    const { stack, repositories, url } = fleet;
    const refused = onlyError(await failure(stack.up()), "PATH_NOT_ADOPTED");
    assert.ok(refused.includes(`Add "${path}" to adopt`), refused);
    assert.equal((await fleet.commits()).length, 1);
    assert.deepEqual(ownedBy(stack), []);

    fleet.declare({ ...smallFleet(url), adopt: [path] });
    await stack.up();
    const files = await repositories.read("fleet", "main");
    assert.match(files.get(path) ?? "", /kind: Kustomization/);
    assert.equal(files.get("README.md"), "mine\n");
  });

  test("when a kubeconfig cannot be used, also where the cluster may be away", async (t) => {
    const fleet = await fleetStack(t);
    const away = { environment: "staging", whenUnreachable: "skip" } as const;
    const clusters = [cluster("broken", { ...away, kubeconfig: pulumi.secret("no kubeconfig") })];
    fleet.declare({ ...smallFleet(fleet.url), clusters, tenants: [] });
    for (const refused of [await failure(fleet.stack.preview()), await failure(fleet.stack.up())]) {
      assert.match(onlyError(refused, "CLUSTER_KUBECONFIG_INVALID"), /broken/);
    }
    assert.deepEqual(await fleet.commits().catch(() => []), []);
  });

  test("when git is missing or the server refuses, each with its own code, in preview and up", async (t) => {
    const authority = createAuthority("lab");
    const server = await startGitServer({
      directory: temporaryDirectory(t),
      ...authority.server("git", ["127.0.0.1"]),
      users: [
        { username: "git", token: "may-write", write: true },
        { username: "git", token: "may-read", write: false },
      ],
    });
    t.after(() => server.close());
    await server.createRepository("fleet");
    const fleet = await fleetStack(t);
    const ca = authority.certificate;
    const declare = (token: string, name = "fleet", trusted: string | undefined = ca): void => {
      const push = { url: server.repositoryUrl(name), token: pulumi.secret(token), ca: trusted };
      const { repository, ...rest } = smallFleet(fleet.url);
      fleet.declare({ ...rest, repository: { ...repository, push } });
    };
    declare("may-read");
    onlyError(await failure(fleet.stack.preview()), "GIT_FORBIDDEN");
    onlyError(await failure(fleet.stack.up()), "GIT_FORBIDDEN");
    declare("who-is-that");
    onlyError(await failure(fleet.stack.preview()), "GIT_UNAUTHORIZED");
    declare("may-write", "nothing-here");
    onlyError(await failure(fleet.stack.preview()), "GIT_REPOSITORY_NOT_FOUND");
    declare("may-write", "fleet", createAuthority("other").certificate);
    onlyError(await failure(fleet.stack.preview()), "GIT_CERTIFICATE");

    declare("may-write");
    const path = process.env["PATH"];
    process.env["PATH"] = temporaryDirectory(t);
    try {
      onlyError(await failure(fleet.stack.preview()), "GIT_MISSING");
    } finally {
      process.env["PATH"] = path;
    }
    const { outputs } = await fleet.stack.up();
    assert.equal(outputs["commit"]?.value, (await server.log("fleet", "main"))[0]?.commit);
  });

  test("when --target leaves out the Step that commits", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, url } = fleet;
    await stack.up();
    const kept = await fleet.commits();
    fleet.declare({ ...smallFleet(url), tenants: [someTenant("payments", "30m")] });
    const wait = stack.resources().find(({ urn }) => urn.endsWith("::acme-payments"));
    const target = [wait?.urn ?? ""];
    onlyError(await failure(stack.up({ target })), "STEP_LEFT_OUT");
    assert.deepEqual(await fleet.commits(), kept);
    assert.notDeepEqual((await stack.up()).outputs["commit"]?.value, kept[0]);
  });

  test("with every finding at once, one line each, and no stack trace", async (t) => {
    const fleet = await fleetStack(t);
    const { repository, flux } = smallFleet(fleet.url);
    fleet.declare({
      repository: { ...repository, branch: "refs/heads/main" },
      flux,
      clusters: [cluster("Eu_West", { environment: "production" })],
      tenants: [someTenant("payments", "1ms"), someTenant("payments")],
    });
    const { problems } = await failure(fleet.stack.preview());
    for (const code of ["INVALID_NAME", "INVALID_REF", "INVALID_DURATION", "DUPLICATE_IDENTITY"]) {
      assert.match(problems, new RegExp(`^.+ \\[${code}\\]$`, "m"));
    }
    assertReadable(problems);
  });

  test("when an engine option would leave a part of it out", async (t) => {
    const { stack, url } = await fleetStack(t);
    for (const option of ["ignoreChanges", "replaceOnChanges"]) {
      const opts = { [option]: ["clusters"] };
      stack.setProgram(() => Promise.resolve({ fleet: new Fleet("acme", smallFleet(url), opts) }));
      const text = onlyError(await failure(stack.preview()), "OPTION_REFUSED");
      assert.ok(text.includes(`Fleet "acme": opts.${option}`), text);
    }
  });

  test("when a secret would be committed, when an Output is wrong, when a Promise is rejected", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, url } = fleet;
    const small = smallFleet(url);
    const withVariable = (ACCOUNT: pulumi.Input<string>): FleetArgs => ({
      ...small,
      clusters: [cluster("eu-west-1", { environment: "production", variables: { ACCOUNT } })],
    });
    fleet.declare(withVariable(pulumi.secret("canary-account")));
    const secret = onlyError(await failure(stack.preview()), "SECRET_IN_GIT");
    assert.ok(secret.includes('Cluster "eu-west-1": variables.ACCOUNT'), secret);
    assert.ok(!secret.includes("canary-account"), secret);

    const source = gitSource({ url: pulumi.output("http://plain.example.com/x"), branch: "main" });
    const tenants = [tenant("payments", { clusters: "all", source, path: "./deploy" })];
    fleet.declare({ ...small, tenants });
    onlyError(await failure(stack.up()), "INVALID_URL");
    assert.deepEqual(ownedBy(stack), []);

    stack.setProgram(() => {
      const rejected = Promise.reject<string>(new Error("the account service is down"));
      return Promise.resolve(acme(withVariable(rejected)));
    });
    assert.match((await failure(stack.up())).problems, /the account service is down/);
    assert.deepEqual(await fleet.commits(), []);
  });
});

/** Asserts that there is exactly one error, that it is readable, and returns it. */
function onlyError({ problems }: OperationResult, code: string): string {
  const codes = [...new Set(problems.match(/(?<=\[)[A-Z][A-Z_]+(?=\]$)/gm))];
  assert.deepEqual(codes, [code], problems);
  assertReadable(problems);
  return problems;
}

function assertReadable(problems: string): void {
  assert.doesNotMatch(problems, /^\s+at /m);
  assert.doesNotMatch(problems, /[Uu]nhandled|Error: |serializing/);
}

/** Steps in the state; none as long as nothing was done. */
function ownedBy(stack: FleetStack["stack"]): readonly string[] {
  return stack.resources().flatMap(({ type, urn }) => (type === "pulumi:index:Stash" ? [urn] : []));
}
