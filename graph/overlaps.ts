/** A directory that a Kustomization applies on some cluster. */
export interface DirectoryClaim {
  /** Directory without leading or trailing slash; "" is the whole repository. */
  readonly directory: string;
  /** Two claims of one group do not disturb each other. */
  readonly group: string;
  /** Who claims it, for messages. */
  readonly claimant: string;
}

/** Two claims of which one contains or equals the other. */
export interface Overlap<Claim extends DirectoryClaim = DirectoryClaim> {
  readonly outer: Claim;
  readonly inner: Claim;
}

/**
 * Every claim with the nearest one around it, or beside it at the same directory, that is of another
 * group. Sorts once and looks at each claim's ancestors only.
 */
export function overlaps<Claim extends DirectoryClaim>(
  claims: readonly Claim[],
): readonly Overlap<Claim>[] {
  // "\0" sorts before every other character, so all that is below a directory follows it at once.
  const keyed = claims
    .map((claim) => ({ claim, key: sortKey(claim) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const found: Overlap<Claim>[] = [];
  const around: Claim[] = [];
  for (const { claim } of keyed) {
    while (around.length > 0 && !contains(around.at(-1), claim)) {
      around.pop();
    }
    const outer = around.findLast((other) => other.group !== claim.group);
    if (outer !== undefined) {
      found.push({ outer, inner: claim });
    }
    around.push(claim);
  }
  return found;
}

/** Whether one directory is the other or around it. */
export function isWithin(inner: string, outer: string): boolean {
  return outer === "" || inner === outer || inner.startsWith(`${outer}/`);
}

function contains(outer: DirectoryClaim | undefined, inner: DirectoryClaim): boolean {
  return outer !== undefined && isWithin(inner.directory, outer.directory);
}

function sortKey({ directory, group, claimant }: DirectoryClaim): string {
  const path = directory === "" ? "" : `${directory.replaceAll("/", "\0")}\0`;
  return `${path}\u0001${group}\u0001${claimant}`;
}
