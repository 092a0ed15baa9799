import { isUtf8 } from "node:buffer";
import { readDotenv, writeDotenv } from "./dotenv.js";
import { flatten, isFlatMetadataKey, unflatten } from "./flat-metadata.js";
import { readJson } from "./json-reader.js";
import { writeJson } from "./json-writer.js";
import { notEncrypted } from "./metadata.js";
import { refusal, unreadable } from "./refusal.js";
import { sameValue } from "./same-value.js";
import { entry, map, valueOf, without } from "./tree.js";
import type { Entry, TreeMap } from "./tree.js";
import { readYaml } from "./yaml-reader.js";
import { writeYaml } from "./yaml-writer.js";

/** The formats of SOPS that are supported; `binary` is any file, kept as one value in JSON. */
export const sopsFormats = ["yaml", "json", "dotenv", "binary"] as const;

/** One of {@link sopsFormats}. */
export type SopsFormat = (typeof sopsFormats)[number];

/** Reads plain text. @throws FleetError SOPS_FORMAT, SOPS_ALREADY_ENCRYPTED */
export function readPlain(text: string | Uint8Array, format: SopsFormat): readonly TreeMap[] {
  if (format === "binary") return [map([entry("data", binaryValue(text))])];
  const documents = read(textIn(text), format);
  const isOurs = ({ key }: Entry): boolean =>
    format === "dotenv" ? isFlatMetadataKey(key) : key === "sops";
  if (documents.some(({ items }) => items.some((item) => item.kind === "entry" && isOurs(item)))) {
    throw refusal(
      "SOPS_ALREADY_ENCRYPTED",
      "sops",
      "The text holds SOPS metadata already.",
      "Decrypt it first, or rename the key if the text is plain.",
    );
  }
  return documents;
}

/** Writes plain text; bytes only for a binary document that is not UTF-8. */
export function writePlain(documents: readonly TreeMap[], format: SopsFormat): string | Uint8Array {
  const [first = map([])] = documents;
  if (format === "yaml") return writeYaml(documents);
  if (format === "json") return writeJson(first);
  if (format === "dotenv") return writeDotenv(first);
  const data = valueOf(first, "data");
  if (typeof data === "string") return data;
  if (typeof data === "object" && data?.kind === "bytes") return data.bytes;
  throw unreadable(
    "data",
    "The document holds no binary data.",
    "Give the format of the document.",
  );
}

/** Documents with the metadata apart. @throws FleetError SOPS_FORMAT, SOPS_NOT_ENCRYPTED */
export function readEncrypted(
  text: string,
  format: SopsFormat,
): { readonly documents: readonly TreeMap[]; readonly metadata: TreeMap } {
  const documents = read(text, format);
  const [first = map([]), ...others] = documents;
  if (format === "dotenv") {
    const isFlat = (item: TreeMap["items"][number]): item is Entry =>
      item.kind === "entry" && isFlatMetadataKey(item.key);
    const flat = first.items.filter(isFlat);
    if (flat.length === 0) throw notEncrypted();
    return {
      documents: [map(first.items.filter((item) => !isFlat(item)))],
      metadata: unflatten(flat),
    };
  }
  const metadata = valueOf(first, "sops");
  if (typeof metadata !== "object" || metadata?.kind !== "map") throw notEncrypted();
  // SOPS writes the same block into every document and reads the first; Flux reads each.
  others.forEach((other, index) => {
    if (sameValue(valueOf(other, "sops") ?? null, metadata)) return;
    throw refusal(
      "SOPS_METADATA",
      `[${index + 1}].sops`,
      "The metadata differ from those of the first document.",
      "Encrypt each document in a file of its own.",
    );
  });
  return { documents: documents.map((document) => without(document, "sops")), metadata };
}

/** Writes documents with their metadata, as SOPS does: last in each, or as flat keys. */
export function writeEncrypted(
  documents: readonly TreeMap[],
  metadata: TreeMap,
  format: SopsFormat,
): string {
  const added = format === "dotenv" ? flatten(metadata) : [entry("sops", metadata)];
  const complete = documents.map(({ items }) => map([...items, ...added]));
  const [first = map([])] = complete;
  if (format === "yaml") return writeYaml(complete);
  return format === "dotenv" ? writeDotenv(first) : writeJson(first);
}

function read(text: string, format: SopsFormat): readonly TreeMap[] {
  if (format === "yaml") return readYaml(text);
  return [format === "dotenv" ? readDotenv(text) : readJson(text)];
}

function binaryValue(text: string | Uint8Array): Entry["value"] {
  if (typeof text === "string") return text;
  return isUtf8(text) ? Buffer.from(text).toString("utf8") : { kind: "bytes", bytes: text };
}

function textIn(text: string | Uint8Array): string {
  if (typeof text === "string") return text;
  if (isUtf8(text)) return Buffer.from(text).toString("utf8");
  throw unreadable("document", "The bytes are not UTF-8.", 'Use the format "binary".');
}
