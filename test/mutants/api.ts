import type { Mutant } from "./mutant.js";

/** Breaks of the check of objects against the Flux of their cluster. */
export const apiMutants: readonly Mutant[] = [
  {
    name: "one-flux-for-all",
    promise: "wrong-fleets",
    breaks: "every object is checked as if its cluster ran the newest Flux",
    file: "api/check-object.ts",
    search: "lines.set(version, fluxLine(version)?.line);",
    replace: "lines.set(version, fluxLine(version) && supportedLines.at(-1));",
    test: "test/components/api-validation.test.ts",
    testName: "is checked against the Flux of every cluster that it is on",
  },
  {
    name: "lets-typos-pass",
    promise: "wrong-fleets",
    breaks: "a field that does not exist is taken when it stands in a nested object",
    file: "api/validator.ts",
    search: 'if (!open) report(run, { kind: "unknown", known }, name);',
    replace: 'if (!open && run.trail.length < 2) report(run, { kind: "unknown", known }, name);',
    test: "test/properties/api.test.ts",
    testName: "a strict JSON schema and the check agree",
  },
  {
    name: "forgets-the-rules",
    promise: "wrong-fleets",
    breaks: "the rules in CEL of a definition are not applied to lists and maps within the spec",
    file: "api/validator.ts",
    search: "if (!obeyed(value)) report(run,",
    replace: "if (!obeyed(value) && run.trail.length < 2) report(run,",
    test: "test/api/check-object.test.ts",
    testName: "a retry interval that its strategy does not have",
  },
  {
    name: "ignores-hand-written",
    promise: "wrong-fleets",
    breaks: "objects of hand-written directories are not checked against the cluster's Flux",
    file: "components/fleet/validation/api-validation.ts",
    search: "for (const [cluster, objects] of written) {",
    replace: "for (const [cluster, objects] of [...written].slice(1)) {",
    test: "test/components/api-validation.test.ts",
    testName: "is checked with its file, variables aside",
  },
];
