import type { Mutant } from "./mutant.js";

/** Mutants of the reading and writing of SOPS documents. */
export const sopsMutants: readonly Mutant[] = [
  {
    name: "takes-any-expression",
    promise: "never-plaintext",
    breaks: "a regular expression that cannot be compiled matches nothing, so nothing is encrypted",
    file: "components/sops/document/rule.ts",
    search: 'if (!name.endsWith("Regex") || compileGoRegex(text) !== undefined) return [];',
    replace: "if (text.length > 0) return [];",
    test: "test/sops/refusals.test.ts",
    testName: "under a wrong rule, all named at once",
  },
  {
    name: "leaves-string-data",
    promise: "never-plaintext",
    breaks: "a Secret keeps `stringData`, whose ciphertext Flux applies without decrypting it",
    file: "components/sops/document/kubernetes-secret.ts",
    search: "return treeOf(withDataOnly(secret), [",
    replace: "return treeOf(secret, [",
    test: "test/sops/secrets.test.ts",
    testName: "holds all its values under data",
  },
  {
    name: "quotes-what-it-could-not-read",
    promise: "never-plaintext",
    breaks: "the error of a text that is not YAML repeats the place where it is wrong",
    file: "components/sops/document/yaml-reader.ts",
    search: "`The text is not YAML (${error.code}).`",
    replace:
      "`The text is not YAML (${error.code}): ${text.slice(error.pos[0], error.pos[0] + 40)}`",
    test: "test/sops/canaries.test.ts",
    testName: "of text that is not of its format",
  },
];
