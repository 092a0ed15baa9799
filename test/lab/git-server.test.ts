import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { promisify } from "node:util";

import { startGitServer } from "../../lab/git-server.js";
import type { GitServer } from "../../lab/git-server.js";
import { createAuthority } from "../../lab/pki.js";

const authority = createAuthority("lab");

interface Bench {
  readonly server: GitServer;
  readonly git: (
    user: string | undefined,
    ...args: string[]
  ) => Promise<{ code: number; text: string }>;
}

async function bench(t: TestContext): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), "fleet-test-"));
  const server = await startGitServer({
    directory,
    ...authority.server("git", ["127.0.0.1"]),
    users: [
      { username: "rw", token: "write", write: true },
      { username: "ro", token: "read", write: false },
    ],
  });
  t.after(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });
  const ca = join(directory, "ca.pem");
  await writeFile(ca, authority.certificate);
  const run = promisify(execFile);
  return {
    server,
    git: async (user, ...args) => {
      const header = `Authorization: Basic ${Buffer.from(user ?? "").toString("base64")}`;
      const auth = user === undefined ? [] : ["-c", `http.extraHeader=${header}`];
      const env = { PATH: process.env["PATH"], HOME: directory, GIT_TERMINAL_PROMPT: "0" };
      const all = ["-c", `http.sslCAInfo=${ca}`, ...auth, ...args];
      try {
        const { stdout, stderr } = await run("git", all, { cwd: directory, env });
        return { code: 0, text: stdout + stderr };
      } catch (error) {
        const { code, stderr } = error as { code: number; stderr: string };
        return { code, text: stderr };
      }
    },
  };
}

test("serves clones, partial ones too, to everyone who signs in and to nobody else", async (t) => {
  const { server, git } = await bench(t);
  await server.createRepository("one", { files: { "a.yaml": "x\n" }, branch: "trunk" });
  const url = server.repositoryUrl("one");
  for (const user of ["rw:write", "ro:read"]) {
    assert.match((await git(user, "ls-remote", url)).text, /refs\/heads\/trunk/u);
  }
  const clone = ["clone", "--quiet", "--bare", "--filter=blob:none", url, "clone.git"];
  assert.deepEqual(await git("ro:read", ...clone), { code: 0, text: "" });
  const objects = ["--git-dir", "clone.git", "rev-list", "--objects", "--missing=print", "HEAD"];
  assert.match((await git("ro:read", ...objects)).text, /^\?/mu);
  for (const user of [undefined, "rw:wrong", "nobody:write", ""]) {
    const refused = await git(user, "ls-remote", url);
    assert.notEqual(refused.code, 0);
    assert.match(refused.text, /could not read Username|Authentication failed/u);
  }
  assert.match((await git("ro:read", "ls-remote", `${server.url}/no.git`)).text, /not found/u);
});

test("accepts pushes only from those who may write, and refuses all when told to", async (t) => {
  const { server, git } = await bench(t);
  const url = server.repositoryUrl("one");
  await server.createRepository("one", { files: { "a.yaml": "x\n" } });
  await git("rw:write", "clone", "--quiet", "--bare", url, "clone.git");
  const push = ["--git-dir", "clone.git", "push", "origin", "main:refs/heads/other"];
  assert.match((await git("ro:read", ...push)).text, /403/u);
  await server.rejectPushes("one", "it's frozen");
  assert.match((await git("rw:write", ...push)).text, /remote: it's frozen/u);
  assert.deepEqual(await server.log("one", "other"), []);
  await server.rejectPushes("one", undefined);
  assert.equal((await git("rw:write", ...push)).code, 0);
  assert.equal((await server.log("one", "other")).length, 1);
});

test("commits, reads and logs as another person would", async (t) => {
  const { server } = await bench(t);
  await server.createRepository("one");
  assert.deepEqual([...(await server.read("one", "main"))], []);
  await server.commit("one", "main", { "a.yaml": "1\n", "b/c.yaml": "2\n" });
  const author = "Olga <olga@example.com>";
  const message = "Remove a\n\nBecause.\n";
  const commit = await server.commit("one", "main", { "a.yaml": null }, { author, message });
  assert.deepEqual([...(await server.read("one", "main"))], [["b/c.yaml", "2\n"]]);
  const [newest, oldest] = await server.log("one", "main");
  assert.deepEqual(
    { ...newest, message: newest?.message.trim() },
    {
      ...{ commit, author, subject: "Remove a" },
      message: message.trim(),
    },
  );
  assert.equal(oldest?.author, "Someone Else <else@example.com>");
});

test("close ends the server also while a client waits", async (t) => {
  const { server, git } = await bench(t);
  await server.createRepository("one", { files: { "a.yaml": "x\n" } });
  const second = await startGitServer({
    directory: tmpdir(),
    ...authority.server("git", ["127.0.0.1"]),
    users: [],
  });
  const waiting = connect(second.port, "127.0.0.1").on("error", () => undefined);
  await once(waiting, "connect");
  await second.close();
  if (!waiting.closed) await once(waiting, "close");
  const refused = await git("rw:write", "ls-remote", `${second.url}/one.git`);
  assert.match(refused.text, /Failed to connect|Connection refused|Couldn't connect/u);
});
