import { isUtf8 } from "node:buffer";
import { Scalar } from "yaml";
import { parseTimestamp } from "./timestamp.js";
import type { Leaf } from "./tree.js";
import { resolvePlain } from "./yaml-plain.js";

/** What a scalar holds, or why it cannot be read. */
export type ScalarRead =
  { readonly value: Leaf | null } | { readonly refused: string; readonly remedy: string };

/** Reads a scalar as Go YAML does; only plain text without a tag is ever anything but a string. */
export function readScalar(node: Scalar): ScalarRead {
  const text = node.source ?? "";
  const tag = node.tag?.replace(/^(tag:yaml\.org,2002:|!!)/, "!!");
  // A lone "!" says nothing to Go.
  if (tag === undefined || tag === "!")
    return node.type === Scalar.PLAIN ? plain(text) : { value: text };
  if (tag === "!!binary") return binary(text);
  const isStandard = /^!!(null|bool|int|float|timestamp)$/.test(tag);
  if (!isStandard) return { value: text };
  if (tag === "!!timestamp") {
    const time = parseTimestamp(text);
    return time === undefined ? untagged() : { value: time };
  }
  const read = plain(text);
  if (!("value" in read)) return read;
  const { value } = read;
  if (tag === "!!float" && typeof value === "bigint") return { value: Number(value) };
  const kinds: Readonly<Record<string, boolean>> = {
    "!!null": value === null,
    "!!bool": typeof value === "boolean",
    "!!int": typeof value === "bigint",
    "!!float": typeof value === "number",
  };
  return kinds[tag] === true ? read : untagged();
}

function plain(text: string): ScalarRead {
  const read = resolvePlain(text);
  if ("value" in read) return read;
  return {
    refused: "The number is too large for SOPS.",
    remedy: "Write it in quotes, as a string.",
  };
}

function binary(text: string): ScalarRead {
  const compact = text.replace(/\s/g, "");
  const bytes = Buffer.from(compact, "base64");
  if (bytes.toString("base64") !== compact) {
    return { refused: "The binary value is not base64.", remedy: "Encode it again, with padding." };
  }
  return { value: isUtf8(bytes) ? bytes.toString("utf8") : { kind: "bytes", bytes } };
}

function untagged(): ScalarRead {
  return { refused: "The value is not of the type of its tag.", remedy: "Remove the tag." };
}
