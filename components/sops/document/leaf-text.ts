import { isUtf8 } from "node:buffer";
import { isInt64, parseDecimal, plainDecimal } from "./go-number.js";
import { parseTimestamp } from "./timestamp.js";
import { comment } from "./tree.js";
import type { Comment, Leaf } from "./tree.js";

/** What SOPS calls the type of a value. */
export type LeafType = "str" | "int" | "float" | "bool" | "time" | "comment";

/** A value as SOPS encrypts and hashes it. */
export interface LeafText {
  readonly type: LeafType;
  readonly text: string | Uint8Array;
}

/** The text of a value, the same that Go makes of it. */
export function textOf(leaf: Leaf | Comment): LeafText {
  if (typeof leaf === "string") return { type: "str", text: leaf };
  if (typeof leaf === "bigint") return { type: "int", text: String(leaf) };
  if (typeof leaf === "number") return { type: "float", text: plainDecimal(leaf) };
  if (typeof leaf === "boolean") return { type: "bool", text: leaf ? "True" : "False" };
  if (leaf.kind === "time") return { type: "time", text: leaf.text };
  if (leaf.kind === "bytes") return { type: "str", text: leaf.bytes };
  return { type: "comment", text: leaf.text };
}

/** The value of a decrypted text; undefined when the text is none of its type. */
export function leafOf(type: string, bytes: Buffer): Leaf | Comment | undefined {
  if (type === "str" || type === "bytes") {
    return isUtf8(bytes) ? bytes.toString("utf8") : { kind: "bytes", bytes };
  }
  const text = bytes.toString("utf8");
  if (type === "comment") return comment(text);
  if (type === "int") {
    return /^[-+]?\d+$/.test(text) && isInt64(BigInt(text)) ? BigInt(text) : undefined;
  }
  if (type === "float") return parseDecimal(text);
  if (type === "time") return /T/.test(text) ? parseTimestamp(text) : undefined;
  if (type === "bool" && /^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (type === "bool" && /^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  return undefined;
}
