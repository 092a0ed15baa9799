import type { Finding } from "../../errors.js";
import { quoted } from "../../graph/values/names.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import { variableReferences } from "../../manifests/substitution.js";

/** What an address may begin with. */
export type Scheme = "https" | "http" | "ssh" | "oci";

const host = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const parts = /^([a-z]+):\/\/([^/?#]*)(\/[^?#]*)?$/;

/** Whether text is decided here: neither an Output without value nor a variable of the cluster. */
export function isSettled(text: string): boolean {
  return !isUnknown(text) && variableReferences(text).length === 0;
}

/**
 * The findings of the address of a source. One that holds credentials is never repeated in a message.
 *
 * @param schemes - what it may begin with
 */
export function sourceUrlFindings(
  url: string,
  schemes: readonly Scheme[],
  at: string,
): readonly Finding[] {
  if (!isSettled(url)) return [];
  const invalid = (problem: string): readonly Finding[] => [
    {
      code: "INVALID_URL",
      path: at,
      problem,
      remedy: `Give ${schemes.map((scheme) => `${scheme}://host/path`).join(" or ")}, with the login in \`secret\`.`,
    },
  ];
  if (!/^[\x21-\x7e]+$/.test(url)) {
    return invalid("The address is empty or has spaces or characters that an address cannot have.");
  }
  const [, scheme = "", authority = "", path = ""] = parts.exec(url) ?? [];
  const end = authority.lastIndexOf("@");
  const login = end < 0 ? undefined : authority.slice(0, end);
  // Over SSH the user name is part of the address; a password never is.
  if ((login !== undefined && (scheme !== "ssh" || login.includes(":"))) || hasToken(url)) {
    return [
      {
        code: "CREDENTIALS_IN_URL",
        path: at,
        problem: "The address contains credentials, which would be committed in plain text.",
        remedy: "Remove them from the address, replace them at their source and use `secret`.",
      },
    ];
  }
  if (!schemes.some((one) => one === scheme)) {
    return invalid(`${quoted(url)} is not an address that this source reads.`);
  }
  const [name = "", port, ...rest] = authority.slice(end + 1).split(":");
  const isAddress = host.test(name) && rest.length === 0 && /^[0-9]*$/.test(port ?? "");
  return isAddress && !/\\|\/\.\.?(\/|$)/.test(path)
    ? []
    : invalid(`${quoted(url)} is not the address of a source.`);
}

function hasToken(url: string): boolean {
  return /[?&#;](access_token|private_token|token|password|secret|key)=/i.test(url);
}
