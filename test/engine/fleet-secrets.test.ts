import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, gitSource, tenant } from "../../index.js";
import type { FleetArgs } from "../../index.js";
import { startGitServer } from "../../lab/git-server.js";
import { createAuthority } from "../../lab/pki.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { assertNoCanary, failure } from "../support/engine.js";
import type { OperationResult } from "../support/engine.js";
import {
  fleetStack,
  silentKubeconfig,
  smallFleet,
  temporaryDirectory,
} from "../support/fleet-stack.js";
import type { FleetStack } from "../support/fleet-stack.js";

const secrets = {
  push: "canary-push-91c4e0",
  read: "canary-read-2f7b1d",
  source: "canary-source-c3d8aa",
  kubeconfig: "canary-kubeconfig-5e60b7",
  identity: identities[0],
} as const;
/** What must be found nowhere; logins also in the form in which HTTP sends them. */
const canaries = [
  ...Object.values(secrets),
  ...[secrets.push, secrets.read, secrets.source].map((token) => `git:${token}`),
];

describe("no secret of a Fleet", () => {
  test("is in state, history, output, Git, an argument of a process or a temporary file", async (t) => {
    const { fleet, server, declare } = await secretFleet(t);
    const { stack } = fleet;
    const temporary = temporaryDirectory(t);
    const seen = temporaryDirectory(t);
    // While the commit arrives: every argument of every process, and all that is in temporary files.
    const script = `cat /proc/[0-9]*/cmdline > ${seen}/arguments\ncp -r ${temporary} ${seen}/files`;
    await server.setHook("fleet", "pre-receive", `#!/bin/sh\n${script}\ntrue\n`);
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = temporary;
    const results: OperationResult[] = [];
    try {
      results.push(await stack.preview({ diff: true }), await stack.up({ diff: true }));
      declare({ tenants: [] });
      results.push(await failure(stack.preview()), await stack.refresh());
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
    const git = ["--git-dir", server.bareDirectory("fleet"), "cat-file", "--batch-all-objects"];
    const objects = execFileSync("git", [...git, "--batch"], { maxBuffer: 1 << 28 }).toString();
    const during = textsBelow(seen);
    assert.ok(during.get("arguments")?.includes("receive-pack"), "processes were seen");
    assert.ok(during.size > 10, "temporary files were seen");
    const stored = stack.everythingStored();
    assert.match(stored, /acme-eu-west-1-provider/);
    const files = [...during.values(), ...textsBelow(temporary).values()];
    for (const canary of canaries) {
      assertNoCanary(canary, stored, objects, ...files, ...texts(results));
    }
  });

  test("is in the message of a failure, not even when the server repeats it", async (t) => {
    const { fleet, server, declare, small } = await secretFleet(t);
    const { stack } = fleet;
    const results: OperationResult[] = [];
    const fails = async (code: string, what: "preview" | "up" = "preview"): Promise<void> => {
      const result = await failure(stack[what]());
      assert.match(result.problems, new RegExp(`\\[${code}\\]`));
      results.push(result);
    };
    await server.rejectPushes("fleet", `no entry for ${secrets.push}`);
    await fails("GIT_PUSH_REJECTED", "up");
    const [west] = small.clusters;
    assert.ok(west !== undefined);
    const withWest = (args: Partial<typeof west.args>): void => {
      declare({ clusters: [cluster("eu-west-1", { ...west.args, ...args })] });
    };
    withWest({ variables: { token: pulumi.secret(secrets.push) } });
    await fails("SECRET_IN_GIT");
    withWest({ kubeconfig: pulumi.secret(`token: ${secrets.kubeconfig}: : {`) });
    await fails("CLUSTER_KUBECONFIG_INVALID");
    withWest({ age: { recipient: recipients[1], identity: pulumi.secret(secrets.identity) } });
    await fails("INVALID_IDENTITY");
    withWest({ age: { recipient: secrets.identity } });
    await fails("IDENTITY_AS_RECIPIENT");
    const { push } = small.repository;
    const token = pulumi.secret(`${secrets.push}-of-nobody`);
    declare({ repository: { ...small.repository, push: { ...push, token } } });
    await fails("GIT_UNAUTHORIZED");
    await server.close();
    declare({});
    await fails("GIT_UNREACHABLE", "up");
    for (const canary of canaries) {
      assertNoCanary(canary, stack.everythingStored(), ...texts(results));
    }
  });
});

/** A fleet with every kind of secret, on a Git server that asks for a login. */
async function secretFleet(t: TestContext): Promise<{
  readonly fleet: FleetStack;
  readonly server: Awaited<ReturnType<typeof startGitServer>>;
  readonly small: FleetArgs;
  /** Declares the fleet with some fields replaced. */
  readonly declare: (changes: Partial<FleetArgs>) => void;
}> {
  const authority = createAuthority("lab");
  const server = await startGitServer({
    directory: temporaryDirectory(t),
    ...authority.server("git", ["127.0.0.1"]),
    users: [{ username: "git", token: secrets.push, write: true }],
  });
  t.after(() => server.close().catch(() => undefined)); // a test may have closed it
  await server.createRepository("fleet");
  const fleet = await fleetStack(t);
  const url = server.repositoryUrl("fleet");
  const { repository, ...rest } = smallFleet(url);
  const login = (token: string): { token: pulumi.Output<string>; ca: string } => ({
    token: pulumi.secret(token),
    ca: authority.certificate,
  });
  const source = gitSource({
    url: "https://git.example.com/acme/payments-app",
    branch: "main",
    credentials: login(secrets.source),
  });
  const small: FleetArgs = {
    ...rest,
    repository: {
      ...repository,
      push: { url, ...login(secrets.push) },
      sync: { credentials: login(secrets.read) },
    },
    clusters: [
      cluster("eu-west-1", {
        environment: "production",
        kubeconfig: pulumi.secret(silentKubeconfig(secrets.kubeconfig)),
        whenUnreachable: "skip",
        age: { recipient: recipients[0], identity: pulumi.secret(secrets.identity) },
      }),
    ],
    tenants: [tenant("payments", { clusters: "all", source, path: "./deploy" })],
  };
  fleet.declare(small);
  const declare = (changes: Partial<FleetArgs>): void => {
    fleet.declare({ ...small, ...changes });
  };
  return { fleet, server, small, declare };
}

function texts(results: readonly OperationResult[]): readonly string[] {
  return results.flatMap(({ stdout, stderr, problems, events }) => [
    ...[stdout, stderr, problems],
    JSON.stringify(events),
  ]);
}

/** Contents of every file below a directory, by path. */
function textsBelow(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(directory, file), readFileSync(file, "utf8")]),
  );
}
