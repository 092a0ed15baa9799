import type { Mutant } from "./mutant.js";

/** Every mutant; `npm run prove` applies each to a copy of the checkout. */
export const mutants: readonly Mutant[] = [
  {
    name: "keys-in-order-of-declaration",
    promise: "same-bytes",
    breaks: "keys are printed in the order in which the program wrote them",
    file: "manifests/yaml.ts",
    search: "function isOrdered(keys: readonly string[], first: readonly string[]): boolean {",
    replace:
      "function isOrdered(keys: readonly string[], first: readonly string[]): boolean {\n  if (keys.length > 2) return true;",
    test: "test/properties/manifests-yaml.test.ts",
    testName: "prints the same bytes whatever the order of keys",
  },
  {
    name: "overwrites-an-edit",
    promise: "neighbours",
    breaks: "an owned file is written over whatever a person made of it",
    file: "repository/compare.ts",
    search: "if (!restore.has(path)) {\n        edits.push",
    replace: "if (restore.size > 0 && !restore.has(path)) {\n        edits.push",
    test: "test/repository/refusals.test.ts",
    testName: "a human's edit of an owned file stops",
  },
  {
    name: "adopts-whatever-is-there",
    promise: "neighbours",
    breaks: "a file of nobody is taken over although `adopt` does not name it",
    file: "repository/compare.ts",
    search: '!(refusal.code === "PATH_NOT_ADOPTED" && adopt.has(path))',
    replace: 'refusal.code !== "PATH_NOT_ADOPTED"',
    test: "test/repository/refusals.test.ts",
    testName: "a file of nobody is taken over only by name",
  },
  {
    name: "forgets-what-it-published",
    promise: "nothing-lost",
    breaks: "a reverted ownership file counts as the agreed state, so the revert is undone",
    file: "repository/compare.ts",
    search: "const expected = head.published?.paths ?? {};",
    replace: "const expected = head.ownership?.paths ?? {};",
    test: "test/repository/refusals.test.ts",
    testName: "a revert of our commit, ownership file included, is not undone",
  },
  {
    name: "token-in-an-error",
    promise: "never-plaintext",
    breaks: "what git and its server say is shown without redaction",
    file: "repository/redaction.ts",
    search: 'current.replaceAll(each, "[redacted]")',
    replace: "current.replaceAll(each, each)",
    test: "test/repository/https.test.ts",
    testName: "a rejection that repeats the token is shown without it",
  },
];
