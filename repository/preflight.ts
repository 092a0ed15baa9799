import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import { answerTimeoutMs, openClone } from "./clone.js";
import { remoteFailure } from "./git-failure.js";
import { checkRemote } from "./remote.js";
import type { Remote } from "./remote.js";

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
    return await reach(remote, options);
  } catch (error) {
    if (FleetError.is(error)) return error.findings;
    throw error;
  }
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
