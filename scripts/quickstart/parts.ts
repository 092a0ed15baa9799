import { existsSync } from "node:fs";
import { planFor } from "../../lab/parts/build.js";
import {
  buildParts,
  dataPath,
  labHome,
  partStatuses,
  type DataName,
  type PartName,
} from "../../lab/parts/index.js";
import { clusterParts } from "../../lab/plan.js";
import type { Setting } from "./arguments.js";
import { fitted, heading, print, table, wrap } from "./screen.js";

/** Prints which parts the setting needs, what is there, and what the rest costs; then builds that. */
export async function provideParts(setting: Setting, signal: AbortSignal): Promise<void> {
  const names: readonly (PartName | DataName)[] =
    setting.kind === "lab" ? [...clusterParts, "pulumi"] : ["pulumi", "flux-install"];
  const plan = planFor(names);
  const statuses = partStatuses(plan.parts);
  const missing = statuses.filter(({ present }) => !present);
  const missingData = plan.data.filter((name) => !existsSync(dataPath(name)));

  heading("Real parts, built from their own sources");
  const found = statuses.filter(({ present }) => present);
  const there = found.map(({ name, version }) => `${name} ${version}`.replace(/ local$/, ""));
  if (there.length > 0) print(...wrap(`Found: ${there.join(", ")}.`));
  if (missing.length === 0 && missingData.length === 0) {
    print("Nothing to download, nothing to build.");
    return;
  }
  if (there.length > 0) print("");
  const minutes = sum(missing.map(({ estimatedMinutes }) => estimatedMinutes));
  const megabytes = sum(missing.map(({ downloadMegabytes }) => downloadMegabytes));
  table([
    ["to build", "version", "minutes", "GB to download"],
    ...missing.map((part) => [
      part.name,
      part.version,
      part.estimatedMinutes.toFixed(1).padStart(7),
      gigabytes(part.downloadMegabytes),
    ]),
    ...missingData.map((name) => [name, "data", "0.1".padStart(7), gigabytes(0)]),
    ["together", "", minutes.toFixed(1).padStart(7), gigabytes(megabytes)],
  ]);
  print(
    "",
    "The minutes are those of two cores. Ctrl-C ends it cleanly; the next run goes on from there.",
    `The parts are kept in ${labHome()} for later runs.`,
    "",
  );
  await buildParts(names, { onProgress: (line) => print(fitted(line)), signal });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function gigabytes(megabytes: number): string {
  return (megabytes / 1000).toFixed(2).padStart(14);
}
