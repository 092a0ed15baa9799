import type { Mutant } from "./mutant.js";

/** Breaks of what the program of the article is about. */
export const articleMutants: readonly Mutant[] = [
  {
    name: "depends-on-what-is-only-applied",
    promise: "wrong-fleets",
    breaks: "a layer counts as Ready as soon as it is applied, whatever its health",
    file: "components/layer/kustomization.ts",
    search: "(args.wait ?? true) ? { wait: true }",
    replace: "args.wait ? { wait: true }",
    test: "test/article/program.test.ts",
    testName: "each waiting for health",
  },
  {
    name: "refuses-the-bots-source",
    promise: "wrong-fleets",
    breaks: "the source that image automation writes through counts as a second one",
    file: "graph/references/source-findings.ts",
    search: " || suspend === true",
    replace: "",
    test: "test/article/program.test.ts",
    testName: "has no finding",
  },
];
