import { spawnSync } from "node:child_process";
import { partPath } from "./paths.js";

/** A value exactly as a Go YAML parser understood it. Texts of numbers and times are Go's own. */
export type JudgedNode =
  | { readonly type: "null" }
  | { readonly type: "string" | "binary"; readonly base64: string }
  | { readonly type: "int" | "float" | "bool" | "time"; readonly text: string }
  | { readonly type: "sequence"; readonly items: readonly JudgedNode[] }
  | { readonly type: "mapping"; readonly entries: readonly (readonly [JudgedNode, JudgedNode])[] };

/** What one parser made of a stream: its documents, or its refusal. */
export interface JudgedStream {
  readonly documents: readonly JudgedNode[];
  readonly error?: string;
}

/** What both parsers made of a stream: `v2` is gopkg.in/yaml.v2 (YAML 1.1 booleans), `v3` is go.yaml.in/yaml/v3. */
export interface Judgement {
  readonly v2: JudgedStream;
  readonly v3: JudgedStream;
}

/**
 * Lets two Go parsers read YAML streams, all in one process.
 * @param streams - texts; each may hold several documents
 * @returns one judgement per stream, in order
 * @throws Error when the part `yaml-judge` is missing or fails
 */
export function judgeYaml(streams: readonly (string | Uint8Array)[]): Judgement[] {
  if (streams.length === 0) return [];
  const input = streams.map((stream) => Buffer.from(stream).toString("base64")).join("\n") + "\n";
  const result = spawnSync(partPath("yaml-judge"), {
    input,
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  if (result.error !== undefined || result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim();
    throw new Error(
      `Cannot run the part "yaml-judge": ${reason}. Build it with lab/parts/build-cli.ts.`,
    );
  }
  return result.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Judgement);
}

/**
 * The plain JavaScript value of a judged node, for data that is also valid JSON.
 * @throws TypeError for what JSON cannot say: binary, times, keys that are no strings, integers that lose digits
 */
export function plainValue(node: JudgedNode): unknown {
  switch (node.type) {
    case "null":
      return null;
    case "string":
      return Buffer.from(node.base64, "base64").toString("utf8");
    case "bool":
      return node.text === "true";
    case "int":
    case "float": {
      const value = Number(node.text);
      if (!Number.isFinite(value) || (node.type === "int" && !Number.isSafeInteger(value))) {
        throw new TypeError(`The number ${node.text} has no exact JavaScript value.`);
      }
      return value;
    }
    case "sequence":
      return node.items.map(plainValue);
    case "mapping":
      return Object.fromEntries(
        node.entries.map(([key, value]) => {
          if (key.type !== "string") throw new TypeError(`A ${key.type} key has no JSON form.`);
          return [plainValue(key) as string, plainValue(value)];
        }),
      );
    case "binary":
    case "time":
      throw new TypeError(`A ${node.type} value has no JSON form.`);
    default:
      return node satisfies never;
  }
}
