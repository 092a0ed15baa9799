import type { Mutant } from "./mutant.js";

/** What a fleet at rest must not do, and how its tests run. */
export const stabilityMutants: readonly Mutant[] = [
  {
    name: "never-at-rest",
    promise: "scale",
    breaks: "a Kustomization that is applied again counts as one that changes",
    file: "cluster/observe.ts",
    search: "attemptedRevision(object) === applied &&",
    replace: 'attemptedRevision(object) === "" &&',
    test: "test/cluster/observe.test.ts",
    testName: "observes what is applied again",
  },
  {
    name: "at-rest-too-soon",
    promise: "scale",
    breaks: "a Kustomization that applies something new counts as one at rest",
    file: "cluster/observe.ts",
    search: "return isRepeated ? true : undefined;",
    replace: "return applied !== undefined || isRepeated ? true : undefined;",
    test: "test/cluster/observe.test.ts",
    testName: "observes what is applied again",
  },
];
