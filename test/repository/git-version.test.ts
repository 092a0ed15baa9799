import assert from "node:assert/strict";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { preflight, publish } from "../../repository/index.js";
import { declaration, fleetError, temporaryDirectory, workbench } from "./workbench.js";

async function onlyOnPath(t: TestContext, script?: string): Promise<void> {
  const directory = await temporaryDirectory(t);
  if (script !== undefined) {
    await writeFile(join(directory, "git"), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, "git"), 0o755);
  }
  const path = process.env["PATH"];
  process.env["PATH"] = directory;
  t.after(() => {
    process.env["PATH"] = path;
  });
}

test("a machine without git is told so, at preflight and later", async (t) => {
  const { remote } = await workbench(t);
  await onlyOnPath(t);
  assert.deepEqual(
    (await preflight(remote)).map(({ code }) => code),
    ["GIT_MISSING"],
  );
  assert.equal((await fleetError(publish(remote, "acme", declaration({})))).code, "GIT_MISSING");
});

for (const version of ["2.31.8", "1.9.1", "2.9"]) {
  test(`git ${version} is refused before it is given anything`, async (t) => {
    const { remote } = await workbench(t);
    await onlyOnPath(t, `[ "$1" = --version ] && echo "git version ${version}" || exit 99`);
    const [finding] = await preflight(remote);
    assert.equal(finding?.code, "GIT_TOO_OLD");
    assert.match(finding.problem, new RegExp(`git ${version} `, "u"));
    assert.match(finding.remedy, /git 2\.32\.0 or later/u);
  });
}

test("a git that fails midway leaves nothing on the branch and nothing behind", async (t) => {
  const bench = await workbench(t);
  const real = process.env["PATH"] ?? "";
  const fail = `for each in "$@"; do [ "$each" = fast-import ] && { echo broken >&2; exit 1; }; done`;
  await onlyOnPath(t, `PATH='${real}'\n${fail}\nexec git "$@"`);
  const cacheDirectory = await temporaryDirectory(t);
  const remote = { ...bench.remote, cacheDirectory };
  const work = publish(remote, "acme", declaration({ "a.yaml": "x\n" }));
  const error = await fleetError(work);
  assert.equal(error.code, "GIT_FAILED");
  assert.match(error.message, /broken/u);
  process.env["PATH"] = real;
  assert.deepEqual(await bench.log("fleet", "main"), []);
  assert.deepEqual(await readdir(cacheDirectory), []);
});
