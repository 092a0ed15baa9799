/** A promise of the library, as the README and the design make it. */
export interface FleetPromise {
  readonly title: string;
  readonly text: string;
  /** Why no mutant proves it yet; must be absent as soon as one does. */
  readonly notYet?: string;
}

/** Every promise by the id that mutants name. */
export const promises = {
  "two-views": {
    title: "One declaration, two views",
    text: "Every manifest is computed once by a pure function. The Git tree and the cluster resources are two views of that list.",
  },
  "one-applier": {
    title: "One applier per object",
    text: "An object is applied by Flux from Git or by Pulumi, never by both; this is proven over the whole fleet before anything is written.",
  },
  "wrong-fleets": {
    title: "Wrong fleets do not render",
    text: "Dangling references, cycles, duplicate identities, overlapping paths, fields that the Flux of a cluster does not know and tenants that could escalate are found at preview, all together, each with its repair.",
  },
  "same-bytes": {
    title: "Same input, same bytes",
    text: "No clock, random number, locale, map order or order of declaration shows in what is rendered.",
  },
  "never-plaintext": {
    title: "Never plaintext",
    text: "A secret exists in memory and, encrypted, in Pulumi state; nowhere else.",
  },
  "nothing-lost": {
    title: "Nothing is lost by accident",
    text: "No rename, forgotten part, changed setting, failed run, lost state or `pulumi destroy` deletes files or workloads. Removal is explicit.",
  },
  "bot-edits": {
    title: "Bot edits survive",
    text: "What image automation wrote behind a marker stays and shows no diff; a changed declaration wins over it exactly once.",
  },
  neighbours: {
    title: "Human neighbours survive",
    text: "Foreign files are never touched, and a human's edit of an owned file stops `up` instead of being overwritten.",
  },
  scale: {
    title: "Cheap at scale",
    text: "The Pulumi state grows with clusters and owners, not with objects in Git.",
  },
} satisfies Readonly<Record<string, FleetPromise>>;

/** The id of a promise. */
export type PromiseId = keyof typeof promises;
