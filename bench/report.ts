import { cpus, totalmem } from "node:os";
import type { Bar } from "./bars.js";
import { bars, passes, slopeLimit } from "./bars.js";
import type { ContenderName } from "./contender.js";
import { contenders } from "./contender.js";
import type { FleetSize } from "./fleet.js";
import type { Series } from "./rounds.js";
import { median, quotient } from "./rounds.js";
import type { Measurement } from "./run-contender.js";

/** All that the report is made of. */
export interface Results {
  readonly series: readonly Series[];
  /** Share of different strings among all strings of the objects, by size. */
  readonly distinct: readonly (readonly [FleetSize, number])[];
}

/** One bar with what was measured. */
export interface Verdict {
  readonly title: string;
  readonly demanded: string;
  readonly aim: string;
  readonly measured: Readonly<Record<"main" | "wall" | "cpu", number>>;
  readonly passed: boolean;
}

/** Every bar, judged by the time of the main thread. */
export function verdicts({ series }: Results): readonly Verdict[] {
  const at = (name: ContenderName, clusters: number): Series => {
    const found = series.find((one) => one.name === name && one.size.clusters === clusters);
    if (found === undefined) throw new Error(`${name} did not run`);
    return found;
  };
  const judged = (pair: readonly [Series, Series]): Verdict["measured"] => ({
    main: quotient(...pair),
    wall: quotient(...pair, "wall"),
    cpu: quotient(...pair, "cpu"),
  });
  const ofBars = bars.map((bar): Verdict => {
    const [first, second] = bar.of;
    const measured = judged([at(first, 200), at(second, 200)]);
    const passed = passes(measured.main, bar);
    return { title: bar.title, demanded: demanded(bar), aim: aim(bar), measured, passed };
  });
  const slope = judged([at("ours", 400), at("ours", 200)]);
  return [
    ...ofBars,
    {
      title: "ours: 400 x 20 / 200 x 20",
      demanded: `≤ ${String(slopeLimit)}`,
      aim: "",
      measured: slope,
      passed: slope.main <= slopeLimit,
    },
  ];
}

/** The report as Markdown. */
export function report(results: Results): string {
  return [
    ...machine(),
    "",
    "| Contender | Fleet | Time (min) | Clock | All threads | Peak memory | Files | MB |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...results.series.map(row),
    "",
    ...Object.entries(contenders).map(([name, what]) => `- **${name}**: ${what}.`),
    "",
    `Different strings among all strings: ${shares(results)}.`,
    `Loading the modules, not part of the times: ${loads(results)}.`,
    "",
    "| Bar at 200 x 20 | Demanded | Aim | Time | Clock | All threads | |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...verdicts(results).map(
      ({ title, demanded: bar, aim: wish, measured: { main, wall, cpu }, passed }) =>
        `| ${title} | ${bar} | ${wish} | ${main.toFixed(2)} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${passed ? "holds" : "missed"} |`,
    ),
  ].join("\n");
}

function machine(): readonly string[] {
  const day = new Date().toISOString().slice(0, 10);
  const [core] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `Measured on ${day}: ${String(cpus().length)} cores (${core?.model ?? "unknown"}), ${String(memory)} GiB, Node ${process.versions.node}.`,
  ];
}

function row({ name, size, rounds }: Series): string {
  const of = (field: keyof Measurement): readonly number[] => rounds.map((round) => round[field]);
  const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
  const [first] = rounds;
  return `| ${[
    name,
    fleet(size),
    `${ms(median(of("main")))} (${ms(Math.min(...of("main")))})`,
    ms(median(of("wall"))),
    ms(median(of("cpu"))),
    `${median(of("peak")).toFixed(0)} MiB`,
    String(first?.files ?? 0),
    ((first?.bytes ?? 0) / 1e6).toFixed(1),
  ].join(" | ")} |`;
}

function shares({ distinct }: Results): string {
  return distinct.map(([size, share]) => `${fleet(size)} ${(share * 100).toFixed(0)} %`).join(", ");
}

function loads({ series }: Results): string {
  return series
    .filter(({ size }) => size.clusters === 200)
    .map(({ name, rounds }) => `${name} ${median(rounds.map(({ load }) => load)).toFixed(0)} ms`)
    .join(", ");
}

function fleet({ clusters, tenants }: FleetSize): string {
  return `${String(clusters)} x ${String(tenants)}`;
}

function demanded({ limit }: Bar): string {
  return "atMost" in limit ? `≤ ${String(limit.atMost)}` : `≥ ${String(limit.atLeast)}`;
}

function aim({ limit, aim: wish }: Bar): string {
  return "atMost" in limit ? `≤ ${String(wish)}` : `≥ ${String(wish)}`;
}
