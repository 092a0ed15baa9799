const longest = 600;

/** What could be a credential inside a text that a controller, a plugin or an API server wrote. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/AGE-SECRET-KEY-[0-9A-Z]+/gi, "[removed]"],
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    "[removed]",
  ],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']*@/gi, "$1"],
  [/([?&][^=\s&"']{1,40}=)[^&\s"']+/g, "$1[removed]"],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 [removed]"],
  [/\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*/g, "[removed]"],
  [/\b(?:gh[pousr]|glpat|glptt|xox[abprs])[_-][A-Za-z0-9_-]{8,}/g, "[removed]"],
  [/\bgithub_pat_[A-Za-z0-9_]+/g, "[removed]"],
  [/\bAKIA[0-9A-Z]{16}\b/g, "[removed]"],
  [
    /\b((?:access[_-]?|api[_-]?|auth[_-]?)?(?:token|key)|password|passwd|secret)(["']?\s*[=:]\s*["']?)[^\s"',;]{6,}/gi,
    "$1$2[removed]",
  ],
];

/** Runs of 40 or more characters of a token alphabet that are not a Git or content digest. */
const opaque = /[A-Za-z0-9_+/=-]{40,}/g;
const digest = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * A message written by somebody else, made fit for logs: on one line, at most 600 characters, and without anything that
 * has the shape of a credential (user information and query values in URLs, tokens, keys). Revisions, digests and
 * object names stay readable.
 */
export function safeMessage(text: string): string {
  let safe = text;
  for (const [shape, replacement] of secretShapes) safe = safe.replace(shape, replacement);
  safe = safe.replace(opaque, (run) => (isReadable(run) ? run : "[removed]"));
  safe = safe.replace(/\s+/g, " ").trim();
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe;
}

/** Paths, names in kebab case and digests are long too, but no tokens: their parts are words. */
function isReadable(run: string): boolean {
  return run.split(/[/=-]/).every((part) => part.length < 33 || digest.test(part));
}
