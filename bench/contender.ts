import type { FleetSize } from "./fleet.js";

/** One file as a contender writes it. */
export interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** The objects of one file, as every contender but ours gets them. */
export interface ObjectFile {
  readonly path: string;
  readonly objects: readonly object[];
}

/** What a contender gets before the clock runs. */
export interface Task {
  readonly size: FleetSize;
  /** The objects of the whole fleet, ready made; read on first use. */
  readonly files: () => readonly ObjectFile[];
}

/** Prepares the work and returns it: the returned function is what is timed. */
export type Contender = (task: Task) => () => readonly WrittenFile[];

/** Every contender by the name of its file in `contenders/`, ours first. */
export const contenders = {
  ours: "this library, from arguments to texts, everything checked",
  "json-stringify": "`JSON.stringify` of the same objects, the floor",
  printer: "the printer of this library alone, same objects",
  "js-yaml": "`js-yaml` of the same objects",
  yaml: "`yaml` of the same objects",
  cdk8s: "cdk8s, a chart per cluster",
} as const;

/** The name of a contender. */
export type ContenderName = keyof typeof contenders;
