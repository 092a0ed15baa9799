import type { Mutant } from "./mutant.js";

const test = "test/graph/image-findings.test.ts";

/** Mutants of images, of who writes their tags, and of what both are refused for. */
export const imageMutants: readonly Mutant[] = [
  {
    name: "publishes-older-tags-to-an-emptied-repository",
    promise: "bot-edits",
    breaks: "a repository that was made anew gets the declared tags, older than those that ran",
    file: "repository/lost-markers.ts",
    search: "if (published !== undefined) return [];",
    replace: "if (published === undefined) return [];",
    test: "test/repository/lost-markers.test.ts",
    testName: "gets no older tags from a program that published before",
  },
  {
    name: "takes-a-foreign-policy-for-its-own",
    promise: "wrong-fleets",
    breaks: "a marker is accepted although the choice of its policy goes to another repository",
    file: "graph/references/marker-findings.ts",
    search: 'reads === undefined || overlaps(reads, { ...fleet, directory: "" }),',
    replace: 'reads === undefined || reads.branch !== "" || fleet.branch === "",',
    test,
    testName: "whose automation writes another repository or branch",
  },
  {
    name: "writes-for-every-ring-at-once",
    promise: "wrong-fleets",
    breaks: "one policy may choose for several rings, so that a new tag reaches all in one commit",
    file: "graph/references/marker-findings.ts",
    search: "if (first === undefined || rings.length < 2) return [];",
    replace: "if (first === undefined || rings.length > 1) return [];",
    test,
    testName: "of a policy that chooses for two rings",
  },
  {
    name: "lets-two-write-one-directory",
    promise: "wrong-fleets",
    breaks: "two automations may write files of one directory and undo each other",
    file: "graph/references/image-writers.ts",
    search: "(isInside || a.startsWith(b) || b.startsWith(a))",
    replace: "(isInside && a === b)",
    test,
    testName: "of one directory, or of one within the other",
  },
  {
    name: "lets-a-tenant-write-the-platform",
    promise: "wrong-fleets",
    breaks: "a tenant's image automation may write the repository of the platform",
    file: "graph/references/writer-findings.ts",
    search: "reads?.repository === fleet.repository,",
    replace: "reads?.repository !== fleet.repository,",
    test,
    testName: "a tenant's automation",
  },
  {
    name: "follows-any-version-in-production",
    promise: "wrong-fleets",
    breaks: "an image of production may follow every later major version without a reason",
    file: "graph/references/floating-findings.ts",
    search: 'if (names.length === 0 || !isOfKind(placed.object, "ImagePolicy")) return [];',
    replace: 'if (names.length > 0 || !isOfKind(placed.object, "ImagePolicy")) return [];',
    test,
    testName: "an image without an upper end",
  },
];
