import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, dockerConfigSecret, gitSource, opaqueSecret, tenant } from "../../index.js";
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
  declared: "canary-declared-7d3e15",
} as const;
/** What must be found nowhere; logins also in the form in which HTTP sends them. */
const canaries = [
  ...Object.values(secrets),
  ...[secrets.push, secrets.read, secrets.source].map((token) => `git:${token}`),
  `robot:${secrets.declared}`,
];
/** What git and curl would print, if they were allowed to. */
const tracing = { GIT_TRACE: "1", GIT_TRACE_PACKET: "1", GIT_CURL_VERBOSE: "1", GIT_TRACE2: "1" };

describe("no secret of a Fleet", () => {
  test("is in state, history, output, Git, an argument of a process or a temporary file", async (t) => {
    const { fleet, server, declare } = await secretFleet(t);
    const { stack } = fleet;
    const temporary = temporaryDirectory(t);
    const seen = temporaryDirectory(t);
    // While the commit arrives: every argument of every process, and all that is in temporary files.
    const script = `cat /proc/[0-9]*/cmdline > ${seen}/arguments\ncp -r ${temporary} ${seen}/files`;
    await server.setHook("fleet", "pre-receive", `#!/bin/sh\n${script}\ntrue\n`);
    const before = { ...process.env };
    Object.assign(process.env, tracing, { TMPDIR: temporary });
    const results: OperationResult[] = [];
    try {
      results.push(await stack.preview({ diff: true }), await stack.up({ diff: true }));
      declare({ tenants: [] });
      results.push(await failure(stack.preview()), await stack.refresh());
    } finally {
      for (const name of [...Object.keys(tracing), "TMPDIR"]) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
    }
    declare({});
    const log = path.join(stack.directory, "trace");
    const verbose = { logVerbosity: 9, logToStdErr: true, tracing: `file:${log}` };
    const loud = await stack.up(verbose);
    const git = ["--git-dir", server.bareDirectory("fleet"), "cat-file", "--batch-all-objects"];
    const objects = execFileSync("git", [...git, "--batch"], { maxBuffer: 1 << 28 }).toString();
    const during = textsBelow(seen);
    assert.ok(during.get("arguments")?.includes("receive-pack"), "processes were seen");
    assert.ok(during.size > 10, "temporary files were seen");
    const stored = stack.everythingStored();
    assert.match(stored, /acme-eu-west-1-provider/);
    const files = [...during.values(), ...textsBelow(temporary).values()];
    const made = keptSecrets(fleet);
    assert.equal(made.length, 2, "an identity and a seed");
    for (const canary of [...canaries, ...made]) {
      assertNoCanary(canary, stored, objects, ...files, ...texts(results));
    }
    // The engine logs what it is given, and values of Secrets in Git are never given to it.
    assert.match(loud.stderr, /^\{"time":.*"msg":/);
    assertNoCanary(secrets.declared, loud.stderr, readFileSync(log, "latin1"));
    const lines = loud.stderr.split("\n").filter((line) => made.some((one) => line.includes(one)));
    const isOfEngine = (line: string): boolean => /^\{"time":.*"msg":.*\}$/.test(line);
    assert.ok(lines.every(isOfEngine), "nobody else logs an identity or a seed");
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
    withWest({ age: { recipient: "age1nobody" } });
    await fails("INVALID_RECIPIENT");
    declare({ sops: { breakGlass: [secrets.identity] } });
    await fails("IDENTITY_AS_RECIPIENT");
    const declared = pulumi.secret(secrets.declared);
    for (const [code, secret] of [
      ["INVALID_SECRET", opaqueSecret("payment-db", { "not a key": declared })],
      [
        "SECRET_IN_GIT",
        opaqueSecret("payment-db", { a: "b" }, { labels: { token: declared as never } }),
      ],
    ] as const) {
      const [payments] = small.tenants ?? [];
      assert.ok(payments !== undefined);
      declare({ tenants: [tenant("payments", { ...payments.args, secrets: [secret] })] });
      await fails(code);
    }
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
      cluster("eu-central-1", {
        environment: "staging",
        kubeconfig: pulumi.secret(silentKubeconfig(secrets.kubeconfig)),
        whenUnreachable: "skip",
      }),
    ],
    sops: { breakGlass: [recipients[1]] },
    tenants: [
      tenant("payments", {
        ...{ clusters: "all", source, path: "./deploy" },
        secrets: [
          opaqueSecret("payment-db", { password: pulumi.secret(secrets.declared) }),
          dockerConfigSecret("registry", {
            registries: {
              "ghcr.io": { username: "robot", password: pulumi.secret(secrets.declared) },
            },
          }),
        ],
      }),
    ],
  };
  fleet.declare(small);
  const declare = (changes: Partial<FleetArgs>): void => {
    fleet.declare({ ...small, ...changes });
  };
  return { fleet, server, small, declare };
}

/** What the state keeps for the fleet: its identity and its seed, as the CLI shows them to who asks. */
function keptSecrets({ stack }: FleetStack): readonly string[] {
  const { workspace, name } = stack.stack;
  const stdout = execFileSync(
    workspace.pulumiCommand.command,
    ["stack", "export", "--show-secrets", "--stack", name],
    { cwd: workspace.workDir, env: { ...process.env, ...stack.env }, encoding: "utf8" },
  );
  const found = stdout.match(/AGE-SECRET-KEY-1\w+|(?<=\bsecret\W{1,9})[0-9a-f]{64}\b/g) ?? [];
  return [...new Set(found)].filter((text) => text !== secrets.identity);
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
