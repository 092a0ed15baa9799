import type { ContenderName } from "./contender.js";

/** Something that the benchmark demands, as a quotient of two times at 200 x 20. */
export interface Bar {
  readonly title: string;
  /** Time of the first divided by time of the second. */
  readonly of: readonly [ContenderName, ContenderName];
  /** Largest quotient that passes, or smallest. */
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
  /** What is wished for. */
  readonly aim: number;
}

/** The bars at 200 clusters x 20 tenants. */
export const bars: readonly Bar[] = [
  {
    title: "ours / `JSON.stringify`",
    of: ["ours", "json-stringify"],
    limit: { atMost: 4 },
    aim: 2.5,
  },
  {
    title: "printer alone / `JSON.stringify`",
    of: ["printer", "json-stringify"],
    limit: { atMost: 1.3 },
    aim: 1.1,
  },
  { title: "cdk8s / ours", of: ["cdk8s", "ours"], limit: { atLeast: 20 }, aim: 45 },
  { title: "`yaml` / ours", of: ["yaml", "ours"], limit: { atLeast: 8 }, aim: 16 },
  { title: "`js-yaml` / ours", of: ["js-yaml", "ours"], limit: { atLeast: 4 }, aim: 8 },
];

/** Largest quotient of the times of ours for 400 x 20 and 200 x 20. */
export const slopeLimit = 2.4;

/** Whether a quotient passes. */
export function passes(quotient: number, { limit }: Bar): boolean {
  return "atMost" in limit ? quotient <= limit.atMost : quotient >= limit.atLeast;
}
