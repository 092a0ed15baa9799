/**
 * Every code a finding can carry. Codes are stable for ever: callers and tests switch on them,
 * people read the text. `docs/errors.md` holds the meaning and the remedy of each.
 */
export const errorCodes = {
  // filled by subject; the table in docs/errors.md is kept equal to this object by a test
  INVALID_NAME: "A name, namespace, label or key breaks the rule Kubernetes sets for it.",
} as const;

/** A stable identifier of a problem, see `docs/errors.md`. */
export type ErrorCode = keyof typeof errorCodes;

/** One problem in a declaration, with the way to mend it. */
export interface Finding {
  /** Stable identifier, see `docs/errors.md`. */
  readonly code: ErrorCode;
  /** Where, as the user wrote it, for example `tenants[0].source.url` or `Tenant "payments": path`. */
  readonly path: string;
  /** What is wrong, with the value received (never for a secret field). */
  readonly problem: string;
  /** What to do about it, as a sentence. */
  readonly remedy: string;
  /** `warning` is shown and does not stop; everything else stops before anything is written. @default "error" */
  readonly severity?: "error" | "warning";
}

const brand: unique symbol = Symbol.for("pulumi-flux-fleet/FleetError");

/** Thrown with every finding at once; nothing was written. */
export class FleetError extends Error {
  readonly [brand] = true;
  /** All findings, in path order. */
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[], options?: { readonly cause?: unknown }) {
    const ordered = inPathOrder(findings);
    super(ordered.map(formatFinding).join("\n"), options);
    this.name = "FleetError";
    this.findings = ordered;
  }

  /** The code of the first finding. */
  get code(): ErrorCode | undefined {
    return this.findings[0]?.code;
  }

  /** Tells a FleetError from any other value, also one thrown by another copy of this package. */
  static is(value: unknown): value is FleetError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** One line for people: `path: problem Remedy [CODE]`. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}: ${finding.problem} ${finding.remedy} [${finding.code}]`;
}

/** The same findings sorted by path, then code, then text; equal ones once. */
export function inPathOrder(findings: readonly Finding[]): readonly Finding[] {
  const key = (f: Finding): string => `${f.path}\0${f.code}\0${f.problem}`;
  const unique = new Map(findings.map((finding) => [key(finding), finding]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, f]) => f);
}
