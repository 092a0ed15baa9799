import type { Mutant } from "./mutant.js";

/** Layers: what Flux applies is what is declared, and what cannot be is refused. */
export const layerMutants: readonly Mutant[] = [
  {
    name: "leaves-dollars-alone",
    promise: "two-views",
    breaks: "text that only looks like a variable is not escaped where Flux substitutes",
    file: "manifests/substitution.ts",
    search: 'return literal.replace(/\\$(?=[${])/g, "$$$$");',
    replace: "return literal;",
    test: "test/conformance/substitution.test.ts",
    testName: "leaves text alone that is full of dollars and braces",
  },
  {
    name: "lets-strings-become-numbers",
    promise: "two-views",
    breaks: "a value that YAML reads as a number is put in without quotes",
    file: "manifests/substitution.ts",
    search: "return quoted ? `\\${${name}# #}` : `\\${${name}}`;",
    replace: "return quoted ? `\\${${name}}` : `\\${${name}}`;",
    test: "test/conformance/substitution.test.ts",
    testName: "puts every value in as it is",
  },
  {
    name: "forgets-the-patch-of-a-ring",
    promise: "two-views",
    breaks: "the Kustomization of a cluster lacks the patches that its manifests have",
    file: "components/layer/manifests.ts",
    search: "return patch === undefined ? [] : [patch];",
    replace: "return patch === undefined ? [] : [patch].slice(1);",
    test: "test/conformance/layers.test.ts",
    testName: "is what the manifests say",
  },
  {
    name: "takes-variables-without-a-value",
    promise: "wrong-fleets",
    breaks: "a misspelt variable in a hand-written directory is rendered past",
    file: "components/layer/variable-validation.ts",
    search:
      "if (!optional && !Object.hasOwn(values, name)) add(cluster, unset(name, values, path));",
    replace:
      "if (optional && !Object.hasOwn(values, name)) add(cluster, unset(name, values, path));",
    test: "test/components/layer-directories.test.ts",
    testName: "are refused with a misspelt variable",
  },
  {
    name: "commits-secrets-of-layers",
    promise: "never-plaintext",
    breaks: "a Secret in a layer is committed as plain text",
    file: "components/layer/validation.ts",
    search: 'if (apiVersion === "v1" && kind === "Secret") {',
    replace: 'if (apiVersion === "v2" && kind === "Secret") {',
    test: "test/components/layer.test.ts",
    testName: "with a Secret, which would be committed",
  },
];
