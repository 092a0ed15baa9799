/**
 * Stands for a value that is not known yet. Validators skip it; a file that contains it is marked
 * `unknown` and is never committed. Plain letters, so that it reads the same in any file.
 */
export const unknownValue = "unknown-value-of-pulumi-flux-fleet-3f1c7a94";

/** Whether a value is not known yet. */
export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}
