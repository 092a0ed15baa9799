import type { Finding } from "../../../errors.js";
import { compileGoRegex } from "./go-regex.js";

/** What of a document is encrypted; SOPS allows one of the four. */
export interface EncryptionRule {
  readonly encryptedRegex?: string;
  readonly unencryptedRegex?: string;
  readonly encryptedSuffix?: string;
  readonly unencryptedSuffix?: string;
}

/** The names of the rules here and in the metadata. */
export const ruleKeys = {
  encryptedRegex: "encrypted_regex",
  unencryptedRegex: "unencrypted_regex",
  encryptedSuffix: "encrypted_suffix",
  unencryptedSuffix: "unencrypted_suffix",
} as const;

/** What SOPS takes when a file has no rule. */
export const defaultRule: EncryptionRule = { unencryptedSuffix: "_unencrypted" };

/** Tells from the keys that lead to a value whether it is encrypted. */
export type IsEncrypted = (path: readonly string[]) => boolean;

/** The findings of a rule. `at` names one of its fields, as the caller wrote it. */
export function ruleFindings(
  rule: EncryptionRule,
  at: (name: keyof EncryptionRule) => string,
): readonly Finding[] {
  const given = namesIn(rule);
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    return [secondRule(at(second), at(first))];
  }
  return given.flatMap((name) => {
    const text: unknown = rule[name];
    if (typeof text !== "string" || text === "") return [finding(at(name), "The rule is empty.")];
    if (!name.endsWith("Regex") || compileGoRegex(text) !== undefined) return [];
    return [
      finding(at(name), "The expression is wrong, or Go and JavaScript read it differently."),
    ];
  });
}

/** The rule as a function. It has no findings. */
export function compileRule(rule: EncryptionRule): IsEncrypted {
  const [name = "unencryptedSuffix"] = namesIn(rule);
  const text = rule[name] ?? "_unencrypted";
  const expression = name.endsWith("Regex") ? compileGoRegex(text) : undefined;
  const matches = (key: string): boolean => expression?.test(key) ?? key.endsWith(text);
  // Any key on the way decides for everything below it.
  return name.startsWith("encrypted")
    ? (path) => path.some(matches)
    : (path) => !path.some(matches);
}

/** SOPS allows one rule only, and there is another already. */
export function secondRule(at: string, first: string): Finding {
  return finding(at, `SOPS allows one rule only, and there is ${first} already.`);
}

function namesIn(rule: EncryptionRule): readonly (keyof EncryptionRule)[] {
  const names = Object.keys(ruleKeys) as (keyof EncryptionRule)[];
  return names.filter((name) => rule[name] !== undefined);
}

function finding(path: string, problem: string): Finding {
  return {
    code: "SOPS_RULE",
    path,
    problem,
    remedy:
      "Give one suffix, or one regular expression of literals, groups, classes and simple repetition.",
  };
}
