/**
 * What a document holds, in the order of its text. Order and types are kept because the message
 * authentication code of SOPS covers both; keys are never JavaScript properties, which would
 * reorder `10` and swallow `__proto__`.
 */

/** A mapping. */
export interface TreeMap {
  readonly kind: "map";
  readonly items: readonly (Entry | Comment)[];
}

/** A sequence. */
export interface TreeList {
  readonly kind: "list";
  readonly items: readonly (Value | Comment)[];
}

/** One key of a mapping. */
export interface Entry {
  readonly kind: "entry";
  readonly key: string;
  readonly value: Value;
}

/** One line of comment, without its `#`. */
export interface Comment {
  readonly kind: "comment";
  readonly text: string;
  /** It stands behind the value that follows it here. */
  readonly inline: boolean;
}

/** A point in time as Go prints it (RFC 3339). */
export interface Time {
  readonly kind: "time";
  readonly text: string;
}

/** Text that is not UTF-8. */
export interface Bytes {
  readonly kind: "bytes";
  readonly bytes: Uint8Array;
}

/** Whole numbers are `bigint`, all others `number`. */
export type Leaf = string | boolean | bigint | number | Time | Bytes;

/** Anything that a key or an item can hold. */
export type Value = TreeMap | TreeList | Leaf | null;

/** No document is nested deeper; a hostile one would exhaust the stack. */
export const deepest = 100;

/** An entry of a mapping. */
export function entry(key: string, value: Value): Entry {
  return { kind: "entry", key, value };
}

/** A mapping. */
export function map(items: readonly (Entry | Comment)[]): TreeMap {
  return { kind: "map", items };
}

/** A line of comment. */
export function comment(text: string, inline = false): Comment {
  return { kind: "comment", text, inline };
}

/** Whether an item is a comment. */
export function isComment(item: Entry | Value | Comment): item is Comment {
  return typeof item === "object" && item !== null && item.kind === "comment";
}

/** Whether a value holds others. */
export function isCollection(value: Value): value is TreeMap | TreeList {
  return (
    typeof value === "object" && value !== null && (value.kind === "map" || value.kind === "list")
  );
}

/** The value of a key, undefined when it is not there. */
export function valueOf(tree: TreeMap, key: string): Value | undefined {
  for (const item of tree.items) {
    if (item.kind === "entry" && item.key === key) return item.value;
  }
  return undefined;
}

/** The mapping without a key. */
export function without(tree: TreeMap, key: string): TreeMap {
  return map(tree.items.filter((item) => item.kind !== "entry" || item.key !== key));
}

/** Where a value stands, for messages: `data.password`, with several documents `[1].data.password`. */
export function placeOf(path: readonly string[], document?: number): string {
  const plain = /^[\w./@-]{1,80}$/;
  const keys = path.map((key) => (plain.test(key) ? key : JSON.stringify(key.slice(0, 60))));
  const start = document === undefined ? "" : `[${String(document)}]${keys.length > 0 ? "." : ""}`;
  return start + keys.join(".") || "document";
}
