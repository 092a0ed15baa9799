import { execFile } from "node:child_process";
import { appendFile, chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";

/** Texts by path; null removes the file. */
export type FileEdits = Readonly<Record<string, string | null>>;

/** A commit as `log` lists it, newest first. */
export interface LoggedCommit {
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
  readonly message: string;
}

/** Bare repositories in one directory, as another person working on them would use them. */
export interface GitRepositories {
  /** Where a repository is on disk. */
  bareDirectory(name: string): string;
  /** Creates a repository; empty without files. @default branch "main" */
  createRepository(
    name: string,
    options?: { readonly files?: FileEdits; readonly branch?: string },
  ): Promise<void>;
  /** Adds one commit and returns its id. Creates the branch when it is missing. */
  commit(
    name: string,
    branch: string,
    files: FileEdits,
    options?: { readonly author?: string; readonly message?: string; readonly mode?: string },
  ): Promise<string>;
  /** Every file of a branch with its text; empty for a missing branch. */
  read(name: string, branch: string): Promise<ReadonlyMap<string, string>>;
  log(name: string, branch: string): Promise<readonly LoggedCommit[]>;
  /** Makes the repository refuse every push with this text, or accept again when undefined. */
  rejectPushes(name: string, reason: string | undefined): Promise<void>;
  /** Installs a hook of the repository, a shell script; undefined removes it. */
  setHook(name: string, hook: string, script: string | undefined): Promise<void>;
}

/** The repositories of one directory. */
export function gitRepositories(directory: string): GitRepositories {
  const bare = (name: string): string => join(directory, `${name}.git`);
  const git = async (name: string, args: readonly string[], input?: string): Promise<string> =>
    (await runLabGit(["--git-dir", bare(name), ...args], input)).toString("utf8");
  const headOf = async (name: string, branch: string): Promise<string | undefined> => {
    const ref = `refs/heads/${branch}`;
    const listed = await git(name, ["for-each-ref", "--format=%(objectname)", ref]);
    return listed.trim() === "" ? undefined : listed.trim();
  };

  const repositories: GitRepositories = {
    bareDirectory: bare,
    async createRepository(name, { files = {}, branch = "main" } = {}) {
      const options = ["--quiet", "--bare", "--template=", `--initial-branch=${branch}`];
      await runLabGit(["init", ...options, bare(name)]);
      const settings = "[http]\n\treceivepack = true\n[uploadpack]\n\tallowFilter = true\n";
      await appendFile(join(bare(name), "config"), settings);
      if (Object.keys(files).length > 0) await repositories.commit(name, branch, files);
    },
    async commit(name, branch, files, options = {}) {
      const { author = "Someone Else <else@example.com>", message = "Edit by hand" } = options;
      const parent = await headOf(name, branch);
      const input = commitStream({ author, branch, files, message, mode: options.mode, parent });
      return (await git(name, ["fast-import", "--quiet", "--date-format=now"], input)).trim();
    },
    async read(name, branch) {
      const head = await headOf(name, branch);
      const files = new Map<string, string>();
      if (head === undefined) return files;
      const listed = await git(name, ["ls-tree", "-r", "-z", head]);
      const entries = listed.split("\0").flatMap((line) => {
        const [entry = "", path = ""] = line.split("\t");
        return path === "" ? [] : [{ path, id: entry.split(" ")[2] ?? "" }];
      });
      const ids = entries.map(({ id }) => `${id}\n`).join("");
      const contents = await runLabGit(["--git-dir", bare(name), "cat-file", "--batch"], ids);
      let at = 0;
      for (const { path } of entries) {
        // A line `<id> blob <bytes>`, the content, and the end of a line.
        const from = contents.indexOf("\n", at) + 1;
        const size = Number(contents.toString("latin1", at, from).split(" ")[2]);
        files.set(path, contents.toString("utf8", from, from + size));
        at = from + size + 1;
      }
      return files;
    },
    async log(name, branch) {
      const head = await headOf(name, branch);
      if (head === undefined) return [];
      const output = await git(name, ["log", "-z", "--format=%H%n%an <%ae>%n%s%n%B", head]);
      return output.split("\0").flatMap((entry) => {
        const [commit = "", author = "", subject = "", ...message] = entry.split("\n");
        return commit === "" ? [] : [{ commit, author, subject, message: message.join("\n") }];
      });
    },
    async rejectPushes(name, reason) {
      const text = reason?.replaceAll("'", `'"'"'`);
      const script = `#!/bin/sh\nprintf '%s\\n' '${text ?? ""}' >&2\nexit 1\n`;
      await repositories.setHook(name, "pre-receive", reason === undefined ? undefined : script);
    },
    async setHook(name, hook, script) {
      const directoryOfHooks = join(bare(name), "hooks");
      const file = join(directoryOfHooks, hook);
      await git(name, ["config", "core.hooksPath", directoryOfHooks]);
      if (script === undefined) await rm(file, { force: true });
      else {
        await mkdir(directoryOfHooks, { recursive: true });
        await writeFile(file, script);
        await chmod(file, 0o755);
      }
    },
  };
  return repositories;
}

interface NewCommit {
  readonly author: string;
  readonly branch: string;
  readonly files: FileEdits;
  readonly message: string;
  readonly mode: string | undefined;
  readonly parent: string | undefined;
}

/** One commit for `git fast-import`, which prints its id: a process for each step would take longer than the step. */
function commitStream({ author, branch, files, message, mode, parent }: NewCommit): string {
  const data = (text: string): string => `data ${String(Buffer.byteLength(text))}\n${text}\n`;
  return [
    `commit refs/heads/${branch}\nmark :1\nauthor ${author} now\ncommitter ${author} now\n`,
    data(message),
    ...(parent === undefined ? [] : [`from ${parent}\n`]),
    ...Object.entries(files).map(([path, text]) =>
      text === null
        ? `D ${quoted(path)}\n`
        : `M ${mode ?? "100644"} inline ${quoted(path)}\n${data(text)}`,
    ),
    "get-mark :1\n",
  ].join("");
}

/** A path as `git fast-import` reads it. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

async function runLabGit(args: readonly string[], input = ""): Promise<Buffer> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
  };
  return await new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...args],
      { env, maxBuffer: 256 * 1024 * 1024, encoding: "buffer" },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`git ${args.join(" ")}: ${stderr.toString()}`, { cause: error }));
      },
    );
    child.stdin?.on("error", () => undefined); // git ended without reading it all
    child.stdin?.end(input);
  });
}
