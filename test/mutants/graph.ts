import type { Mutant } from "./mutant.js";

/** Breaks of what is said about references between objects. */
export const graphMutants: readonly Mutant[] = [
  {
    name: "believes-in-missing-targets",
    promise: "wrong-fleets",
    breaks: "a reference whose target is nowhere is no finding",
    file: "graph/references/reference-findings.ts",
    search: "  return isFine ? undefined : missing(",
    replace:
      "  if (rule.elsewhere === undefined) return undefined;\n  return isFine ? undefined : missing(",
    test: "test/properties/references.test.ts",
    testName: "misses any single object",
  },
  {
    name: "forgets-who-is-waited-for",
    promise: "wrong-fleets",
    breaks: "the Kustomizations that one with `wait` applies are no edges, so a circle stays",
    file: "graph/references/dependency-findings.ts",
    search: "if (parent !== undefined && isOfKind",
    replace: "if (parent !== undefined && object.kind === parent && isOfKind",
    test: "test/graph/dependencies.test.ts",
    testName: "on the Kustomization that waits for the one it applies",
  },
  {
    name: "floats-over-rings",
    promise: "wrong-fleets",
    breaks: "a version range may change two rings at once",
    file: "graph/references/floating-findings.ts",
    search: "if (rings.size > 1) return",
    replace: "if (rings.size > 2) return",
    test: "test/graph/placed-findings.test.ts",
    testName: "of a chart must be exact",
  },
  {
    name: "moves-what-is-pruned",
    promise: "nothing-lost",
    breaks: "an object may change its Kustomization in one commit, and be deleted by the first",
    file: "graph/changes/moves.ts",
    search: 'return object.metadata.annotations?.[pruneAnnotation]?.toLowerCase() === "disabled";',
    replace: 'return object.metadata.annotations?.[pruneAnnotation]?.toLowerCase() !== "enabled";',
    test: "test/components/moved-objects.test.ts",
    testName: "cannot move to another layer",
  },
];
