import type { Mutant } from "./mutant.js";

/** Mutants of stable ciphertext: keys from a seed, and who can read with them. */
export const sealingMutants: readonly Mutant[] = [
  {
    name: "keeps-the-key-of-former-readers",
    promise: "never-plaintext",
    breaks: "a file keeps its data key when its recipients change, so who left can still read it",
    file: "components/sops/sealing/seed.ts",
    search: 'derivedKey(root, "data-key/v1", [path, ...recipients])',
    replace: 'derivedKey(root, "data-key/v1", [path, ...recipients.slice(0, 0)])',
    test: "test/sops/wraps.test.ts",
    testName: "are made anew without a warning when the readers change",
  },
  {
    name: "fields-without-frames",
    promise: "never-plaintext",
    breaks: "what a key is derived for is joined without lengths, so two lists may be one key",
    file: "components/sops/document/derived-key.ts",
    search: "at = info.writeUInt32BE(length, at);",
    replace: "at = info.writeUInt32BE(0, at);",
    test: "test/sops/sealing.test.ts",
    testName: "are HKDF of RFC 5869 with framed fields",
  },
  {
    name: "runs-any-plugin",
    promise: "never-plaintext",
    breaks:
      "the recipient of a plugin that nobody named is taken, and the plugin gets the data key",
    file: "components/sops/recipients.ts",
    search: "return kinds.plugins?.includes(plugin) === true",
    replace: "return kinds.plugins !== undefined",
    test: "test/components/sops.test.ts",
    testName: "are those of named plugins, and of no other",
  },
  {
    name: "reads-a-key-twice",
    promise: "never-plaintext",
    breaks: "the quick reader takes a text with one key twice, which other readers refuse",
    file: "components/sops/document/everyday-yaml.ts",
    search: "seen.has(name) ||",
    replace: "",
    test: "test/sops/documents.test.ts",
    testName: "is thrown away when it does not read back",
  },
];
