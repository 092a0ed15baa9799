import type { Finding } from "../../errors.js";
import { decodeBech32 } from "./bech32.js";

/** The identities in texts, or why there are none. */
export interface IdentityLines {
  readonly identities: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * The identities of key files, read line by line as kustomize-controller does: empty lines and
 * comments are skipped, anything else must be one identity. Nothing of them is ever shown.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#age-secret-entry
 */
export function identityLines(texts: unknown): IdentityLines {
  const list: readonly unknown[] = Array.isArray(texts) ? texts : [texts];
  const read = list.map((text) => (typeof text === "string" ? keyLines(text) : []));
  const findings = read.flatMap((lines, index): readonly Finding[] => {
    if (lines.length > 0 && lines.every(isIdentity)) return [];
    return [invalidIdentity(Array.isArray(texts) ? `identities[${index}]` : "identities")];
  });
  return {
    identities: read.flat(),
    findings: list.length === 0 ? [invalidIdentity("identities")] : findings,
  };
}

/** The lines of a key file that are neither empty nor a comment. */
export function keyLines(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return lines.filter((line) => !/^(#|$)/.test(line));
}

/** Whether a line is an identity that age-keygen makes, X25519 or post-quantum. */
export function isIdentity(line: string): boolean {
  const decoded = /^AGE-SECRET-KEY-(PQ-)?1/.test(line) ? decodeBech32(line) : undefined;
  const prefixes = ["age-secret-key-", "age-secret-key-pq-"];
  return decoded?.bytes.length === 32 && prefixes.includes(decoded.prefix);
}

/** The finding of text that is none. */
export function invalidIdentity(path: string): Finding {
  return {
    code: "INVALID_IDENTITY",
    path,
    problem: "The text is not an age identity (it is not shown).",
    remedy: "Give AGE-SECRET-KEY-1… or a key file of age-keygen, without blanks around its lines.",
  };
}
