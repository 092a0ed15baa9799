/** One directory and who can read what is encrypted in it. */
export interface CreationRule {
  /** Directory in the repository, without leading or trailing slash. */
  readonly directory: string;
  /** age recipients, in any order. */
  readonly recipients: readonly string[];
}

/** Only values are encrypted: Flux has to read the kind, people have to review the rest. */
const encryptedRegex = "^(data|stringData)$";

/**
 * The content of `.sops.yaml`: one anchored rule per directory, deeper directories first, because
 * sops takes the first rule that matches. Undefined when there is no rule.
 *
 * @see https://getsops.io/docs/#using-sops-yaml-conf-to-select-kms-pgp-and-age-for-new-files
 */
export function creationRules(rules: readonly CreationRule[]): object | undefined {
  if (rules.length === 0) {
    return undefined;
  }
  const sorted = rules
    .map((rule) => ({ ...rule, depth: rule.directory.split("/").length }))
    .sort((a, b) => b.depth - a.depth || compareTexts(a.directory, b.directory));
  return {
    creation_rules: sorted.map(({ directory, recipients }) => ({
      path_regex: `^${escapeRegex(directory)}/.*\\.ya?ml$`,
      encrypted_regex: encryptedRegex,
      // One text, not a list: sops before 3.11 does not read lists.
      age: [...new Set(recipients)].sort().join(","),
    })),
  };
}

/** The text as a regular expression of Go that matches exactly it. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
