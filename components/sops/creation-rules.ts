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
  const texts = new Map<readonly string[], string>();
  const sorted = rules
    .map(({ directory, recipients }) => {
      // The same list for every directory of a cluster. One text: sops before 3.11 reads no list.
      const age = texts.get(recipients) ?? [...new Set(recipients)].sort().join(",");
      texts.set(recipients, age);
      return { directory, age, depth: directory.split("/").length };
    })
    .sort((a, b) => b.depth - a.depth || compareTexts(a.directory, b.directory));
  return {
    creation_rules: sorted.map(({ directory, age }) => ({
      age,
      encrypted_regex: encryptedRegex,
      path_regex: `^${escapeRegex(directory)}/.*\\.ya?ml$`,
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
