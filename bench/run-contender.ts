import { readFileSync, writeFileSync } from "node:fs";
import type { Contender, ObjectFile, WrittenFile } from "./contender.js";
import type { FleetSize } from "./fleet.js";
import { mainThread } from "./main-thread.js";

/** What one process measured. Times in milliseconds. */
export interface Measurement {
  /** Of the main thread while it ran: what a quiet machine would take; see {@link mainThread}. */
  readonly main: number;
  /** By the clock. */
  readonly wall: number;
  /** Of all threads: with V8's compiler and garbage collector beside the main one. */
  readonly cpu: number;
  /** Loading the modules, not part of the others. */
  readonly load: number;
  /** Largest resident memory of the process, in MiB. */
  readonly peak: number;
  readonly files: number;
  readonly bytes: number;
}

/** What a process is told. */
export interface Order {
  /** Bundle of the contender. */
  readonly module: string;
  readonly size: FleetSize;
  /** JSON file with the objects that contenders other than ours get. */
  readonly objects: string;
  /** Where the texts are written for the proof; nothing is measured then. */
  readonly output?: string;
}

/** Runs one contender once, as a user's program would: in a fresh process, nothing warmed up. */
function main(order: Order): void {
  const before = performance.now();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a bundle, measured while it loads
  const { contender } = require(order.module) as { readonly contender: Contender };
  const load = performance.now() - before;
  const files = (): readonly ObjectFile[] =>
    JSON.parse(readFileSync(order.objects, "utf8")) as ObjectFile[];
  const work = contender({ size: order.size, files });
  if (order.output !== undefined) {
    writeFileSync(order.output, JSON.stringify(work()));
    return;
  }
  console.log(JSON.stringify(measure(work, load)));
}

function measure(work: () => readonly WrittenFile[], load: number): Measurement {
  const cpuBefore = process.cpuUsage();
  const mainBefore = mainThread();
  const start = performance.now();
  const written = work();
  const wall = performance.now() - start;
  const main = mainThread() - mainBefore;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    main: main > 0 ? main : wall,
    wall,
    cpu: (cpu.user + cpu.system) / 1000,
    load,
    peak: process.resourceUsage().maxRSS / 1024,
    files: written.length,
    bytes: written.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
  };
}

main(JSON.parse(process.argv[2] ?? "{}") as Order);
