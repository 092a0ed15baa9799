import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { loadAll } from "js-yaml";
import { parseAllDocuments } from "yaml";
import type { ContenderName, ObjectFile, WrittenFile } from "./contender.js";
import { contenders } from "./contender.js";
import { demandEqualContent, isApiObject, objectsOf } from "./equal-content.js";
import type { FleetSize } from "./fleet.js";
import type { Measurement, Order } from "./run-contender.js";

/** A place where contenders run, each time in a process of its own. */
export interface Stage {
  /** Runs a contender once. */
  measure(name: ContenderName, size: FleetSize): Measurement;
  /** Objects of a fleet, after it is proven that each of these contenders writes exactly those. */
  prove(names: readonly ContenderName[], size: FleetSize): readonly ObjectFile[];
  /** Removes what it wrote. */
  close(): void;
}

/** Bundles every contender as a published package would be: no loader that changes code on the way. */
export function openStage(): Stage {
  const directory = mkdtempSync(join(tmpdir(), "pulumi-flux-fleet-bench-"));
  const sources = join(__dirname, "contenders");
  buildSync({
    entryPoints: [
      join(__dirname, "run-contender.ts"),
      ...readdirSync(sources).map((file) => join(sources, file)),
    ],
    outbase: __dirname,
    outdir: directory,
    bundle: true,
    platform: "node",
    target: "node20",
    external: ["cdk8s", "constructs", "js-yaml", "yaml"],
    logLevel: "error",
  });
  const objectsFile = ({ clusters, tenants }: FleetSize): string =>
    join(directory, `objects-${String(clusters)}-${String(tenants)}.json`);
  const run = (name: ContenderName, size: FleetSize, output?: string): string =>
    runProcess(join(directory, "run-contender.js"), {
      module: join(directory, "contenders", `${name}.js`),
      size,
      objects: objectsFile(size),
      ...(output === undefined ? {} : { output }),
    });
  const written = (name: ContenderName, size: FleetSize): readonly WrittenFile[] => {
    const output = join(directory, "output.json");
    run(name, size, output);
    return JSON.parse(readFileSync(output, "utf8")) as WrittenFile[];
  };
  return {
    measure: (name, size) => JSON.parse(run(name, size)) as Measurement,
    prove(names, size) {
      const files = written("ours", size)
        .filter(({ path }) => !path.endsWith("gotk-components.yaml"))
        .map(({ path, text }) => ({ path, objects: loadAll(text) as object[] }));
      writeFileSync(objectsFile(size), JSON.stringify(files));
      const expected = objectsOf(files);
      for (const name of names) {
        const wanted = name === "cdk8s" ? expected.filter(isApiObject) : expected;
        demandEqualContent(name, written(name, size).flatMap(parserOf(name)), wanted);
      }
      return files;
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}

/** A parser that is not of the library that wrote the text. */
function parserOf(name: ContenderName): (file: WrittenFile) => readonly object[] {
  if (name === "json-stringify") {
    return ({ text }) =>
      text
        .trimEnd()
        .split("\n---\n")
        .map((line) => JSON.parse(line) as object);
  }
  if (name === "yaml") {
    return ({ text }) => loadAll(text) as object[];
  }
  return ({ path, text }) =>
    path.endsWith("gotk-components.yaml")
      ? []
      : parseAllDocuments(text).map((document) => document.toJS() as object);
}

/** The name of every contender. */
export const contenderNames = Object.keys(contenders) as readonly ContenderName[];

function runProcess(script: string, order: Order): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(order)], {
    encoding: "utf8",
    cwd: join(__dirname, ".."),
    env: { ...process.env, NODE_PATH: join(__dirname, "..", "node_modules"), NODE_OPTIONS: "" },
    maxBuffer: 1024 * 1024,
  });
  if (status !== 0) throw new Error(`A contender failed.\n${stderr}`);
  return stdout;
}
