import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FleetError } from "../errors.js";
import { commandFailure, remoteFailure } from "./git-failure.js";
import { runGit } from "./git.js";
import type { GitCall, GitPlace, GitResult } from "./git.js";
import { requireGit } from "./git-version.js";
import { guardDirectory } from "./process-guard.js";
import type { Remote } from "./remote.js";
import { requireRemote } from "./remote.js";

/** A temporary bare clone of one branch: all commits and trees, file texts only on demand. */
export interface Clone {
  readonly remote: Remote;
  readonly directory: string;
  /** Runs git in the clone and throws when it fails. */
  git(args: readonly string[], options?: Omit<GitCall, "args">): Promise<Buffer>;
  /** Runs git in the clone, whatever its exit code. */
  try(args: readonly string[], options?: Omit<GitCall, "args">): Promise<GitResult>;
  /** Asks the remote for the head of the branch and fetches what is new; undefined when unborn. */
  fetchHead(): Promise<string | undefined>;
  /** Texts of files by their names; those not here yet come in one exchange. */
  readBlobs(ids: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  /** Removes the clone. Also happens when the process exits. */
  dispose(): Promise<void>;
}

/** How long a server may take to answer at all, in milliseconds. */
export const answerTimeoutMs = 30_000;

const open = new Map<string, () => void>(); // directory -> calls its guard off
process.on("exit", () => {
  for (const directory of open.keys()) rmSync(directory, { recursive: true, force: true });
});

/**
 * Prepares a clone in a temporary directory; nothing is fetched yet. It holds no credentials.
 *
 * @throws FleetError when URL, branch or credentials are refused, or git is missing.
 */
export async function openClone(remote: Remote, signal?: AbortSignal): Promise<Clone> {
  requireRemote(remote);
  await requireGit(signal);
  const directory = await mkdtemp(join(remote.cacheDirectory ?? tmpdir(), "flux-fleet-git-"));
  open.set(directory, guardDirectory(directory));
  try {
    return await prepare(remote, directory, signal);
  } catch (error) {
    await remove(directory);
    throw error;
  }
}

async function remove(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  open.get(directory)?.();
  open.delete(directory);
}

async function prepare(remote: Remote, directory: string, signal?: AbortSignal): Promise<Clone> {
  const gitDirectory = join(directory, "clone.git");
  let place: GitPlace = { directory, gitDirectory, remote };
  const ca = remote.credentials?.ca;
  if (ca !== undefined) {
    const caFile = join(directory, "ca.pem");
    await writeFile(caFile, ca, { mode: 0o600 });
    place = { ...place, caFile };
  }
  const attempt: Clone["try"] = async (args, options) =>
    await runGit(place, { args, ...(signal === undefined ? {} : { signal }), ...options });
  const git: Clone["git"] = async (args, options) => {
    const result = await attempt(args, options);
    if (result.code === 0) return result.stdout;
    throw new FleetError([commandFailure(result.stderr, args[0] ?? "git")]);
  };
  await git(["init", "--quiet", "--bare", "--template=", "--object-format=sha1", gitDirectory]);

  const talk = async (
    args: readonly string[],
    options?: Omit<GitCall, "args">,
  ): Promise<GitResult> => {
    const result = await attempt(args, { timeoutMs: remote.timeoutMs ?? 300_000, ...options });
    if (result.code !== 0) throw new FleetError([remoteFailure(remote, result.stderr)]);
    return result;
  };
  const ref = `refs/heads/${remote.branch}`;
  const present = new Set<string>();
  let everything = false; // the server knows no partial clones and sent all texts
  let head: string | undefined;

  return {
    remote,
    directory: gitDirectory,
    git,
    try: attempt,
    async fetchHead() {
      const timeoutMs = Math.min(remote.timeoutMs ?? answerTimeoutMs, answerTimeoutMs);
      const listed = await talk(["ls-remote", "--refs", "origin", ref], { timeoutMs });
      const advertised = headIn(listed.stdout.toString("utf8"), ref);
      if (advertised?.length === 64) throw new FleetError([sha256Refused(remote)]);
      if (advertised !== undefined && advertised !== head) {
        const options = ["--no-tags", "--no-write-fetch-head", "--filter=blob:none"];
        const fetched = await talk(["fetch", ...options, "origin", `+${ref}:refs/head`]);
        everything ||= fetched.stderr.includes("filtering not recognized");
        const local = await git(["rev-parse", "--verify", "refs/head^{commit}"]);
        head = local.toString("utf8").trim();
      }
      return advertised === undefined ? undefined : head;
    },
    async readBlobs(ids) {
      const wanted = [...new Set(ids)];
      const missing = everything ? [] : wanted.filter((id) => !present.has(id));
      if (missing.length > 0) {
        // What git itself runs for a missing object, but for all of them at once.
        const options = ["--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin"];
        const noop = ["-c", "fetch.negotiationAlgorithm=noop"];
        await talk([...noop, "fetch", ...options, "origin"], {
          input: [`${missing.join("\n")}\n`],
        });
        for (const id of missing) present.add(id);
      }
      const input = [wanted.map((id) => `${id}\n`).join("")];
      return parseBatch(await git(["cat-file", "--batch"], { input }));
    },
    async dispose() {
      await remove(directory);
    },
  };
}

function headIn(listing: string, ref: string): string | undefined {
  const line = listing.split("\n").find((each) => each.endsWith(`\t${ref}`));
  return line?.split("\t")[0];
}

function sha256Refused(remote: Remote): FleetError["findings"][number] {
  return remoteFailure(remote, "mismatched algorithms");
}

function parseBatch(output: Buffer): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(10, at);
    const [id, type, size] = output.toString("latin1", at, end).split(" ");
    if (id === undefined || type !== "blob" || size === undefined) {
      throw new FleetError([commandFailure(`${String(id)} ${String(type)}`, "cat-file")]);
    }
    const start = end + 1;
    texts.set(id, output.toString("utf8", start, start + Number(size)));
    at = start + Number(size) + 1;
  }
  return texts;
}
