import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import type { Clone } from "./clone.js";
import { printable, remoteFailure } from "./git-failure.js";
import { printableUrl } from "./remote.js";

/** `landed`, or `moved`: the branch was not where it was read, and nothing was written. */
export type PushOutcome = "landed" | "moved";

// The spellings of a lost race, from client and server (LC_ALL=C).
const races =
  /stale info|cannot lock ref|fetch first|non-fast-forward|reference already exists|failed to update ref|incorrect old value|needs force/iu;

/**
 * Moves the branch from exactly `parent` to `commit`, which must be its child; never anything
 * else, so nobody's commit can be lost. `parent` undefined creates the branch.
 *
 * @throws FleetError `GIT_PUSH_REJECTED` when the server refuses by a rule of its own, or the code
 * of a failed exchange, after which it is unknown whether the commit arrived.
 */
export async function pushCommit(
  clone: Clone,
  commit: string,
  parent: string | undefined,
): Promise<PushOutcome> {
  const ref = `refs/heads/${clone.remote.branch}`;
  const lease = `--force-with-lease=${ref}:${parent ?? ""}`;
  const options = ["--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", lease];
  const args = ["push", ...options, "--end-of-options", "origin", `${commit}:${ref}`];
  const result = await clone.try(args, { timeoutMs: clone.remote.timeoutMs ?? 300_000 });
  if (result.code === 0) return "landed";
  // With --porcelain the reason is on standard output.
  const verdict = result.stdout
    .toString("utf8")
    .split("\n")
    .find((line) => line.startsWith("!"));
  const said = `${verdict ?? ""}\n${result.stderr}`;
  if (races.test(said)) return "moved";
  if (verdict !== undefined) throw new FleetError([rejected(clone, verdict, result.stderr)]);
  throw new FleetError([remoteFailure(clone.remote, result.stderr)]);
}

function rejected(clone: Clone, verdict: string, stderr: string): Finding {
  const reason = /\((.*)\)\s*$/u.exec(verdict)?.[1] ?? "no reason given";
  const words = stderr
    .split("\n")
    .filter((line) => line.startsWith("remote:"))
    .map((line) => line.slice("remote:".length));
  const said = printable(words.join("\n"));
  const { url, branch } = clone.remote;
  return {
    code: "GIT_PUSH_REJECTED",
    path: "repository.branch",
    problem:
      `"${printableUrl(url)}" refused the commit on ${branch}: ${printable(reason)}.` +
      (said === "" ? "" : ` It says: ${said}`),
    remedy: remedyFor(`${reason} ${said}`),
  };
}

function remedyFor(said: string): string {
  if (/secret|GH013/iu.test(said)) {
    return "The server found a secret in the commit: take it out of the program; nothing arrived.";
  }
  if (/protected|GH006|not allowed to push/iu.test(said)) {
    return "Let this token's account push to the protected branch, or declare another branch.";
  }
  return "Change what the server's rule objects to, or the rule, and run it again; nothing arrived.";
}
