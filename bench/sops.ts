import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { stringify } from "yaml";
import { partPath } from "../lab/parts/index.js";
import { recipients } from "../test/fixtures/fleets.js";
import { median } from "./rounds.js";
import type { SopsMeasurement, SopsOrder } from "./run-sops.js";

/** Files of a fresh run, of an unchanged one, and processes of sops in a round. */
const counts = { fresh: 200, unchanged: 4000, sops: 20 } as const;

/** Milliseconds of one round. Ours are of all files, that of sops is of one process. */
interface SopsRound {
  readonly fresh: SopsMeasurement;
  readonly unchanged: SopsMeasurement;
  readonly sops: { readonly wall: number; readonly cpu: number };
}

/** What was measured, and whether every bar holds. */
export interface SopsReport {
  readonly text: string;
  readonly passed: boolean;
}

/**
 * Measures sealing Secrets of five values for one recipient beside the real `sops`, one process per
 * file. Processor time is compared, because it says the same on a busy machine.
 *
 * @param log - is told what runs
 */
export function benchSops(rounds: number, log: (text: string) => void): SopsReport {
  const directory = mkdtempSync(join(tmpdir(), "pulumi-flux-fleet-bench-"));
  try {
    const bundle = join(directory, "run-sops.js");
    buildSync({
      ...{ entryPoints: [join(__dirname, "run-sops.ts")], outfile: bundle, bundle: true },
      ...{ platform: "node", target: "node20", logLevel: "error" },
    });
    log(`sealing ${String(counts.unchanged)} files, which will be the unchanged ones`);
    runOurs(directory, bundle, "fresh", counts.unchanged);
    const measured = Array.from({ length: rounds }, (_, index) => {
      log(`round ${String(index + 1)} of ${String(rounds)}`);
      return oneRound(directory, bundle);
    });
    return reportOf(measured);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function oneRound(directory: string, bundle: string): SopsRound {
  const fresh = runOurs(directory, bundle, "fresh", counts.fresh);
  return {
    fresh,
    unchanged: runOurs(directory, bundle, "unchanged", counts.unchanged),
    sops: theirs(directory),
  };
}

function runOurs(
  directory: string,
  bundle: string,
  phase: SopsOrder["phase"],
  files: number,
): SopsMeasurement {
  const head = join(directory, `head-${String(files)}.json`);
  const order: SopsOrder = { phase, files, head, recipient: recipients[0] };
  const printed = execFileSync(process.execPath, [bundle, JSON.stringify(order)], {
    ...{ encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  });
  return JSON.parse(printed) as SopsMeasurement;
}

/** One process of sops for each file, started by a shell, which counts their processor time. */
function theirs(directory: string): SopsRound["sops"] {
  const plain = join(directory, "secret.yaml");
  const secret = {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "database", namespace: "team-1" } },
    stringData: { username: "app", password: "hunter2", host: "db", url: "db:5432", token: "x" },
  };
  writeFileSync(plain, stringify(secret));
  const script = `
    for i in $(seq ${String(counts.sops)}); do
      "$1" --disable-version-check encrypt --age "$2" --encrypted-regex '^(data|stringData)$' "$3" >/dev/null || exit 1
    done
    times`;
  const start = performance.now();
  const { status, stdout } = spawnSync(
    "sh",
    ["-c", script, "sh", partPath("sops"), recipients[0], plain],
    { encoding: "utf8", env: { PATH: process.env.PATH, HOME: directory } },
  );
  const wall = performance.now() - start;
  if (status !== 0) throw new Error("sops failed");
  const [, children = ""] = stdout.trim().split("\n");
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  );
  const cpu = seconds.reduce((sum, each) => sum + each, 0) * 1000;
  return { wall: wall / counts.sops, cpu: cpu / counts.sops };
}

function reportOf(rounds: readonly SopsRound[]): SopsReport {
  const of = (value: (round: SopsRound) => number): number => median(rounds.map(value));
  const cell = (value: number, digits = 2): string => value.toFixed(digits);
  const row = (title: string, wall: number, main: string, cpu: number): string =>
    `| ${title} | ${main} | ${cell(wall)} ms | ${cell(cpu)} ms |`;
  const main = of((round) => round.unchanged.main) / counts.unchanged;
  const fresh = of(({ fresh: { cpu } }) => cpu) / counts.fresh;
  const unchanged = of(({ unchanged: { cpu } }) => cpu);
  const sops = of((round) => round.sops.cpu);
  const bars = [
    ["`sops` / a new file", "≥ 4", "≥ 7", cell(sops / fresh, 1), sops / fresh >= 4],
    [
      ...["an unchanged file with reading back", "≥ 1,500/s", ""],
      `${cell(1000 / main, 0)}/s by _Time_`,
      main <= 1 / 1.5,
    ],
    [
      ...["4,000 unchanged files", "< 3 s", "< 2 s", `${cell(unchanged / 1000)} s`],
      unchanged < 3000,
    ],
  ] as const;
  const text = [
    "| One file of 5 values, 1 recipient | Time | Clock | All threads |",
    "| --- | --- | --- | --- |",
    row(
      `new, of ${String(counts.fresh)}`,
      of((round) => round.fresh.wall) / counts.fresh,
      `${cell(of((round) => round.fresh.main) / counts.fresh)} ms`,
      fresh,
    ),
    row(
      `unchanged, of ${String(counts.unchanged)}`,
      of((round) => round.unchanged.wall) / counts.unchanged,
      `${cell(main)} ms`,
      unchanged / counts.unchanged,
    ),
    row(
      "one process of `sops`",
      of((round) => round.sops.wall),
      "",
      sops,
    ),
    "",
    "| Bar, by _All threads_ | Demanded | Aim | Measured | |",
    "| --- | --- | --- | --- | --- |",
    ...bars.map(
      ([title, demanded, aim, value, holds]) =>
        `| ${title} | ${demanded} | ${aim} | ${value} | ${holds ? "holds" : "missed"} |`,
    ),
    "",
    `Loading age, once: ${cell(
      of((round) => round.fresh.load),
      0,
    )} ms.`,
  ].join("\n");
  return { text, passed: bars.every(([, , , , holds]) => holds) };
}
