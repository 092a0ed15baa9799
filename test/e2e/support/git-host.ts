/** A Git host with accounts that may push to some repositories and not to others. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { GitRepositories } from "../../../lab/git-repositories.js";
import { startGitServer } from "../../../lab/git-server.js";
import { createAuthority } from "../../../lab/pki.js";

/** An account of the host: its login, with the certificate to trust. */
export interface GitAccount {
  readonly username: string;
  readonly token: string;
  readonly ca: string;
}

/** A running host. */
export interface GitHost extends GitRepositories {
  /** HTTPS address of a repository. */
  url(repository: string): string;
  /** The login of an account. @throws when there is none */
  account(username: string): GitAccount;
  /**
   * Holds the next push of an account, once its objects have arrived and before it is accepted, until
   * somebody else has moved the branch.
   *
   * @returns what tells whether a push has been held
   */
  holdNextPush(repository: string, username: string): () => boolean;
  /** The accounts whose pushes to a repository were refused, in the order of their tries. */
  refused(repository: string): readonly string[];
  /** Ends the server and removes the repositories. */
  close(): Promise<void>;
}

/**
 * Starts a host with empty repositories.
 * @param writers - who may push, by repository; everybody may read everything
 * @param readers - accounts that push nowhere
 */
export async function startGitHost(
  writers: Readonly<Record<string, readonly string[]>>,
  readers: readonly string[],
): Promise<GitHost> {
  const directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-git-host-"));
  const authority = createAuthority("git-host");
  const ca = authority.certificate;
  const names = [...new Set([...Object.values(writers).flat(), ...readers])];
  const accounts = new Map<string, GitAccount>(
    names.map((username) => [username, { username, token: randomBytes(24).toString("hex"), ca }]),
  );
  const server = await startGitServer({
    directory,
    ...authority.server("git-host", ["127.0.0.1"]),
    users: [...accounts.values()].map((one) => ({
      ...one,
      write: !readers.includes(one.username),
    })),
  });
  for (const [repository, allowed] of Object.entries(writers)) {
    await server.createRepository(repository);
    await server.setHook(repository, "pre-receive", accessRule(repository, allowed));
  }
  return {
    ...server,
    url: (repository) => server.repositoryUrl(repository),
    account(username) {
      const account = accounts.get(username);
      if (account === undefined) throw new Error(`The host has no account "${username}".`);
      return account;
    },
    holdNextPush(repository, username) {
      const place = (state: string): string =>
        path.join(server.bareDirectory(repository), `${state}-${username}`);
      rmSync(place("held"), { force: true });
      writeFileSync(place("hold"), "");
      return () => existsSync(place("held"));
    },
    refused(repository) {
      const file = path.join(server.bareDirectory(repository), "refused");
      return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    },
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A hook that refuses pushes of others, as a Git host does, and holds a push when it is told to. */
function accessRule(repository: string, allowed: readonly string[]): string {
  return `#!/bin/sh
case "$REMOTE_USER" in
  ${allowed.join(" | ")}) ;;
  *)
    echo "$REMOTE_USER" >> refused
    echo "$REMOTE_USER may not push to ${repository}" >&2
    exit 1 ;;
esac
[ -e "hold-$REMOTE_USER" ] || exit 0
read -r old new ref
mv "hold-$REMOTE_USER" "held-$REMOTE_USER"
tries=0
while [ "$(git rev-parse "$ref")" = "$old" ] && [ $tries -lt 600 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
`;
}
