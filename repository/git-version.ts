import { tmpdir } from "node:os";

import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import { commandFailure } from "./git-failure.js";
import { runGit } from "./git.js";

/**
 * The oldest git that is used. It is the first that lets a process be run without the user's
 * settings (GIT_CONFIG_GLOBAL, 2.32) and be given the credentials in its environment
 * (GIT_CONFIG_COUNT, 2.31); an older one ignores both silently.
 */
export const minimalGitVersion = "2.32.0";

/** @throws FleetError `GIT_MISSING` or `GIT_TOO_OLD` */
export async function requireGit(signal?: AbortSignal): Promise<void> {
  const call = { args: ["--version"], timeoutMs: 30_000 };
  const result = await runGit({ directory: tmpdir() }, signal ? { ...call, signal } : call);
  const text = result.stdout.toString("utf8");
  const version = /\d+\.\d+(?:\.\d+)?/u.exec(text)?.[0];
  if (version === undefined) {
    throw new FleetError([commandFailure(text + result.stderr, "git --version")]);
  }
  if (!atLeast(version, minimalGitVersion)) throw new FleetError([tooOld(version)]);
}

function tooOld(version: string): Finding {
  return {
    code: "GIT_TOO_OLD",
    path: "repository",
    problem: `git ${version} would read the user's settings and could not be given credentials safely.`,
    remedy: `Install git ${minimalGitVersion} or later.`,
  };
}

function atLeast(version: string, minimum: string): boolean {
  const [have, need] = [version, minimum].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (have?.[index] ?? 0) - (need?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
