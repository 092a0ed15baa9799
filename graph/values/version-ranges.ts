const exact = /^=?v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Whether a version or range of a chart can only ever be one release, so moves only with a commit. */
export function isExactVersion(text: string): boolean {
  return exact.test(text.trim());
}

/**
 * Whether a semver range, as Flux reads it, ends somewhere: `1.x`, `^1.2`, `>=1.0.0 <2.0.0`. Open are
 * `*`, `>=1.0.0`, `!=1.3.0` and every choice (`||`) of which one part is open.
 */
export function hasUpperBound(range: string): boolean {
  return range.split("||").every((choice) => isBounded(choice.trim()));
}

function isBounded(choice: string): boolean {
  if (/\S\s+-\s+\S/.test(choice)) return true;
  // An operator may stand apart from its version.
  const parts = choice
    .replace(/([<>=!~^]+)\s+/g, "$1")
    .split(/[\s,]+/)
    .filter((part) => part !== "");
  return parts.some((part) => {
    const [, operator = "", version = ""] = /^([<>=!~^]*)(.*)$/.exec(part) ?? [];
    if (operator.startsWith(">") || operator.startsWith("!")) return false;
    if (operator.startsWith("<")) return true;
    return /^v?\d/.test(version);
  });
}
