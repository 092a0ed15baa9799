import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startLab } from "../../lab/index.js";
import { readState } from "../../lab/state.js";
import { descendants } from "./child-program.js";
import { defaultComponents, eventually, installFlux, isAvailable } from "./install-flux.js";

/** Memory of a process with shared pages counted by share, in MiB. */
function memoryOf(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}

/** Seconds of processor time a process has used. */
function processorTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

test("two clusters with four controllers each fit into 2.3 GiB and 15 seconds of two cores", async (t) => {
  const lab = await startLab({ clusters: 2 });
  t.after(() => lab.stop());
  await Promise.all(
    lab.clusters.map(async (cluster) => {
      await installFlux(cluster);
      const available = defaultComponents.map((name) =>
        eventually(name, () => isAvailable(cluster, name)),
      );
      await Promise.all(available);
    }),
  );
  const { guardian } = readState(lab.stateFile);
  const processes = [guardian, ...descendants(guardian)];
  assert.ok(processes.length >= 1 + 2 * (5 + 4), `${String(processes.length)} processes`);
  const mebibytes = sum(processes.map(memoryOf));
  const seconds = sum(processes.map(processorTimeOf));
  t.diagnostic(`${mebibytes.toFixed(0)} MiB, ${seconds.toFixed(1)} s of processor time`);
  assert.ok(mebibytes > 300 && mebibytes < 2.3 * 1024, `${mebibytes.toFixed(0)} MiB`);
  // Processor time, because the clock also counts what else the machine does.
  assert.ok(seconds < 2 * 15, `${seconds.toFixed(1)} s`);
});
