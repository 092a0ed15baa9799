const commitAtEnd = /(?:^|@)(?:sha1|sha256):([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The Git commit in a Flux revision: `main@sha1:<id>`, `refs/heads/main@sha1:<id>`, `sha1:<id>`. Undefined for anything
 * else.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#artifact
 */
export function revisionCommit(revision: string | undefined): string | undefined {
  return revision === undefined ? undefined : commitAtEnd.exec(revision)?.[1];
}

/** A revision for people: seven digits of the commit, or the text itself. */
export function shortRevision(revision: string | undefined): string {
  if (revision === undefined) return "nothing";
  return (revisionCommit(revision) ?? revision).slice(0, 7);
}
