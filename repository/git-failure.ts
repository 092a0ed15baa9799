import type { ErrorCode, Finding } from "../errors.js";
import type { Remote } from "./remote.js";
import { printableUrl } from "./remote.js";

/** Git is not on the PATH. */
export function gitMissing(): Finding {
  return {
    code: "GIT_MISSING",
    path: "repository",
    problem: "The program git was not found on the PATH.",
    remedy: "Install git 2.32 or later.",
  };
}

/** The work was called off by its caller. */
export function stopped(): Finding {
  return {
    code: "GIT_STOPPED",
    path: "repository",
    problem: "Git was stopped before it had finished.",
    remedy: "Run it again; a commit that had already arrived is found and used.",
  };
}

/** Git did not end in time. */
export function timedOut(remote: Remote | undefined, step: string, timeoutMs: number): Finding {
  const where = remote === undefined ? "" : ` with "${printableUrl(remote.url)}"`;
  return {
    code: "GIT_UNREACHABLE",
    path: "repository.url",
    problem: `git ${step}${where} did not finish within ${String(timeoutMs / 1000)} s.`,
    remedy: "Check address, network and proxy (HTTPS_PROXY), then run it again.",
  };
}

interface Kind {
  readonly code: ErrorCode;
  readonly path: string;
  readonly pattern: RegExp;
  readonly problem: string;
  readonly remedy: string;
}

// In this order: the first pattern found in what git printed (LC_ALL=C) decides.
const kinds: readonly Kind[] = [
  {
    code: "GIT_OBJECT_FORMAT",
    path: "repository.url",
    pattern:
      /mismatched algorithms|object format|the receiving end does not support this repository's hash/iu,
    problem: "uses SHA-256 object names.",
    remedy: "Use a repository with SHA-1 object names; Flux and the Git hosts read those.",
  },
  {
    code: "GIT_UNAUTHORIZED",
    path: "repository.push.token",
    pattern:
      /Authentication failed|could not read (?:Username|Password)|returned error: 401|Permission denied \(|HTTP 401/iu,
    problem: "did not accept the credentials.",
    remedy: "Check that the token is valid, not expired, and belongs to the user name.",
  },
  {
    code: "GIT_FORBIDDEN",
    path: "repository.push.token",
    pattern:
      /returned error: 403|HTTP 403|Write access to repository not granted|insufficient permission/iu,
    problem: "refused access to these credentials.",
    remedy: "Give the token read and write access to the contents of this repository.",
  },
  {
    code: "GIT_REDIRECTED",
    path: "repository.url",
    pattern: /returned error: 30[12378]|unable to update url base from redirection/iu,
    problem: "answers with a redirect, which is not followed because the token goes along.",
    remedy: "Write the address the repository has now.",
  },
  {
    code: "GIT_REPOSITORY_NOT_FOUND",
    path: "repository.url",
    pattern:
      /repository .*not found|returned error: (?:404|410)|does not appear to be a git repository|no such file or directory|does not exist/iu,
    problem: "holds no repository that these credentials can see.",
    remedy:
      "Check the address, and that the token may read it; create the repository if it is new.",
  },
  {
    code: "GIT_CERTIFICATE",
    path: "repository.push.ca",
    pattern: /certificate/iu,
    problem: "presents a certificate that is not trusted.",
    remedy: "Give the authority's certificate as ca, or correct the address.",
  },
  {
    code: "GIT_UNREACHABLE",
    path: "repository.url",
    pattern:
      /Could not resolve|SSL|TLS|handshake|Failed to connect|Connection (?:refused|timed out|reset)|Couldn't connect|Operation timed out|Operation too slow|No route|Network is unreachable|Could not read from remote|hung up|early EOF|RPC failed|Empty reply|returned error: 5\d\d/iu,
    problem: "cannot be reached.",
    remedy: "Check address, network and proxy (HTTPS_PROXY), then run it again.",
  },
];

/** Finds out from git's own words why an exchange with a remote failed; `stderr` is redacted text. */
export function remoteFailure(remote: Remote, stderr: string): Finding {
  const where = `"${printableUrl(remote.url)}"`;
  const kind = kinds.find(({ pattern }) => pattern.test(stderr));
  if (kind === undefined) return commandFailure(stderr, where);
  const { code, path, problem, remedy } = kind;
  return { code, path, problem: `${where} ${problem}${quoted(stderr)}`, remedy };
}

/** Git failed for a reason that has no code of its own. */
export function commandFailure(stderr: string, what: string): Finding {
  return {
    code: "GIT_FAILED",
    path: "repository",
    problem: `git failed (${what}).${quoted(stderr)}`,
    remedy: "Nothing was written. Read what git says and run it again.",
  };
}

function quoted(stderr: string): string {
  const said = printable(stderr);
  return said === "" ? "" : ` Git says: ${said}`;
}

/** At most 6 lines and 800 characters of what git or a server printed, without control characters. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;
  const lines = text
    .split(/[\r\n]+/u)
    .map((line) => line.replace(control, " ").trim())
    .filter((line) => line !== "" && !line.startsWith("hint:"));
  const shown = lines.slice(0, 6).join("; ");
  return shown.length > 800 ? `${shown.slice(0, 800)}…` : shown;
}
