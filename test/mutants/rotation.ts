import type { Mutant } from "./mutant.js";

/** Changing identities: no cluster may lose one that it still needs. */
export const rotationMutants: readonly Mutant[] = [
  {
    name: "encrypts-to-an-identity-unseen",
    promise: "nothing-lost",
    breaks: "files are encrypted to an identity that the cluster may not have",
    file: "graph/changes/identities.ts",
    search: "if (installed !== undefined) return installed.includes(recipient);",
    replace: "if (installed === undefined || installed.includes(recipient)) return true;",
    test: "test/properties/identities.test.ts",
    testName: "lets every cluster read every file",
  },
  {
    name: "drops-an-identity-unseen",
    promise: "nothing-lost",
    breaks: "the old identity goes while a Kustomization may still apply files of it",
    file: "graph/changes/identities.ts",
    search: "if (behind?.length === 0 && foreign.length === 0) return true;",
    replace: "if ((behind ?? []).length < 2 && foreign.length === 0) return true;",
    test: "test/properties/identities.test.ts",
    testName: "lets every cluster read every file",
  },
  {
    name: "turns-back-and-forgets",
    promise: "nothing-lost",
    breaks: "who turns back twice loses the identity of files that are still applied",
    file: "graph/changes/identities.ts",
    search:
      'return isThere ? { recipient: current, phase: "reencrypting", next: recipient } : head;',
    replace:
      'return isThere ? { recipient: current, phase: "introducing", next: recipient } : head;',
    test: "test/properties/identities.test.ts",
    testName: "lets every cluster read every file",
  },
  {
    name: "an-empty-state-takes-the-key",
    promise: "nothing-lost",
    breaks: "after the loss of the state the Secret loses the only identity that reads the files",
    file: "graph/changes/identity-findings.ts",
    search: "(one) => !isUnknown(one) && !known.includes(one),",
    replace: "(one) => !isUnknown(one) && known.length > 9,",
    test: "test/components/part-identity.test.ts",
    testName: "is not replaced by that of an empty state",
  },
  {
    name: "a-late-kustomization-counts-as-done",
    promise: "nothing-lost",
    breaks: "a Kustomization that has applied nothing yet does not hold up a rotation",
    file: "components/fleet/wiring/identity-observation.ts",
    search: "isBehind: one.readsRootSource && !(await isAtHead(one.appliedCommit)),",
    replace: "isBehind: one.appliedCommit !== undefined && !(await isAtHead(one.appliedCommit)),",
    test: "test/components/part-identity.test.ts",
    testName: "are behind until they applied the commit",
  },
];
