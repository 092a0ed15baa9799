import { spawnSync } from "node:child_process";
import path from "node:path";
import jsYaml from "js-yaml";
import { parseAllDocuments } from "yaml";
import {
  judgeYaml,
  partPath,
  partStatuses,
  type JudgedNode,
  type JudgedStream,
} from "../../lab/parts/index.js";
import { isSetterMarked } from "../../manifests/index.js";

/** A reader we did not write, and what it made of one stream: a comparable text, or its refusal. */
export interface Reading {
  readonly reader: string;
  readonly text: string;
}

/** The parts of the lab that read YAML. */
export const judges = ["yaml-judge", "pyyaml"] as const;

/** One clear sentence when a judge is not built; undefined when all are there. */
export function missingJudges(): string | undefined {
  const missing = partStatuses(judges).filter((status) => !status.present);
  if (missing.length === 0) return undefined;
  const names = missing.map((status) => `"${status.name}"`).join(" and ");
  return `The lab's part ${names} that judges YAML is not built: run "npm run lab -- build".`;
}

/** What every reader makes of each stream, one process per language for all of them. */
export function readEverywhere(streams: readonly string[]): Reading[][] {
  const go = judgeYaml(streams);
  const python = readWithPyYaml(streams);
  return streams.map((stream, index) => {
    const { v2, v3 } = go[index] ?? missing();
    return [
      { reader: "Go YAML v2", text: judged(v2) },
      { reader: "Go YAML v3", text: judged(v3) },
      ...Object.entries(python[index] ?? missing()).map(([reader, result]) => ({
        reader,
        text: judged(result),
      })),
      { reader: "yaml 1.2", text: readWithYaml(stream, "1.2") },
      { reader: "yaml 1.1", text: readWithYaml(stream, "1.1") },
      { reader: "js-yaml", text: readWithJsYaml(stream) },
    ];
  });
}

/** The comparable text of documents as they were declared. Numbers of JavaScript readers have no type. */
export function expected(documents: readonly unknown[], reader: string): string {
  const typed = !/^(?:yaml|js-yaml)/.test(reader);
  return JSON.stringify(documents.map((document) => canonical(document, typed)));
}

function canonical(value: unknown, typed: boolean): unknown {
  if (value === null) return ["null"];
  if (isSetterMarked(value)) return ["string", value.value];
  switch (typeof value) {
    case "string":
      return ["string", value];
    case "boolean":
      return ["bool", value];
    case "number":
      return [typed ? (Number.isInteger(value) ? "int" : "float") : "number", value];
    case "object":
      if (Array.isArray(value)) return value.map((item) => canonical(item, typed));
      if (value instanceof Map) return sorted([...(value as Map<unknown, unknown>)], typed);
      if (value instanceof Date || value instanceof Uint8Array || value instanceof Set) break;
      return sorted(Object.entries(value), typed);
    default:
  }
  return ["other", typeof value];
}

function sorted(entries: readonly (readonly [unknown, unknown])[], typed: boolean): unknown {
  return inKeyOrder(
    entries.map(([key, value]) => [canonical(key, typed), canonical(value, typed)]),
  );
}

/** The order of keys means nothing, and JavaScript moves those that look like integers. */
function inKeyOrder(entries: readonly (readonly [unknown, unknown])[]): unknown {
  const keyed = entries.map((entry) => ({ order: JSON.stringify(entry[0]), entry }));
  keyed.sort((a, b) => (a.order < b.order ? -1 : 1));
  return { map: keyed.map(({ entry }) => entry) };
}

function judged(stream: JudgedStream): string {
  if (stream.error !== undefined) return `refused: ${stream.error}`;
  return JSON.stringify(stream.documents.map(canonicalNode));
}

function canonicalNode(node: JudgedNode): unknown {
  switch (node.type) {
    case "null":
      return ["null"];
    case "string":
      return ["string", Buffer.from(node.base64, "base64").toString("utf8")];
    case "bool":
      return ["bool", node.text === "true"];
    case "int":
    case "float":
      return [node.type, Number(node.text)];
    case "sequence":
      return node.items.map(canonicalNode);
    case "mapping":
      return inKeyOrder(
        node.entries.map(([key, value]) => [canonicalNode(key), canonicalNode(value)]),
      );
    case "binary":
    case "time":
      return ["other", node.type];
    default:
      return node satisfies never;
  }
}

function readWithYaml(stream: string, version: "1.1" | "1.2"): string {
  const documents = parseAllDocuments(stream, { version });
  if (!Array.isArray(documents)) return "[]";
  const error = documents.flatMap((document) => [...document.errors, ...document.warnings])[0];
  if (error !== undefined) return `refused: ${error.message}`;
  return expected(
    documents.map((document) => document.toJS({ mapAsMap: true }) as unknown),
    "yaml",
  );
}

function readWithJsYaml(stream: string): string {
  try {
    return expected(jsYaml.loadAll(stream), "js-yaml");
  } catch (error) {
    return `refused: ${String(error)}`;
  }
}

function readWithPyYaml(streams: readonly string[]): Record<string, JudgedStream>[] {
  const script = path.join(__dirname, "read-with-pyyaml.py");
  const input = streams.map((stream) => Buffer.from(stream).toString("base64")).join("\n") + "\n";
  const result = spawnSync(partPath("pyyaml"), [script], {
    input,
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  if (result.status !== 0) {
    throw new Error(`PyYAML failed: ${result.error?.message ?? result.stderr}`);
  }
  return result.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, JudgedStream>);
}

function missing(): never {
  throw new Error("A reader gave fewer answers than there were streams.");
}
