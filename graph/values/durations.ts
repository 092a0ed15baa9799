import type { Finding } from "../../errors.js";
import { quoted } from "./names.js";
import { isUnknown } from "./unknown-value.js";

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const durationPattern = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const hourlessPattern = /^([0-9]+(\.[0-9]+)?(ms|s|m))+$/;

/** What a duration may be. */
export interface DurationRule {
  /** Smallest and largest, in seconds. */
  readonly from: number;
  readonly to: number;
  /** Whether the unit `h` is refused, as Flux does for the timeout of a source. */
  readonly noHours?: true;
}

/** How often something happens: 10 s to 30 days. */
export const intervalRule: DurationRule = { from: 10, to: 720 * 3600 };

/** How long something may take: 1 s to one day. */
export const timeoutRule: DurationRule = { from: 1, to: 24 * 3600 };

/** The least time that Flux gives a check of health, in seconds. */
export const shortestCheckSeconds = 30;

/** How long a source may take: as {@link timeoutRule}, without the unit `h`. */
export const sourceTimeoutRule: DurationRule = { ...timeoutRule, noHours: true };

/** The length of a Go duration in seconds; undefined for any other text. */
export function durationSeconds(text: string): number | undefined {
  if (text.length > 64 || !durationPattern.test(text)) {
    return undefined;
  }
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? ""] ?? 0);
  }
  return seconds;
}

/**
 * The findings of a duration. One bad duration in Flux can stop a whole kind for every tenant.
 *
 * @see https://github.com/fluxcd/flux2/security/advisories/GHSA-f4p5-x4vc-mh4v
 */
export function durationFindings(
  value: unknown,
  rule: DurationRule,
  path: string,
): readonly Finding[] {
  if (value === undefined || isUnknown(value)) {
    return [];
  }
  const text = typeof value === "string" ? value : "";
  const seconds = durationSeconds(text);
  const units = rule.noHours === true ? "ms, s, m" : "ms, s, m, h";
  if (seconds === undefined || (rule.noHours === true && !hourlessPattern.test(text))) {
    return [
      {
        code: "INVALID_DURATION",
        path,
        problem: `${quoted(value)} is not a duration.`,
        remedy: `Write whole or decimal numbers with units (${units}), for example "90s".`,
      },
    ];
  }
  if (seconds < rule.from || seconds > rule.to) {
    return [
      {
        code: "INVALID_DURATION",
        path,
        problem: `${quoted(value)} is out of range.`,
        remedy: `Give at least ${String(rule.from)}s and at most ${String(rule.to)}s.`,
      },
    ];
  }
  return [];
}
