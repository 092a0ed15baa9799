import type { PromiseId } from "./promises.js";

/** One deliberate break of a promise; its test must notice. It changes behaviour, not just text. */
export interface Mutant {
  /** Kebab-case, unique. */
  readonly name: string;
  readonly promise: PromiseId;
  /** What the code does after the change, for the table. */
  readonly breaks: string;
  /** The file that is changed, from the root of the checkout. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly search: string;
  readonly replace: string;
  /** The only test file that runs. */
  readonly test: string;
  /** Limits the run to tests whose title matches this pattern. @default the whole file */
  readonly testName?: string;
}
