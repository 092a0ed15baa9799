import { parseAllDocuments } from "yaml";
import { encryptedLines } from "./encrypted-diff.js";

/** Bounds of a diff. */
export interface DiffLimit {
  /** Lines at most; one more tells how many were left out. @default 40 */
  readonly limit?: number;
}

/**
 * How the fields of a YAML text change, one per line: `spec.interval: "10m" -> "5m"`. Values of
 * Secrets are never shown. Text that is not YAML is described by its length only.
 */
export function diffFields(
  before: string | undefined,
  after: string | undefined,
  { limit = 40 }: DiffLimit = {},
): readonly string[] {
  if (before === after) return [];
  if (before === undefined || after === undefined) return [];
  const lines = fieldLines(before, after);
  return bounded(lines, limit);
}

/** At most `limit` lines; what was cut off is counted in one more. */
export function bounded(lines: readonly string[], limit: number): readonly string[] {
  if (lines.length <= limit) return lines;
  return [...lines.slice(0, limit), `… ${String(lines.length - limit)} more`];
}

function fieldLines(before: string, after: string): readonly string[] {
  const [old, now] = [objectsIn(before), objectsIn(after)];
  if (old === undefined || now === undefined) {
    const count = (text: string): string => String(text.split("\n").length);
    return [`text changes (${count(before)} -> ${count(after)} lines)`];
  }
  const isOne = old.size === 1 && now.size === 1;
  const lines: string[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [was, is] = [old.get(key), now.get(key)];
    if (was === undefined) lines.push(`+ ${key}`);
    else if (is === undefined) lines.push(`- ${key}`);
    else lines.push(...objectLines(was, is, isOne ? "" : `${key} `));
  }
  return lines.length > 0 ? lines : ["comments or layout change"];
}

function objectLines(before: unknown, after: unknown, prefix: string): readonly string[] {
  const lines: string[] = [];
  const encrypted = encryptedLines(before, after);
  if (encrypted === undefined) {
    walk(before, after, prefix, [], false, lines);
    return lines;
  }
  walk(withoutValues(before), withoutValues(after), prefix, [], false, lines);
  return [...lines, ...encrypted.map((line) => `${prefix}${line}`)];
}

/** What is left can be read by everybody. */
function withoutValues(object: unknown): unknown {
  const fields = isObject(object) ? Object.entries(object) : [];
  return Object.fromEntries(
    fields.filter(([key]) => !["data", "stringData", "sops"].includes(key)),
  );
}

function objectsIn(text: string): ReadonlyMap<string, unknown> | undefined {
  const objects = new Map<string, unknown>();
  const documents = parseAllDocuments(text, { logLevel: "silent" });
  if (!Array.isArray(documents)) return objects;
  for (const document of documents) {
    if (document.errors.length > 0) return undefined;
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch {
      return undefined;
    }
    const { kind, metadata } = isObject(value) ? value : {};
    const { namespace, name } = isObject(metadata) ? metadata : {};
    const parts = [kind, [namespace, name].filter(isText).join("/")].filter(isText);
    let key = parts.join(" ").trim() || "document";
    while (objects.has(key)) key += "'";
    objects.set(key, value);
  }
  return objects;
}

function walk(
  before: unknown,
  after: unknown,
  prefix: string,
  path: readonly string[],
  hidden: boolean,
  lines: string[],
): void {
  if (same(before, after)) return;
  const here = prefix + (path.join("").replace(/^\./u, "") || "(whole)");
  if (isObject(before) && isObject(after)) {
    const secret = before["kind"] === "Secret" || after["kind"] === "Secret";
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      const hides = hidden || (secret && !shownInSecret.has(key)) || secretFields.has(key);
      walk(before[key], after[key], prefix, [...path, `.${key}`], hides, lines);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      const next = [...path, `[${String(index)}]`];
      walk(before[index], after[index], prefix, next, hidden, lines);
    }
  } else if (hidden) lines.push(`${here}: (secret) changes`);
  else if (before === undefined) lines.push(`+ ${here}: ${shown(after)}`);
  else if (after === undefined) lines.push(`- ${here}: ${shown(before)}`);
  else lines.push(`${here}: ${shown(before)} -> ${shown(after)}`);
}

// Of a Secret only these are shown; annotations may repeat the data.
const shownInSecret = new Set(["apiVersion", "kind", "type", "immutable"]);
const secretFields = new Set(["stringData", "secretGenerator"]);

function shown(value: unknown): string {
  const text = containsSecret(value) ? "(secret)" : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function containsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  if (!isObject(value)) return false;
  if (value["kind"] === "Secret") return true;
  return Object.entries(value).some(([key, each]) => secretFields.has(key) || containsSecret(each));
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
