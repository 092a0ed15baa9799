import { unreadable } from "./refusal.js";
import { isCollection, isComment } from "./tree.js";
import type { Leaf, TreeList, TreeMap, Value } from "./tree.js";

/** Writes one document as SOPS does: tabs, characters of HTML escaped. JSON has no comments. */
export function writeJson(document: TreeMap): string {
  return `${write(document, "")}\n`;
}

function write(value: Value, margin: string): string {
  if (!isCollection(value)) return scalar(value);
  const inner = `${margin}\t`;
  const lines = members(value, inner);
  const [open, close] = value.kind === "map" ? ["{", "}"] : ["[", "]"];
  if (lines.length === 0) return open + close;
  return `${open}\n${lines.map((line) => inner + line).join(",\n")}\n${margin}${close}`;
}

function members(value: TreeMap | TreeList, inner: string): readonly string[] {
  if (value.kind === "list") {
    return value.items.flatMap((item) => (isComment(item) ? [] : [write(item, inner)]));
  }
  return value.items.flatMap((item) =>
    isComment(item) ? [] : [`${string(item.key)}: ${write(item.value, inner)}`],
  );
}

function scalar(value: Leaf | null): string {
  if (typeof value === "string") return string(value);
  if (typeof value === "number") {
    if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
    throw unreadable("document", "A number is not finite.", "Use YAML, or write it in quotes.");
  }
  if (value === null || typeof value !== "object") return String(value);
  if (value.kind === "time") return string(value.text);
  throw unreadable("document", "A value is not text.", "Use the format that it was written in.");
}

function string(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
