import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { createServer as createSecureServer } from "node:https";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { createAuthority } from "../../lab/pki.js";
import { startGitServer } from "../../lab/git-server.js";
import type { GitServer } from "../../lab/git-server.js";
import { preflight, publish, readHead } from "../../repository/index.js";
import type { Remote } from "../../repository/index.js";
import { declaration, fleetError, temporaryDirectory } from "./workbench.js";

const token = "canary-t0ken/+with~odd=characters";
const readOnly = "read-only-t0ken";
const authority = createAuthority("lab");

async function server(t: TestContext): Promise<{ git: GitServer; remote: Remote }> {
  const directory = await temporaryDirectory(t);
  const git = await startGitServer({
    directory,
    ...authority.server("git", ["127.0.0.1", "localhost"]),
    users: [
      { username: "git", token, write: true },
      { username: "git", token: readOnly, write: false },
    ],
  });
  t.after(() => git.close());
  const url = git.repositoryUrl("fleet");
  const credentials = { token, ca: authority.certificate };
  return { git, remote: { url, branch: "main", credentials } };
}

function certificateFor(name: string): { cert: string; key: string } {
  const { certificate: cert, key } = authority.server(name, ["127.0.0.1"]);
  return { cert, key };
}

const files = { "clusters/a.yaml": "kind: A\n", "clusters/b.yaml": "kind: B\n" };

test("over HTTPS: preflight, first commit, no-op, change and reading, with a private authority", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet");
  assert.deepEqual(await preflight(remote), []);
  const first = await publish(remote, "acme", declaration(files));
  assert.equal((await publish(remote, "acme", declaration(files))).commit, first.commit);
  const foreign = await git.commit("fleet", "main", { "README.md": "x\n" });
  const next = await publish(remote, "acme", declaration({ "clusters/a.yaml": "kind: A2\n" }));
  const log = await git.log("fleet", "main");
  assert.deepEqual(
    log.map(({ commit }) => commit),
    [next.commit, foreign, first.commit],
  );
  const reader = await readHead(remote, "acme");
  t.after(() => reader.dispose());
  const texts = await reader.readTexts(["clusters/a.yaml", "README.md", "nothing"]);
  assert.deepEqual(
    [...texts],
    [
      ["clusters/a.yaml", "kind: A2\n"],
      ["README.md", "x\n"],
    ],
  );
});

test("a change of more than a megabyte arrives", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet");
  const big = Array.from({ length: 40_000 }, () => String(Math.random())).join("\n");
  await publish(remote, "acme", declaration({ "big.yaml": big, "big2.yaml": `${big}${big}` }));
  assert.equal((await git.read("fleet", "main")).get("big.yaml"), big);
});

test("wrong, missing and read-only tokens, a wrong authority and a wrong path have their own codes", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet");
  const ca = authority.certificate;
  const other = createAuthority("other").certificate;
  const cases: readonly (readonly [Partial<Remote>, string, string])[] = [
    [{ credentials: { token: "wrong-canary", ca } }, "GIT_UNAUTHORIZED", "GIT_UNAUTHORIZED"],
    [{ credentials: { token, username: "nobody", ca } }, "GIT_UNAUTHORIZED", "GIT_UNAUTHORIZED"],
    [{ credentials: { token: readOnly, ca } }, "GIT_FORBIDDEN", "GIT_FORBIDDEN"],
    [{ credentials: { token, ca: other } }, "GIT_CERTIFICATE", "GIT_CERTIFICATE"],
    [{ credentials: { token } }, "GIT_CERTIFICATE", "GIT_CERTIFICATE"],
    [{ url: git.repositoryUrl("nothing") }, "GIT_REPOSITORY_NOT_FOUND", "GIT_REPOSITORY_NOT_FOUND"],
  ];
  for (const [change, atPreflight, atPublish] of cases) {
    const wrong: Remote = { ...remote, ...change };
    const findings = await preflight(wrong);
    assert.deepEqual(
      findings.map(({ code }) => code),
      [atPreflight],
    );
    const error = await fleetError(publish(wrong, "acme", declaration(files)));
    assert.equal(error.code, atPublish);
    assert.doesNotMatch(error.message + JSON.stringify(findings), /canary|Basic|t0ken/u);
  }
  assert.deepEqual(await git.log("fleet", "main"), []);
});

test("a token without the right to write may still read", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet", { files: { "README.md": "x\n" } });
  const reading = { ...remote, credentials: { token: readOnly, ca: authority.certificate } };
  assert.deepEqual(await preflight(reading, { write: false }), []);
  const reader = await readHead(reading, "acme");
  t.after(() => reader.dispose());
  assert.equal(await reader.readText("README.md"), "x\n");
});

test("a rejection that repeats the token is shown without it", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet");
  const basic = Buffer.from(`git:${token}`).toString("base64");
  await git.rejectPushes("fleet", `no: ${token} ${basic} GH013 push protection`);
  const error = await fleetError(publish(remote, "acme", declaration(files)));
  assert.equal(error.code, "GIT_PUSH_REJECTED");
  assert.match(error.message, /no: \[redacted\] \[redacted\] GH013/u);
  assert.match(error.findings[0]?.remedy ?? "", /take it out of the program/u);
});

test("a closed port, a server that never answers and an abort end in bounded time", async (t) => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const hanging = { url: `https://127.0.0.1:${String(port)}/x.git`, branch: "main" };
  const started = Date.now();
  const [finding] = await preflight({ ...hanging, timeoutMs: 700 });
  assert.equal(finding?.code, "GIT_UNREACHABLE");
  const signal = AbortSignal.timeout(700);
  assert.equal((await fleetError(readHead(hanging, "acme", { signal }))).code, "GIT_STOPPED");
  const closed = { url: "https://127.0.0.1:1/x.git", branch: "main" };
  assert.equal((await preflight(closed))[0]?.code, "GIT_UNREACHABLE");
  assert.ok(Date.now() - started < 60_000);
  assert.deepEqual(await gitProcessesNaming(`:${String(port)}/`), []);
});

test("a redirect is not followed with the token", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet");
  let tokenSeen = 0;
  const target = createSecureServer(certificateFor("other"), (request, answer) => {
    if (request.headers.authorization !== undefined) tokenSeen += 1;
    answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const location = `https://127.0.0.1:${String((target.address() as AddressInfo).port)}`;
  const moved = createSecureServer(certificateFor("old"), (request, answer) => {
    answer.writeHead(301, { location: location + (request.url ?? "") }).end();
  });
  await new Promise<void>((resolve) => moved.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    target.close();
    moved.close();
  });
  const url = `https://127.0.0.1:${String((moved.address() as AddressInfo).port)}/fleet.git`;
  const [finding] = await preflight({ ...remote, url });
  assert.equal(finding?.code, "GIT_REDIRECTED", finding?.problem);
  assert.equal(tokenSeen, 0);
});

test("the token is in no argument, no file and in no environment but git's own", async (t) => {
  const { git, remote } = await server(t);
  await git.createRepository("fleet");
  // A slow server keeps the processes alive while they are looked at.
  await git.setHook("fleet", "pre-receive", "#!/bin/sh\nsleep 1\n");
  const cacheDirectory = await temporaryDirectory(t);
  const work = publish({ ...remote, cacheDirectory }, "acme", declaration(files));
  const secrets = [token, Buffer.from(`git:${token}`).toString("base64")];
  const seen = { commands: new Set<string>(), carriers: new Set<string>(), files: 0 };
  const done = new AbortController();
  const watching = (async (): Promise<void> => {
    while (!done.signal.aborted) {
      for (const { command, environment } of await processes()) {
        if (!command.startsWith("git") && !command.includes("/git")) continue;
        seen.commands.add(command);
        assert.ok(!secrets.some((secret) => command.includes(secret)), command);
        if (secrets.some((secret) => environment.includes(secret))) seen.carriers.add(command);
      }
      for (const text of await textsBelow(cacheDirectory)) {
        seen.files += 1;
        assert.ok(!secrets.some((secret) => text.includes(secret)));
      }
    }
  })();
  await work.finally(() => {
    done.abort();
  });
  await watching;
  const commands = [...seen.commands].join("\n");
  assert.match(commands, /git push --porcelain/u);
  assert.match(commands, /git-remote-https/u);
  for (const carrier of seen.carriers) {
    assert.doesNotMatch(carrier, /http-backend|receive-pack|pre-receive|sh -c/u);
  }
  assert.ok(seen.carriers.size > 0 && seen.files > 0);
  assert.deepEqual(await readdir(cacheDirectory), []);
  assert.ok(!Object.values(process.env).some((value) => value?.includes(token)));
});

async function processes(): Promise<{ command: string; environment: string }[]> {
  const found: { command: string; environment: string }[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/u.test(pid)) continue;
    try {
      const command = (await readFile(`/proc/${pid}/cmdline`, "latin1")).replaceAll("\0", " ");
      found.push({ command, environment: await readFile(`/proc/${pid}/environ`, "latin1") });
    } catch {
      continue; // it has ended
    }
  }
  return found;
}

async function gitProcessesNaming(text: string): Promise<string[]> {
  const all = await processes();
  return all.map(({ command }) => command).filter((command) => command.includes(text));
}

async function textsBelow(directory: string): Promise<string[]> {
  const texts: string[] = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    try {
      texts.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
    } catch {
      continue; // git removed it meanwhile
    }
  }
  return texts;
}
