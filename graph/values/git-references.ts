import type { Finding } from "../../errors.js";
import { rememberingAccepted } from "../../manifests/accepted-texts.js";
import { quoted } from "./names.js";
import { isUnknown } from "./unknown-value.js";

// What git check-ref-format refuses: control characters, space and ~ ^ : ? * [ \ anywhere.
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const badRefCharacter = /[\u0000-\u0020\u007f~^:?*[\\]|\p{Cs}/u;
const semverRange = /^[0-9A-Za-z.*<>=~^|,+ -]+$/;
const commitId = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const host = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** The findings of a branch or tag name, stricter than git itself: nothing that could be an option. */
export function refNameFindings(
  name: unknown,
  what: "branch" | "tag",
  path: string,
): readonly Finding[] {
  if (isUnknown(name) || (typeof name === "string" && isRefName(name))) {
    return [];
  }
  return [
    {
      code: "INVALID_REF",
      path,
      problem: `${quoted(name)} is not a ${what} name.`,
      remedy: `Give the short name of the ${what}, for example "${what === "branch" ? "main" : "v1.2.3"}", without "refs/", "..", spaces or a leading "-".`,
    },
  ];
}

/** The findings of a version range for tags. */
export function semverFindings(range: unknown, path: string): readonly Finding[] {
  if (
    isUnknown(range) ||
    (typeof range === "string" && semverRange.test(range) && /[0-9*xX]/.test(range))
  ) {
    return [];
  }
  return [
    {
      code: "INVALID_REF",
      path,
      problem: `${quoted(range)} is not a version range.`,
      remedy: 'Give a range such as "1.2.x" or ">=1.0.0 <2.0.0".',
    },
  ];
}

/** The findings of a commit id. */
export function commitFindings(commit: unknown, path: string): readonly Finding[] {
  if (isUnknown(commit) || (typeof commit === "string" && commitId.test(commit))) {
    return [];
  }
  return [
    {
      code: "INVALID_REF",
      path,
      problem: `${quoted(commit)} is not a full commit id.`,
      remedy: "Give all 40 (or 64) lowercase hexadecimal digits.",
    },
  ];
}

/**
 * The findings of a Git address. `file:` is for pushing only. An address that holds credentials is
 * never repeated in the message.
 */
export function urlFindings(
  url: unknown,
  allow: readonly ("https" | "file")[],
  path: string,
): readonly Finding[] {
  if (isUnknown(url) || (typeof url === "string" && isOrdinaryUrl(url))) {
    return [];
  }
  return unusualUrlFindings(url, allow, path);
}

// Segments that begin with a letter or digit; nothing that an address gives a meaning of its own.
const ordinaryUrl = /^(https:\/\/[a-z0-9.:-]+)(?:\/[A-Za-z0-9_][A-Za-z0-9_.~-]*)+$/;

/** Whether the address is right at first sight: plain segments on a host that was looked at before. */
function isOrdinaryUrl(url: string): boolean {
  const origin = ordinaryUrl.exec(url)?.[1];
  return origin !== undefined && isOrdinaryOrigin(origin);
}

const isOrdinaryOrigin = rememberingAccepted(
  (origin) => unusualUrlFindings(`${origin}/repository`, ["https"], "").length === 0,
);

function unusualUrlFindings(
  url: unknown,
  allow: readonly ("https" | "file")[],
  path: string,
): readonly Finding[] {
  const remedy = `Give ${allow.map((scheme) => (scheme === "file" ? "file:///absolute/path" : "https://host/path")).join(" or ")}, with the login in \`credentials\`.`;
  const invalid = (problem: string): readonly Finding[] => [
    { code: "INVALID_URL", path, problem, remedy },
  ];
  if (typeof url !== "string" || !/^[\x21-\x7e]+$/.test(url)) {
    return invalid("The address is empty or has spaces or characters that an address cannot have.");
  }
  if (hasCredentials(url)) {
    return [
      {
        code: "CREDENTIALS_IN_URL",
        path,
        problem: "The address contains credentials, which would be committed in plain text.",
        remedy: "Remove them from the address, replace them at their source and use `credentials`.",
      },
    ];
  }
  if (url.startsWith("file:")) {
    return allow.includes("file") && /^file:\/\/\/[^\s]+$/.test(url)
      ? []
      : invalid(`${quoted(url)} is a path of one machine.`);
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "https:" || !url.startsWith("https://")) {
    return invalid(`${quoted(url)} is not an https address.`);
  }
  if (!host.test(parsed.hostname) || parsed.pathname === "/" || /[?#\\]|\/\.\.?(\/|$)/.test(url)) {
    return invalid(`${quoted(url)} is not the address of a repository.`);
  }
  return [];
}

// What most branches and tags are called; no part of it is looked for below.
const everydayRef = /^[a-z0-9][a-z0-9_-]*$/i;

function isRefName(name: string): boolean {
  if (name.length <= 200 && everydayRef.test(name)) return name !== "HEAD";
  return (
    name.length > 0 &&
    name.length <= 200 &&
    !badRefCharacter.test(name) &&
    !/^[-/.@]|[/.]$|\.\.|\/\/|@\{|\/\./.test(name) &&
    !name.split("/").some((segment) => segment.endsWith(".lock")) &&
    name !== "HEAD" &&
    !name.startsWith("refs/")
  );
}

function hasCredentials(url: string): boolean {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  return (
    authority.includes("@") ||
    /[?&#;](access_token|private_token|token|password|secret|key)=/i.test(url)
  );
}
