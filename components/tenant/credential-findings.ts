import type { Finding } from "../../errors.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import type { GitCredentials } from "./git-source.js";

/** The findings of a login. Nothing of a token or certificate is ever shown. */
export function credentialFindings(
  credentials: { readonly [K in keyof GitCredentials]?: string | undefined } | undefined,
  at: string,
): readonly Finding[] {
  if (credentials === undefined) {
    return [];
  }
  const { token, username, ca } = credentials;
  return [
    ...(token === undefined || isUnknown(token) ? [] : tokenFindings(token, `${at}.token`)),
    ...(username === undefined || /^[^:\s\p{Cc}]+$/u.test(username)
      ? []
      : [invalid(`${at}.username`, "The user name is empty or has a colon, space or line break.")]),
    ...(ca === undefined || isUnknown(ca) || isCertificate(ca)
      ? []
      : [invalid(`${at}.ca`, "The text is not a certificate in PEM form (it is not shown).")]),
  ];
}

function tokenFindings(token: string, at: string): readonly Finding[] {
  if (token === "") {
    return [
      {
        code: "MISSING_CREDENTIALS",
        path: at,
        problem: "The token is empty.",
        remedy: "Give the token, or leave the credentials out for a public repository.",
      },
    ];
  }
  return /[\p{Cc}]/u.test(token)
    ? [invalid(at, "The token has a line break or control character (it is not shown).")]
    : [];
}

function isCertificate(text: string): boolean {
  return /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text);
}

function invalid(path: string, problem: string): Finding {
  return { code: "INVALID_ARGUMENT", path, problem, remedy: "Give it as the server issued it." };
}
