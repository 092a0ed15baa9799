import type { Mutant } from "./mutant.js";

/** Breaks of what is said about order and health. */
export const orderMutants: readonly Mutant[] = [
  {
    name: "takes-any-answer",
    promise: "wrong-fleets",
    breaks: "a condition of no known type is rendered, and Flux stalls on it",
    file: "graph/values/expressions.ts",
    search: '(variables === undefined && read.type === "dyn");',
    replace: 'read.type === "dyn";',
    test: "test/graph/expressions.test.ts",
    testName: "is refused when Flux would stall on it",
  },
  {
    name: "waits-for-the-suspended",
    promise: "wrong-fleets",
    breaks: "nothing is said of a dependency that is suspended and never ready",
    file: "graph/references/health.ts",
    search: 'return fieldsOf(object["spec"])["suspend"] === true;',
    replace: 'return fieldsOf(object["spec"])["suspend"] === "true";',
    test: "test/graph/health.test.ts",
    testName: "that is suspended is told",
  },
  {
    name: "gives-up-before-the-release",
    promise: "wrong-fleets",
    breaks: "a layer may give up before the release that it waits for",
    file: "graph/references/timeout-findings.ts",
    search: "given >= own",
    replace: "given <= own",
    test: "test/graph/health.test.ts",
    testName: "of a release is told when what waits for it gives up before",
  },
  {
    name: "judges-a-release-too-early",
    promise: "wrong-fleets",
    breaks: "a release counts as it was before the commit was applied",
    file: "cluster/wait-releases.ts",
    search: "if (!hasApplied(applier, isAtCommit)) {",
    replace: "if (applier === undefined) {",
    test: "test/cluster/wait-health.test.ts",
    testName: "is not judged before the commit is applied there",
  },
  {
    name: "drops-conditions",
    promise: "two-views",
    breaks: "a condition of a dependency is lost beside a plain dependency on the same part",
    file: "components/fleet/references.ts",
    search:
      "return readyExpr === undefined ? `${namespace}/${name}` : `${namespace}/${name} ${readyExpr}`;",
    replace: 'return readyExpr === "" ? "" : `${namespace}/${name}`;',
    test: "test/components/order.test.ts",
    testName: "stands beside the plain one",
  },
];
