import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { FleetError, pullRequestWorkflow } from "../../core.js";

interface Workflow {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly [{ readonly env: Record<string, string>; readonly run: string }] }
    >
  >;
}

function workflow(args: Parameters<typeof pullRequestWorkflow>[0]): Workflow {
  return parse(pullRequestWorkflow(args)) as Workflow;
}

const branches = { branch: "image-updates", into: "main" };

test("the workflow runs on pushes to the branch of image automation, with no more rights than it needs", () => {
  const { on, permissions } = workflow(branches);
  assert.deepEqual(on, { push: { branches: ["image-updates"] } });
  assert.deepEqual(permissions, { contents: "read", "pull-requests": "write" });
});

test("its token may be one that starts other workflows", () => {
  const token = (args: object): string | undefined =>
    workflow({ ...branches, ...args }).jobs["open-pull-request"]?.steps[0].env["GH_TOKEN"];
  assert.equal(token({}), "${{ secrets.GITHUB_TOKEN }}");
  assert.equal(token({ tokenSecret: "FLEET_BOT" }), "${{ secrets.FLEET_BOT }}");
});

test("its script opens a pull request once, whatever the branches are called", (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), "fleet-test-"));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const odd = { branch: "image$(id)updates", into: "release/`id`'1'" };
  const [step] = workflow(odd).jobs["open-pull-request"]?.steps ?? [];
  assert.ok(step);
  // Stands for GitHub's own program, which needs GitHub.
  const called = path.join(directory, "called");
  writeFileSync(
    path.join(directory, "gh"),
    `#!/bin/sh\n[ "$2" = list ] && echo "$OPEN" && exit 0\nprintf '%s\\n' "$@" >> ${called}\n`,
    { mode: 0o755 },
  );
  for (const open of ["0", "1"]) {
    const env: NodeJS.ProcessEnv = {
      ...step.env,
      PATH: `${directory}:${process.env["PATH"] ?? ""}`,
      OPEN: open,
    };
    const { status, stderr }: SpawnSyncReturns<string> = spawnSync("bash", ["-c", step.run], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  }
  const words = readFileSync(called, "utf8").trim().split("\n");
  assert.deepEqual(words.slice(0, 6), ["pr", "create", "--head", odd.branch, "--base", odd.into]);
  assert.equal(words.filter((word) => word === "create").length, 1);
});

test("text that is no branch, and names that are no secret, are refused together", () => {
  assert.throws(
    () => pullRequestWorkflow({ branch: "-x", into: "a b", tokenSecret: "x }} ${{" }),
    (error) =>
      FleetError.is(error) &&
      error.findings.map(({ code }) => code).join() === "INVALID_REF,INVALID_REF,INVALID_ARGUMENT",
  );
});
