import type { Finding } from "../../errors.js";
import { durationSeconds, shortestCheckSeconds, timeoutRule } from "./durations.js";
import { quoted } from "./names.js";

/** What is said of a timeout that Flux replaces. */
export const belowShortest: string = `Flux gives a check of health at least ${String(shortestCheckSeconds)}s, so this timeout is not the one that holds.`;

/**
 * The findings of the times of a Kustomization, as far as they are given together.
 *
 * @param lead - what the name of the field comes after, for example `Layer "apps": `
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#timeout
 */
export function timeoutFindings(
  { interval, timeout }: Readonly<Record<"interval" | "timeout", string | undefined>>,
  lead: string,
): readonly Finding[] {
  const longest = timeout === undefined ? undefined : durationSeconds(timeout);
  // What is out of range is found as that.
  if (longest === undefined || longest < timeoutRule.from) return [];
  const path = `${lead}timeout`;
  if (longest < shortestCheckSeconds) {
    const remedy = `Write at least ${String(shortestCheckSeconds)}s.`;
    return [{ code: "TIMEOUT_TOO_SHORT", path, problem: belowShortest, remedy }];
  }
  const between = interval === undefined ? undefined : durationSeconds(interval);
  if (between === undefined || between >= longest) return [];
  return [
    {
      code: "INVALID_DURATION",
      path: `${lead}interval`,
      problem: `While something is not healthy an apply takes ${quoted(timeout)}, so the next one cannot come after ${quoted(interval)}.`,
      remedy: "Give an interval that is at least the timeout, or less time for one apply.",
      severity: "warning",
    },
  ];
}
