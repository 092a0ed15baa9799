import type { Finding } from "../../errors.js";
import { isUnknown } from "../values/unknown-value.js";
import { opens, recipientsOf } from "./encryption.js";
import type { SecretCluster } from "./placed-secrets.js";
import { secretPlaceOf } from "./placed-secrets.js";

/** Who can read what is encrypted below a directory, as `.sops.yaml` says. */
export interface RecipientRule {
  /** From the root, without leading or trailing slash; "." is the whole repository. */
  readonly directory: string;
  readonly recipients: readonly string[];
}

/**
 * The findings about files whose readers are not those that `sops` would give them by the rules: it
 * takes the first that matches, and deeper directories come first. A path without a rule is none:
 * `sops` refuses it by itself.
 *
 * @param isElsewhere - whether another `.sops.yaml` is nearer to a file
 */
export function ruleFindings(
  clusters: readonly SecretCluster[],
  rules: readonly RecipientRule[],
  isElsewhere: (file: string) => boolean,
): readonly Finding[] {
  const byDirectory = new Map(rules.map((rule) => [rule.directory, rule.recipients]));
  const found = new Map<string, Finding>();
  for (const secret of clusters.flatMap(({ secrets }) => secrets)) {
    const { file, encryption } = secret;
    if (encryption === undefined || found.has(file) || !/\.ya?ml$/.test(file)) continue;
    const rule = ruleOf(file, byDirectory);
    // Keys of services are in no rule here.
    const isOnlyAge = opens(new Set(), encryption) === false;
    if (rule === undefined || rule.some(isUnknown) || !isOnlyAge || isElsewhere(file)) continue;
    const missing = differenceOf(rule, recipientsOf(encryption));
    const more = differenceOf(recipientsOf(encryption), rule);
    if (missing.length + more.length === 0) continue;
    found.set(file, {
      code: "SOPS_RULE_MISMATCH",
      path: secretPlaceOf(secret),
      problem: `By .sops.yaml it would be encrypted${phrase(" also to", missing)}${phrase(" no more to", more)}.`,
      remedy:
        "Run `sops updatekeys` and then `sops rotate -i` on it, or put a .sops.yaml of its own beside it: whoever edits it next changes its readers without a word.",
      severity: "warning",
    });
  }
  return [...found.values()];
}

function ruleOf(
  file: string,
  rules: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) {
    const recipients = rules.get(file.slice(0, end));
    if (recipients !== undefined) return recipients;
  }
  return rules.get(".");
}

function differenceOf(all: readonly string[], without: readonly string[]): readonly string[] {
  return [...new Set(all)].filter((one) => !without.includes(one)).sort();
}

function phrase(lead: string, recipients: readonly string[]): string {
  return recipients.length === 0 ? "" : `${lead} ${recipients.join(", ")}`;
}
