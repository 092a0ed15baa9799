import { createRequire } from "node:module";
import type * as Cel from "@marcbachmann/cel-js" with { "resolution-mode": "import" };

/** An expression as the reader knows it: its parts, or why it is not one. */
export type ReadExpression =
  | { readonly type: string; readonly calls: ReadonlySet<string> }
  | { readonly problem: string; readonly calls: ReadonlySet<string> };

/** Any fields of any value: what Flux declares its variables as. */
const struct = "map<string, dyn>";

// The reader is loaded with the first expression: most fleets have none.
const load = createRequire(__filename);
let library: typeof Cel | undefined;
const environments = new Map<string, Cel.Environment>();

/**
 * Reads and type-checks an expression with the functions that Flux has.
 *
 * @param variables - names that are declared; undefined when every name may be one
 */
export function readExpression(
  text: string,
  variables: readonly string[] | undefined,
): ReadExpression {
  const environment = environmentOf(variables);
  const calls = new Set<string>();
  try {
    collectCalls(environment.parse(text).ast, calls);
  } catch (error) {
    return { problem: summaryOf(error), calls };
  }
  const { valid, type, error } = environment.check(text);
  return valid ? { type: type ?? "dyn", calls } : { problem: summaryOf(error), calls };
}

function environmentOf(variables: readonly string[] | undefined): Cel.Environment {
  const key = variables?.join(" ") ?? "*";
  const known = environments.get(key);
  if (known !== undefined) return known;
  library ??= load("@marcbachmann/cel-js") as typeof Cel;
  const environment = new library.Environment({
    enableOptionalTypes: true,
    unlistedVariablesAreDyn: variables === undefined,
  });
  for (const signature of fluxFunctions) environment.registerFunction(signature, notCalled);
  for (const [namespace, signatures] of Object.entries(fluxNamespaces)) {
    // The reader has no functions with a dot in their name: methods of something of that name.
    const type = `${namespace}Functions`;
    environment.registerType(type, { fields: {} });
    environment.registerVariable(namespace, type);
    for (const signature of signatures) {
      environment.registerFunction(`${type}.${signature}`, notCalled);
    }
  }
  for (const variable of variables ?? []) environment.registerVariable(variable, struct);
  environments.set(key, environment);
  return environment;
}

/** What Flux adds to the language, and what of the language the reader lacks. */
const fluxFunctions: readonly string[] = [
  "matches(string, string): bool",
  "OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>",
  "string.charAt(int): string",
  "string.format(list<dyn>): string",
  "string.replace(string, string): string",
  "string.replace(string, string, int): string",
  "string.reverse(): string",
  "string(google.protobuf.Timestamp): string",
  "string(google.protobuf.Duration): string",
  "int(google.protobuf.Timestamp): int",
  "timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp",
  "duration(google.protobuf.Duration): google.protobuf.Duration",
];

const fluxNamespaces: Readonly<Record<string, readonly string[]>> = {
  strings: ["quote(string): string"],
  sets: [
    "contains(list<dyn>, list<dyn>): bool",
    "equivalent(list<dyn>, list<dyn>): bool",
    "intersects(list<dyn>, list<dyn>): bool",
  ],
  base64: ["encode(bytes): string", "decode(string): bytes"],
};

function notCalled(): never {
  throw new Error("expressions are read, not evaluated");
}

/** The names of every function and method that an expression calls. */
function collectCalls(node: unknown, calls: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collectCalls(item, calls);
    return;
  }
  if (typeof node !== "object" || node === null || !("op" in node) || !("args" in node)) return;
  const { op, args } = node;
  if ((op === "call" || op === "rcall") && Array.isArray(args)) calls.add(String(args[0]));
  collectCalls(args, calls);
}

/** One line without the excerpt; the position where there is one. */
function summaryOf(error: unknown): string {
  const { summary, range } = (error ?? {}) as {
    readonly summary?: string;
    readonly range?: { readonly start?: number };
  };
  const text = summary ?? (error instanceof Error ? (error.message.split("\n")[0] ?? "") : "");
  const start = range?.start;
  return start === undefined ? text : `${text} (character ${String(start + 1)})`;
}
