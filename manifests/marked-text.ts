import { isMap, isScalar, isSeq, parseAllDocuments, visit } from "yaml";
import type { Document, Scalar } from "yaml";
import { printString } from "./yaml-scalar.js";

/** A field with a setter marker behind its value. */
export interface MarkedField {
  /** The reference inside the marker: `namespace:name`, `namespace:name:tag`. */
  readonly marker: string;
  /** The value as it is written, a number too. */
  readonly value: string;
  /** Number of the document, then keys and positions in lists. */
  readonly place: readonly (string | number)[];
  /** Where the value starts and ends in the text. */
  readonly range: readonly [start: number, end: number];
}

/** A YAML text, taken apart into what image automation writes and the rest. */
export interface MarkedText {
  /** In the order of the text. */
  readonly fields: readonly MarkedField[];
  /**
   * Everything but the values behind markers, comments included. Two texts with an equal rest differ in nothing
   * else than those values and layout.
   */
  readonly rest: string;
  /** The data, as YAML readers see it. */
  readonly documents: readonly unknown[];
}

const markerPattern = /^\s*\{\s*"\$imagepolicy"\s*:\s*"([^"]+)"\s*\}\s*$/;

/** Takes a YAML text apart; undefined when it cannot be read without doubt. */
export function readMarkedText(text: string): MarkedText | undefined {
  const parsed = parseAllDocuments(text, { logLevel: "silent" });
  const streams = Array.isArray(parsed) ? parsed : [];
  if (streams.some(({ errors }) => errors.length > 0)) return undefined;
  const fields: MarkedField[] = [];
  const markers = new Set<Scalar>();
  for (const [index, document] of streams.entries()) {
    walk(document.contents, [index], (scalar, place) => {
      const marker = markerPattern.exec(scalar.comment ?? "")?.[1];
      const [start, end] = scalar.range ?? [];
      if (marker === undefined || start === undefined || end === undefined) return;
      markers.add(scalar);
      fields.push({ marker, value: textOf(scalar), place, range: [start, end] });
    });
  }
  try {
    const documents = streams.map(dataOf);
    const comments = streams.flatMap((document) => otherComments(document, markers));
    for (const scalar of markers) scalar.value = null;
    const masked = streams.map(dataOf);
    const places = fields.map(({ marker, place }) => [marker, place]);
    return { fields, rest: JSON.stringify([masked, places, comments]), documents };
  } catch {
    return undefined; // too many aliases
  }
}

/**
 * The same text with other values behind its markers.
 *
 * @param read - what {@link readMarkedText} made of this text
 * @param values - one for each field
 */
export function withMarkedValues(
  text: string,
  read: MarkedText,
  values: readonly string[],
): string {
  let result = "";
  let from = 0;
  for (const [index, { range, value }] of read.fields.entries()) {
    const next = values[index] ?? value;
    result += text.slice(from, range[0]);
    result += next === value ? text.slice(...range) : (printString(next) ?? value);
    from = range[1];
  }
  return result + text.slice(from);
}

/** The value at a place of {@link MarkedField}; undefined when there is none. */
export function valueAt({ documents }: MarkedText, place: readonly (string | number)[]): unknown {
  return place.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([name]) => name === String(key))?.[1];
  }, documents);
}

function walk(
  node: unknown,
  place: readonly (string | number)[],
  found: (scalar: Scalar, place: readonly (string | number)[]) => void,
): void {
  if (isScalar(node)) found(node, place);
  else if (isSeq(node))
    for (const [i, item] of node.items.entries()) walk(item, [...place, i], found);
  else if (isMap(node)) {
    for (const { key, value } of node.items) walk(value, [...place, keyOf(key)], found);
  }
}

function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : JSON.stringify(key);
}

// `1.10` without quotes is a number to YAML, and a tag to image automation.
function textOf({ value, source }: Scalar): string {
  return typeof value === "string" ? value : (source ?? String(value));
}

function dataOf(document: Document.Parsed): unknown {
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

function otherComments(document: Document.Parsed, markers: ReadonlySet<Scalar>): readonly string[] {
  const comments: unknown[] = [document.commentBefore, document.comment];
  visit(document, {
    Node(_, node) {
      comments.push(node.commentBefore);
      if (!isScalar(node) || !markers.has(node)) comments.push(node.comment);
    },
  });
  return comments.filter((comment) => typeof comment === "string");
}
