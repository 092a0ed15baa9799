import type { Mutant } from "./mutant.js";

/** Mutants of what the engine and the repository do with secrets. */
export const wiringMutants: readonly Mutant[] = [
  {
    name: "makes-a-seed-in-every-run",
    promise: "same-bytes",
    breaks: "each `up` seals with a seed of its own, so that all encrypted files change",
    file: "components/kept-secret.ts",
    search: '{ protect: true, ...opts, ignoreChanges: ["input"], retainOnDelete: true }',
    replace: "{ protect: true, ...opts, retainOnDelete: true, replacementTrigger: made }",
    test: "test/engine/sops-components.test.ts",
    testName: "stay what they are",
  },
  {
    name: "forgets-identities-on-destroy",
    promise: "nothing-lost",
    breaks: "`destroy` and a forgotten part take the only copy of an identity out of the state",
    file: "components/kept-secret.ts",
    search: "protect: true, ...opts",
    replace: "...opts, protect: false",
    test: "test/engine/fleet-encryption.test.ts",
    testName: "keep their keys",
  },
  {
    name: "trusts-what-others-wrapped",
    promise: "same-bytes",
    breaks: "a restored file is encrypted anew, from what a person made of it",
    file: "components/fleet/wiring/encryption-assembly.ts",
    search: "if (text !== undefined) texts.set(path, text);",
    replace: "if (text === undefined) texts.delete(path);",
    test: "test/engine/fleet-encryption.test.ts",
    testName: "keep their keys",
  },
  {
    name: "shows-ciphertext-in-previews",
    promise: "never-plaintext",
    breaks: "the change of an encrypted file is told as that of any other, line by line",
    file: "repository/encrypted-diff.ts",
    search: "if (old === undefined && now === undefined) return undefined;",
    replace: "if (Object(after) === after) return undefined;",
    test: "test/repository/encrypted-diff.test.ts",
  },
];
