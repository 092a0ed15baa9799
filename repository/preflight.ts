import { tmpdir } from "node:os";

import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import { answerTimeoutMs, openClone } from "./clone.js";
import { commandFailure, remoteFailure } from "./git-failure.js";
import { runGit } from "./git.js";
import { checkRemote } from "./remote.js";
import type { Remote } from "./remote.js";

/**
 * The oldest git that is used. It is the first that lets a process be run without the user's
 * settings (GIT_CONFIG_GLOBAL, 2.32) and be given the credentials in its environment
 * (GIT_CONFIG_COUNT, 2.31); an older one ignores both silently.
 */
export const minimalGitVersion = "2.32.0";

/**
 * Finds out, without changing anything, whether the remote can be read and, unless `write` is
 * false, written with these credentials. A missing branch is fine: the first commit creates it.
 * Resolves to the findings; `GIT_MISSING`, `GIT_TOO_OLD`, `GIT_UNREACHABLE`, `GIT_CERTIFICATE`,
 * `GIT_UNAUTHORIZED`, `GIT_FORBIDDEN`, `GIT_REPOSITORY_NOT_FOUND` and what {@link checkRemote} finds.
 */
export async function preflight(
  remote: Remote,
  options: { readonly write?: boolean; readonly signal?: AbortSignal } = {},
): Promise<readonly Finding[]> {
  const refused = checkRemote(remote);
  if (refused.length > 0) return refused;
  try {
    const version = await checkGitVersion(options.signal);
    return version === undefined ? await reach(remote, options) : [version];
  } catch (error) {
    if (FleetError.is(error)) return error.findings;
    throw error;
  }
}

/** The finding `GIT_TOO_OLD`, or nothing. @throws FleetError `GIT_MISSING` */
export async function checkGitVersion(signal?: AbortSignal): Promise<Finding | undefined> {
  const call = { args: ["--version"], timeoutMs: answerTimeoutMs };
  const result = await runGit({ directory: tmpdir() }, signal ? { ...call, signal } : call);
  const text = result.stdout.toString("utf8");
  const version = /\d+\.\d+(?:\.\d+)?/u.exec(text)?.[0];
  if (version === undefined) return commandFailure(text + result.stderr, "git --version");
  if (atLeast(version, minimalGitVersion)) return undefined;
  return {
    code: "GIT_TOO_OLD",
    path: "repository",
    problem: `git ${version} would read the user's settings and could not be given credentials safely.`,
    remedy: `Install git ${minimalGitVersion} or later.`,
  };
}

async function reach(
  remote: Remote,
  { write = true, signal }: { readonly write?: boolean; readonly signal?: AbortSignal },
): Promise<readonly Finding[]> {
  const clone = await openClone(remote, signal);
  try {
    const timeoutMs = Math.min(remote.timeoutMs ?? answerTimeoutMs, answerTimeoutMs);
    const read = await clone.try(["ls-remote", "--refs", "origin", `refs/heads/${remote.branch}`], {
      timeoutMs,
    });
    if (read.code !== 0) return [remoteFailure(remote, read.stderr)];
    if (!write) return [];
    // The clone is empty, so there is nothing to push: git only asks for permission to write.
    const args = ["push", "--dry-run", "--no-verify", "origin", "refs/heads/*:refs/heads/*"];
    const asked = await clone.try(args, { timeoutMs });
    const allowed = asked.code === 0 || /No refs in common/u.test(asked.stderr);
    return allowed ? [] : [remoteFailure(remote, asked.stderr)];
  } finally {
    await clone.dispose();
  }
}

function atLeast(version: string, minimum: string): boolean {
  const [have, need] = [version, minimum].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (have?.[index] ?? 0) - (need?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
