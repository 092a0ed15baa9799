import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LineKinds } from "../../api/schema.js";
import { merged } from "../../manifests/object-patch.js";
import { root } from "../test-files.js";
import type { ControllerSource, ReleaseKinds } from "./read-crds.js";

/** Everything known of one Flux line. */
export interface Line {
  /** For example `2.9`. */
  readonly line: string;
  /** The release it was read from, for example `2.9.4`. */
  readonly flux: string;
  readonly controllers: Readonly<Record<string, ControllerSource>>;
  readonly kinds: LineKinds;
}

/** What `api/lines/sources.json` holds, by line. */
type Sources = Readonly<Record<string, Pick<Line, "flux" | "controllers">>>;

/** The lines as committed, newest first. */
export function committedLines(): readonly Line[] {
  // All of it was written by this command and is compared byte for byte by `check`.
  const sources = (readJson("sources.json") ?? {}) as Sources;
  let kinds: LineKinds = {};
  return newestFirst(Object.keys(sources)).map((line, index) => {
    const data = (readJson(`${line}.json`) ?? {}) as LineKinds;
    kinds = index === 0 ? data : (merged(kinds, data) as LineKinds);
    return { line, flux: "", controllers: {}, ...sources[line], kinds };
  });
}

/**
 * The lines with what was read of some releases; controllers that were not read stay as they are.
 *
 * @throws Error when a new line lacks a controller that the newest one has, because its kinds would
 * seem to be gone
 */
export function updatedLines(
  lines: readonly Line[],
  releases: readonly ReleaseKinds[],
): readonly Line[] {
  const byLine = new Map(lines.map((line) => [line.line, line]));
  for (const { flux, controllers } of releases) {
    const line = flux.replace(/\.\d+$/, "");
    const before = byLine.get(line);
    const read = Object.entries(controllers);
    const missing = Object.keys((before ?? lines[0])?.controllers ?? {}).filter(
      (name) => before === undefined && !Object.hasOwn(controllers, name),
    );
    if (missing.length > 0) {
      throw new Error(`Flux ${flux} is a new line without ${missing.sort().join(", ")}.`);
    }
    byLine.set(line, {
      line,
      flux,
      controllers: {
        ...before?.controllers,
        ...Object.fromEntries(read.map(([name, { source }]) => [name, source])),
      },
      kinds: Object.assign({}, before?.kinds, ...read.map(([, { kinds }]) => kinds)) as LineKinds,
    });
  }
  return newestFirst([...byLine.keys()]).flatMap((line) => byLine.get(line) ?? []);
}

function newestFirst(lines: readonly string[]): readonly string[] {
  const order = (line: string): number => {
    const [major = 0, minor = 0] = line.split(".").map(Number);
    return major * 1000 + minor;
  };
  return [...lines].sort((a, b) => order(b) - order(a));
}

function readJson(name: string): unknown {
  const file = join(root, "api/lines", name);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
