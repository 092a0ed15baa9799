import type { ContenderName } from "./contender.js";
import type { FleetSize } from "./fleet.js";
import type { Stage } from "./processes.js";
import type { Measurement } from "./run-contender.js";

/** One contender on one size, with what each round measured. */
export interface Series {
  readonly name: ContenderName;
  readonly size: FleetSize;
  readonly rounds: readonly Measurement[];
}

/**
 * Runs every contender on every size, one round after the other, so that whatever else the machine
 * does meanwhile meets all of them.
 *
 * @param log - is told what runs
 */
export function interleaved(
  stage: Stage,
  runs: readonly Pick<Series, "name" | "size">[],
  rounds: number,
  log: (text: string) => void,
): readonly Series[] {
  const series = runs.map((run) => ({ ...run, rounds: [] as Measurement[] }));
  for (let round = 1; round <= rounds; round++) {
    log(`round ${String(round)} of ${String(rounds)}`);
    for (const { name, size, rounds: measured } of series) {
      measured.push(stage.measure(name, size));
    }
  }
  return series;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Quotient of the medians of a time. */
export function quotient(a: Series, b: Series, time: "main" | "wall" | "cpu" = "main"): number {
  const of = ({ rounds }: Series): number => median(rounds.map((round) => round[time]));
  return of(a) / of(b);
}
