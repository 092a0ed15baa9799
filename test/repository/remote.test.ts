import assert from "node:assert/strict";
import { test } from "node:test";

import { checkRemote, preflight, publish, readHead } from "../../repository/index.js";
import { declaration, fleetError, workbench } from "./workbench.js";

const refusedUrls = [
  "ext::sh -c touch% /tmp/pwned",
  "ext::sh",
  "--upload-pack=touch /tmp/pwned",
  "-oProxyCommand=evil",
  "ssh://-oProxyCommand=evil/x.git",
  "ssh://git@-oProxyCommand=evil/x.git",
  "git@github.com:acme/fleet.git",
  "http://example.com/x.git",
  "git://example.com/x.git",
  "https://user:token@example.com/x.git",
  "https://token@example.com/x.git",
  "https://example.com/x.git?access_token=abc",
  "https://example.com/x.git#main",
  "https://example.com",
  "https://example.com/%0ahost=evil",
  "https://exa mple.com/x.git",
  "https://example.com/x\n.git",
  "file://host/x.git",
  "file:///",
  "fd::17/foo",
  "/srv/x.git",
  "C:\\x.git",
  "",
];

test("refuses every URL that could run a program, reach another protocol or carry a token", () => {
  for (const url of refusedUrls) {
    const [finding, ...more] = checkRemote({ url, branch: "main" });
    assert.equal(finding?.code, "GIT_URL_REFUSED", url);
    assert.deepEqual(more, []);
    assert.doesNotMatch(`${finding.problem}${finding.remedy}`, /user:token|token@|abc|\n/u, url);
  }
  const good = ["https://h/x.git", "https://h:8443/a/b", "ssh://git@h:22/x", "file:///srv/x.git"];
  for (const url of good) assert.deepEqual(checkRemote({ url, branch: "main" }), [], url);
});

const refusedBranches = [
  ...["-x", "--upload-pack=x", "a..b", "x.lock", "a.lock/b", "@{-1}", "@", "HEAD", "refs/heads/x"],
  ...["a b", "a\nb", "a~1", "a^", "a:b", "a?b", "a*", "a[b", "a\\b", "/a", "a/", "a//b", ".a"],
  ...["a/.b", "a.", "", "\ud800", "x".repeat(201), 'a"b', "a\u0000b", "a\u2028b"],
];

test("refuses every branch name that is an option, a revision or no name at all", () => {
  for (const branch of refusedBranches) {
    const findings = checkRemote({ url: "https://h/x.git", branch });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["GIT_BRANCH_REFUSED"],
      branch,
    );
  }
  for (const branch of ["main", "feature/a-b", "v1.2", "ümlaut", "a@b"]) {
    assert.deepEqual(checkRemote({ url: "https://h/x.git", branch }), [], branch);
  }
});

test("refuses tokens and user names that cannot be right without showing them", () => {
  for (const token of ["", "se cret", "secret\nX-Header: 1"]) {
    const remote = { url: "https://h/x.git", branch: "main", credentials: { token } };
    const [finding] = checkRemote(remote);
    assert.equal(finding?.code, "GIT_CREDENTIALS_REFUSED");
    assert.doesNotMatch(JSON.stringify(finding), /cret/u);
  }
  const credentials = { token: "t0ken", username: "a:b", ca: "nonsense" };
  const remote = { url: "ssh://git@h/x.git", branch: "main", credentials };
  assert.equal(checkRemote(remote).length, 3);
});

test("hostile remotes are refused before git runs, by every entrance", async () => {
  for (const remote of [
    { url: "ext::sh -c exit", branch: "main" },
    { url: "file:///nowhere", branch: "--upload-pack=x" },
  ]) {
    const codes = ["GIT_URL_REFUSED", "GIT_BRANCH_REFUSED"];
    assert.ok(codes.includes((await preflight(remote))[0]?.code ?? ""));
    assert.ok(codes.includes((await fleetError(readHead(remote, "acme"))).code ?? ""));
    const work = publish(remote, "acme", declaration({}));
    assert.ok(codes.includes((await fleetError(work)).code ?? ""));
  }
});

test("an owner whose name cannot be a file name is refused", async (t) => {
  const { remote } = await workbench(t);
  for (const owner of ["", "../x", "a/b", ".hidden", "-x", "a\n", "a ", "x".repeat(101)]) {
    assert.equal((await fleetError(readHead(remote, owner))).code, "OWNER_REFUSED");
  }
});

test("a branch with a strange but legal name works, and its neighbours stay", async (t) => {
  const bench = await workbench(t, { "README.md": "x\n" });
  const remote = { ...bench.remote, branch: "deploy/ümlaut-+=,;&$()" };
  await publish(remote, "acme", declaration({ "a.yaml": "x\n" }));
  assert.equal((await bench.log("fleet", remote.branch)).length, 1);
  assert.equal((await bench.log("fleet", "main")).length, 1);
});

test("preflight passes for an empty repository and changes nothing", async (t) => {
  const bench = await workbench(t);
  assert.deepEqual(await preflight(bench.remote), []);
  await publish(bench.remote, "acme", declaration({ "a.yaml": "x\n" }));
  assert.deepEqual(await preflight(bench.remote), []);
  assert.equal((await bench.log("fleet", "main")).length, 1);
});

test("a missing directory is a repository that was not found", async (t) => {
  const { directory } = await workbench(t);
  const remote = { url: `file://${directory}/nothing.git`, branch: "main" };
  assert.deepEqual(
    (await preflight(remote)).map(({ code }) => code),
    ["GIT_REPOSITORY_NOT_FOUND"],
  );
});
