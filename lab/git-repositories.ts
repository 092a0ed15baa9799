import { execFile } from "node:child_process";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
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
  const git = async (name: string, args: readonly string[], options?: LabGit): Promise<string> =>
    await runLabGit(["--git-dir", bare(name), ...args], options);
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
      const settings = ["http.receivepack", "uploadpack.allowFilter"];
      for (const key of settings) await git(name, ["config", key, "true"]);
      if (Object.keys(files).length > 0) await repositories.commit(name, branch, files);
    },
    async commit(name, branch, files, options = {}) {
      const { author = "Someone Else <else@example.com>", message = "Edit by hand" } = options;
      const parent = await headOf(name, branch);
      const index = join(bare(name), `index-${String(process.hrtime.bigint())}`);
      const env = { ...signature(author), GIT_INDEX_FILE: index };
      if (parent !== undefined) await git(name, ["read-tree", parent], { env });
      const lines: string[] = [];
      for (const [path, text] of Object.entries(files)) {
        const blob =
          text === null
            ? "0".repeat(40)
            : (await git(name, ["hash-object", "-w", "--stdin"], { input: text })).trim();
        const mode = text === null ? "0" : (options.mode ?? "100644");
        lines.push(`${mode} ${blob}\t${path}\0`);
      }
      await git(name, ["update-index", "-z", "--index-info"], { env, input: lines.join("") });
      const tree = (await git(name, ["write-tree"], { env })).trim();
      await rm(index, { force: true });
      const parents = parent === undefined ? [] : ["-p", parent];
      const made = await git(name, ["commit-tree", tree, ...parents], { env, input: message });
      const commit = made.trim();
      await git(name, ["update-ref", `refs/heads/${branch}`, commit, parent ?? "0".repeat(40)]);
      return commit;
    },
    async read(name, branch) {
      const head = await headOf(name, branch);
      const files = new Map<string, string>();
      if (head === undefined) return files;
      const listed = await git(name, ["ls-tree", "-r", "-z", head]);
      for (const line of listed.split("\0").filter((each) => each !== "")) {
        const [entry = "", path = ""] = line.split("\t");
        files.set(path, await git(name, ["cat-file", "blob", entry.split(" ")[2] ?? ""]));
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

interface LabGit {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function runLabGit(args: readonly string[], options: LabGit = {}): Promise<string> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    ...options.env,
  };
  return await new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...args],
      { env, maxBuffer: 256 * 1024 * 1024, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`git ${args.join(" ")}: ${stderr}`, { cause: error }));
      },
    );
    child.stdin?.on("error", () => undefined); // git ended without reading it all
    child.stdin?.end(options.input ?? "");
  });
}

function signature(author: string): Readonly<Record<string, string>> {
  const [, name = author, email = ""] = /^(.*) <(.*)>$/u.exec(author) ?? [];
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}
