import { FleetError, type ErrorCode, type Finding } from "../../../errors.js";

/** An error with one finding. `problem` never holds a value of the document. */
export function refusal(
  code: ErrorCode,
  path: string,
  problem: string,
  remedy: string,
): FleetError {
  return new FleetError([{ code, path, problem, remedy }]);
}

/** The text cannot be read, or SOPS has no place for what it holds. */
export function unreadable(path: string, problem: string, remedy: string): FleetError {
  return refusal("SOPS_FORMAT", path, problem, remedy);
}

/** Throws all findings at once, if there are any. */
export function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new FleetError(findings);
}
