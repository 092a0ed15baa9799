import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { generateIdentity } from "../../components/sops/sealing/index.js";
import { cluster, Fleet, opaqueSecret, tenant } from "../../index.js";
import type { ClusterArgs, FleetArgs, TenantArgs } from "../../index.js";
import { decryptSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { failure } from "../support/engine.js";
import type { OperationResult } from "../support/engine.js";
import {
  fleetStack,
  messagesOf,
  previewed,
  silentKubeconfig,
  smallFleet,
} from "../support/fleet-stack.js";
import type { FleetStack } from "../support/fleet-stack.js";

const places = ["production/eu-west-1", "staging/eu-central-1"] as const;
const secretPaths = places.map((place) => `tenants/${place}/payments/secret-payment-db.yaml`);
const ownership = ".flux-fleet/acme.json";
const urn = "urn:pulumi:test::engine-test::pulumi-flux-fleet:index:Fleet";

describe("the secrets of a Fleet", () => {
  test("are encrypted by up alone, and from then on only what changed is written anew", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories } = fleet;
    const plan = path.join(stack.directory, "plan.json");
    fleet.declare(secretFleet(fleet, { password: "one" }));
    const first = await stack.preview({ plan });
    const [summary, ...lines] = changeOf(first);
    assert.equal(summary, "19 files change on 2 clusters, against new branch main");
    for (const file of secretPaths) {
      const what = "Secret payments/payment-db, data.password, data.user";
      assert.ok(lines.includes(`+ ${file}: ${what}`), lines.join("\n"));
    }
    assert.equal(previewed(first, "commit"), "unknown");
    await stack.up({ plan });
    const [root = "", ...none] = await fleet.commits();
    assert.deepEqual(none, []);
    for (const file of secretPaths) {
      const texts = await opened(fleet, file, identities[1]);
      assert.deepEqual(texts, { password: "one", user: "app" });
    }

    fleet.declare(secretFleet(fleet, { password: "two" }));
    const changed = await stack.preview({ plan });
    assert.deepEqual(changeOf(changed), [
      `2 files change on 2 clusters, against main@${root.slice(0, 7)}`,
      ...secretPaths.map((file) => `~ ${file} -> data.password: (secret) changes`),
    ]);
    assert.deepEqual(changed.changeSummary, { same: 10, update: 2 });
    await moveHeadOnce(fleet);
    await stack.up({ plan });
    const [made = "", foreign = "", oldest] = await fleet.commits();
    assert.equal(oldest, root);
    assert.deepEqual(touched(fleet, foreign, made), [ownership, ...secretPaths]);
    for (const file of secretPaths) {
      const keys = changedLines(fleet, foreign, made, file).map((line) => line.split(":")[0]);
      assert.deepEqual(keys, ["    password", "    mac"], "two lines");
    }

    const again = await stack.up();
    assert.deepEqual(again.changeSummary, { same: 12 });
    assert.equal((await fleet.commits())[0], made);

    const other = await generateIdentity({});
    fleet.declare(secretFleet(fleet, { password: "two", breakGlass: other.recipient }));
    const anew = (await stack.preview({ plan })).stdout;
    for (const file of secretPaths) {
      assert.ok(anew.includes(`~ ${file} -> is encrypted anew: Secret payments/payment-db`), anew);
    }
    await stack.up({ plan });
    assert.equal((await fleet.commits()).length, 4, "one commit");
    for (const file of secretPaths) {
      assert.deepEqual(await opened(fleet, file, other.identity), { password: "two", user: "app" });
      await assert.rejects(opened(fleet, file, identities[1]), { code: "SOPS_NO_IDENTITY" });
      const before = await sealedValues(fleet, file, made);
      assert.deepEqual(
        [...(await sealedValues(fleet, file, "main"))].filter((value) => before.has(value)),
        [],
        "another data key",
      );
    }
    assert.deepEqual((await stack.up()).changeSummary, { same: 12 });
    assert.equal((await repositories.read("fleet", "main")).has("README.md"), true);
  });

  test("keep their keys when the Fleet is destroyed, renamed, or edited by a person", async (t) => {
    const fleet = await fleetStack(t);
    const { stack, repositories } = fleet;
    const args = secretFleet(fleet, { password: "one" });
    fleet.declare(args);
    const target = [`${urn}::acme`, `${urn}$pulumi:index:Stash::acme-publish`];
    const { problems: leftOut } = await failure(stack.up({ target }));
    assert.match(
      leftOut,
      /This run left out the age identity of cluster "eu-west-1".*STEP_LEFT_OUT/s,
    );
    assert.deepEqual(await fleet.commits().catch(() => []), []);
    await stack.up();
    const written = await repositories.read("fleet", "main");

    const { problems } = await failure(stack.destroy());
    assert.match(problems, /acme-(sops-seed|cluster-eu-west-1-age-1).*\n?.*protected/);
    await stack.up();
    assert.deepEqual(await repositories.read("fleet", "main"), written);

    const [file = ""] = secretPaths;
    const broken = (written.get(file) ?? "").replace(/enc: \|\n.*\n.*\n/, "enc: |\n");
    assert.notEqual(broken, written.get(file));
    await repositories.commit("fleet", "main", { [file]: broken });
    const edited = await failure(stack.preview());
    assert.match(edited.problems, /HUMAN_EDIT/);
    fleet.declare({ ...args, restore: [file] });
    await stack.up();
    assert.equal((await repositories.read("fleet", "main")).get(file), written.get(file));

    stack.setProgram(() => {
      const { commit } = new Fleet("acme-corp", { ...args, formerly: "acme" });
      return Promise.resolve({ commit });
    });
    const renamed = await stack.up();
    assert.equal(renamed.changeSummary["create"], undefined);
    const [base = "", renaming = ""] = (await fleet.commits()).slice(0, 2).reverse();
    assert.deepEqual(
      touched(fleet, base, renaming),
      [".flux-fleet/acme-corp.json", ownership].sort(),
    );
  });

  test("survive the loss of the state in one commit, and leave it unprotected after the last one", async (t) => {
    const fleet = await fleetStack(t);
    fleet.declare(secretFleet(fleet, { password: "one" }));
    await fleet.stack.up();
    const record = (await fleet.repositories.read("fleet", "main")).get(ownership) ?? "";
    const { clusters } = (JSON.parse(record) as { record: RecordOf }).record;
    const recipient = clusters["eu-west-1"]?.age?.recipient ?? "";

    const lost = await fleet.withoutState();
    assert.match((await failure(lost.stack.preview())).problems, /AGE_IDENTITY_MISSING/);
    const age = { abandon: { recipient, reason: "the state was lost" } };
    lost.declare(secretFleet(fleet, { password: "one", age, tenantAge: {} }));
    const preview = await lost.stack.preview();
    assert.match(
      preview.problems,
      /The state has no seed yet for the 2 encrypted files at the head/,
    );
    const up = await lost.stack.up();
    assert.match(up.problems, /The seed is not the one of 2 encrypted files at the head/);
    assert.equal((await fleet.commits()).length, 2, "one commit");
    for (const file of secretPaths) {
      const texts = await opened(fleet, file, identities[1]);
      assert.deepEqual(texts, { password: "one", user: "app" });
    }
    assert.ok(!(await text(fleet, secretPaths[0], "main")).includes(recipient));

    const names = (): readonly string[] =>
      lost.stack.resources().map(({ urn: of }) => of.split("::").at(-1) ?? "");
    assert.ok(names().includes("acme-tenant-payments-age-1"));
    const { tenants, ...rest } = secretFleet(fleet, {});
    const [payments] = tenants ?? [];
    assert.ok(payments !== undefined);
    lost.declare({ ...rest, tenants: [tenant("payments", { ...payments.args, secrets: [] })] });
    await lost.stack.up();
    await lost.stack.up();
    assert.ok(!names().includes("acme-sops-seed"), "nothing is sealed with it any more");
    assert.ok(!names().includes("acme-tenant-payments-age-1"), "nothing is encrypted to it");
    assert.ok(names().includes("acme-cluster-eu-west-1-age-1"), "history is encrypted to it");
  });
});

interface RecordOf {
  readonly clusters: Readonly<Record<string, { readonly age?: { readonly recipient: string } }>>;
}

/** One cluster with an identity of the fleet's, one with a brought one, and a Secret on both. */
function secretFleet(
  { url }: FleetStack,
  options: {
    readonly password?: string;
    readonly breakGlass?: string;
    readonly age?: ClusterArgs["age"];
    readonly tenantAge?: TenantArgs["age"];
  },
): FleetArgs {
  const { password = "", breakGlass = recipients[1], age, tenantAge } = options;
  const { tenants, clusters, ...rest } = smallFleet(url);
  const [payments] = tenants ?? [];
  assert.ok(payments !== undefined && clusters.length === places.length);
  const data = { user: "app", password: pulumi.secret(password) };
  return {
    ...rest,
    sops: { breakGlass: [breakGlass] },
    clusters: [
      cluster("eu-west-1", {
        environment: "production",
        kubeconfig: pulumi.secret(silentKubeconfig("token")),
        whenUnreachable: "skip",
        ...(age === undefined ? {} : { age }),
      }),
      cluster("eu-central-1", { environment: "staging", age: { recipient: recipients[0] } }),
    ],
    tenants: [
      tenant("payments", {
        ...payments.args,
        secrets: [opaqueSecret("payment-db", data)],
        ...(tenantAge === undefined ? {} : { age: tenantAge }),
      }),
    ],
  };
}

/** The next push finds the branch moved by somebody else. */
async function moveHeadOnce({ repositories, stack }: FleetStack): Promise<void> {
  const bare = repositories.bareDirectory("fleet");
  const done = path.join(stack.directory, "moved");
  await repositories.setHook(
    "fleet",
    "pre-receive",
    `#!/bin/sh
[ -e ${done} ] && exit 0
touch ${done}
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
export GIT_DIR=${bare} GIT_INDEX_FILE=${done}.index
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
git read-tree main
blob=$(echo by hand | git hash-object -w --stdin)
git update-index --add --cacheinfo 100644,$blob,README.md
git update-ref refs/heads/main $(echo foreign | git commit-tree $(git write-tree) -p main)
`,
  );
}

function changeOf(result: OperationResult): readonly string[] {
  const message = messagesOf(result, "acme").find((one) => one.includes("against"));
  return message?.split("\n") ?? [];
}

function git({ repositories }: FleetStack, ...args: readonly string[]): string {
  const directory = repositories.bareDirectory("fleet");
  return execFileSync("git", ["--git-dir", directory, ...args], { encoding: "utf8" });
}

function touched(fleet: FleetStack, from: string, to: string): readonly string[] {
  return git(fleet, "diff", "--name-only", "--no-renames", from, to).trim().split("\n");
}

function text(fleet: FleetStack, file = "", commit: string): Promise<string> {
  return Promise.resolve(git(fleet, "show", `${commit}:${file}`));
}

/** Added lines of a file. */
function changedLines(fleet: FleetStack, from: string, to: string, file: string): string[] {
  const lines = git(fleet, "diff", "--unified=0", from, to, "--", file).split("\n");
  return lines.filter((line) => /^\+(?!\+)/.test(line)).map((line) => line.slice(1));
}

async function sealedValues(
  fleet: FleetStack,
  file: string,
  commit: string,
): Promise<ReadonlySet<string>> {
  return new Set((await text(fleet, file, commit)).match(/ENC\[[^\]]+\]/g));
}

async function opened(
  fleet: FleetStack,
  file: string,
  identity: string,
): Promise<Readonly<Record<string, string>>> {
  const { data = {} } = await decryptSecret(await text(fleet, file, "main"), {
    identities: [identity],
  });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}
