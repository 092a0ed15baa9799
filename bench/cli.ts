import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ContenderName } from "./contender.js";
import { distinctShare, objectsOf } from "./equal-content.js";
import type { FleetSize } from "./fleet.js";
import { contenderNames, openStage } from "./processes.js";
import { report, verdicts } from "./report.js";
import type { Results } from "./report.js";
import { interleaved } from "./rounds.js";
import { benchSops } from "./sops.js";

// `npm run bench`: proves that all contenders write the same, measures them, and fails when a bar is
// missed. `-- --write` puts the tables into docs/performance.md, `-- --rounds 9` runs more rounds.
// `npm run bench -- sops`: the same for sealing Secrets, beside the real `sops`.

const document = join(__dirname, "..", "docs", "performance.md");
const places = {
  fleet: ["<!-- `npm run bench -- --write` writes from here -->", "<!-- to here -->"],
  sops: ["<!-- `npm run bench -- sops --write` writes from here -->", "<!-- sops to here -->"],
} as const;

/** Least share of different strings, so that no contender lives from repeating one tenant. */
const leastDistinct = 0.3;

const sizes: readonly FleetSize[] = [10, 50, 200].map((clusters) => ({ clusters, tenants: 20 }));
const doubled: FleetSize = { clusters: 400, tenants: 20 };

function main(rounds: number, write: boolean): boolean {
  const stage = openStage();
  try {
    const distinct = sizes.map((size) => {
      console.log(`proving equal content for ${String(size.clusters)} x ${String(size.tenants)}`);
      return [size, distinctShare(objectsOf(stage.prove(contenderNames, size)))] as const;
    });
    const runs = [
      ...sizes.flatMap((size) => contenderNames.map((name) => ({ name, size }))),
      { name: "ours" as ContenderName, size: doubled },
    ];
    const results: Results = { series: interleaved(stage, runs, rounds, console.log), distinct };
    const text = report(results);
    console.log(`\n${text}`);
    if (write) writeReport(text, places.fleet);
    return (
      verdicts(results).every(({ passed }) => passed) &&
      distinct.every(([, share]) => share >= leastDistinct)
    );
  } finally {
    stage.close();
  }
}

function mainSops(rounds: number, write: boolean): boolean {
  const { text, passed } = benchSops(rounds, console.log);
  console.log(`\n${text}`);
  if (write) writeReport(text, places.sops);
  return passed;
}

function writeReport(text: string, [begin, end]: (typeof places)[keyof typeof places]): void {
  const before = readFileSync(document, "utf8");
  const [head, rest] = before.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) throw new Error(`${document} has no place for it`);
  writeFileSync(document, `${head}${begin}\n\n${text}\n\n${end}${tail}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    write: { type: "boolean", default: false },
  },
});
const run = positionals[0] === "sops" ? mainSops : main;
process.exitCode = run(Number(values.rounds), values.write) ? 0 : 1;
