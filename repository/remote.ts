import type { Finding } from "../errors.js";
import { FleetError } from "../errors.js";

/** What git signs in with over https; sent to the origin of the URL and nowhere else. */
export interface RemoteCredentials {
  /** Password or access token. Never in an argument, a URL, a file or a message. */
  readonly token: string;
  /** @default "git" */
  readonly username?: string;
  /** PEM certificates to trust instead of the system's, for a server with a private authority. */
  readonly ca?: string;
}

/** A branch of a remote repository. */
export interface Remote {
  /** `https://`, `ssh://` or `file://`; without user name, token, query and fragment. */
  readonly url: string;
  /** Short name, for example `main`. A branch that does not exist yet is created by the first commit. */
  readonly branch: string;
  readonly credentials?: RemoteCredentials;
  /** Where the temporary bare clone lives while it is needed. @default the system's temporary directory */
  readonly cacheDirectory?: string;
  /** Longest time for one exchange with the server, in milliseconds. @default 300000, and 30000 to answer at all */
  readonly timeoutMs?: number;
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u0020\u007f-\u009f\u2028\u2029\ufeff]/u;

/**
 * Checks everything about a remote that can be known without asking it.
 * Codes: `GIT_URL_REFUSED`, `GIT_BRANCH_REFUSED`, `GIT_CREDENTIALS_REFUSED`.
 */
export function checkRemote(remote: Remote): readonly Finding[] {
  return [...checkUrl(remote), ...checkBranch(remote.branch), ...checkCredentials(remote)];
}

/** Throws a `FleetError` with every finding of {@link checkRemote}. */
export function requireRemote(remote: Remote): void {
  const findings = checkRemote(remote);
  if (findings.length > 0) throw new FleetError(findings);
}

/** The URL as messages may show it: anything that could carry a secret is cut off. */
export function printableUrl(url: string): string {
  const shown = url.replace(/\/\/[^/]*@/u, "//…@").replace(/[?#].*$/su, "?…");
  return JSON.stringify(shown.length > 200 ? `${shown.slice(0, 200)}…` : shown).slice(1, -1);
}

function checkUrl({ url }: Remote): readonly Finding[] {
  const refuse = (problem: string, remedy: string): readonly Finding[] => [
    { code: "GIT_URL_REFUSED", path: "repository.url", problem, remedy },
  ];
  const shown = `"${printableUrl(url)}"`;
  if (control.test(url) || /%(?:0|1|7f)/iu.test(url)) {
    return refuse(`${shown} contains white space or a control character.`, "Remove it.");
  }
  if (!/^(?:https|ssh|file):\/\//u.test(url) || !URL.canParse(url)) {
    const remedy = "Write https://host/path, ssh://user@host/path or file:///path.";
    return refuse(`${shown} is not a URL that git is allowed to use here.`, remedy);
  }
  const parsed = new URL(url);
  const secretive =
    parsed.password !== "" || (parsed.username !== "" && parsed.protocol !== "ssh:");
  if (secretive || parsed.search !== "" || parsed.hash !== "" || /[?#]/u.test(url)) {
    const remedy = "Keep the plain address here and put the token into repository.push.token.";
    return refuse(`${shown} carries a user name, a token, a query or a fragment.`, remedy);
  }
  const authority = url.slice(url.indexOf("//") + 2).split("/")[0] ?? "";
  const hostless = parsed.protocol === "file:" ? authority !== "" : authority === "";
  if (hostless || /^-|@-|^@/u.test(authority) || url.includes("\\")) {
    return refuse(`${shown} has no usable host.`, "Write the host as a name or an address.");
  }
  if (parsed.pathname.length < 2 || parsed.pathname.startsWith("/-")) {
    return refuse(`${shown} names no repository.`, "Add the path of the repository.");
  }
  return [];
}

// Git's own rules (git-check-ref-format), plus what they let through and an argument must not be.
function checkBranch(branch: string): readonly Finding[] {
  const refused =
    branch === "" ||
    branch.length > 200 ||
    control.test(branch) ||
    /[~^:?*[\\"']/u.test(branch) ||
    /^-|^\/|\/$|\/\/|\.\.|@\{|\.$/u.test(branch) ||
    /^(?:@|HEAD|refs\/.*|FETCH_HEAD|ORIG_HEAD)$/u.test(branch) ||
    branch.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock")) ||
    Buffer.from(branch, "utf8").toString("utf8") !== branch;
  if (!refused) return [];
  return [
    {
      code: "GIT_BRANCH_REFUSED",
      path: "repository.branch",
      problem: `${JSON.stringify(branch.slice(0, 200))} is not a branch name.`,
      remedy: 'Use the short name, for example "main", without refs/heads/.',
    },
  ];
}

function checkCredentials({ url, credentials }: Remote): readonly Finding[] {
  if (credentials === undefined) return [];
  const findings: Finding[] = [];
  const refuse = (field: string, problem: string, remedy: string): void => {
    const path = `repository.push.${field}`;
    findings.push({ code: "GIT_CREDENTIALS_REFUSED", path, problem, remedy });
  };
  if (credentials.token === "" || control.test(credentials.token)) {
    const problem = "The token is empty or contains white space or a control character.";
    refuse("token", problem, "Give the token exactly as the Git host shows it.");
  }
  const username = credentials.username ?? "git";
  if (username === "" || username.includes(":") || control.test(username)) {
    refuse("username", "The user name is empty or contains a colon or white space.", "Correct it.");
  }
  if (credentials.ca !== undefined && !credentials.ca.includes("-----BEGIN CERTIFICATE-----")) {
    refuse("ca", "The value holds no PEM certificate.", "Give the authority's certificate as PEM.");
  }
  if (url.startsWith("ssh://")) {
    refuse("token", "A token cannot be used with an ssh:// URL.", "Use the https:// URL.");
  }
  return findings;
}
