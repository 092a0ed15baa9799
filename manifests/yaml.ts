import { FleetError } from "../errors.js";
import { isSetterMarked } from "./marker.js";
import { findUnprintable, isPlainObject, maxDepth } from "./printable.js";
import { isLiteral, isPlain, printLiteral, printNumber, printString } from "./yaml-scalar.js";

const indents: readonly string[] = Array.from({ length: maxDepth + 1 }, (_, depth) =>
  "  ".repeat(depth),
);
const dashes: readonly string[] = indents.map((indent) => `\n${indent}- `);

// An implicit key ends within 1024 characters in every reader; the rest is margin for its quotes.
const longestImplicitKey = 1000;

/** What the writer throws at the first obstacle; the search for all of them follows. */
const unprintable = new Error("A value cannot be printed.");

/**
 * Prints objects as one YAML stream: `---` between documents, a final line end, "" for an empty
 * list. Equal values give equal bytes, whatever the order of keys: `apiVersion`, `kind` and
 * `metadata` first (`name`, `namespace` first inside it), the rest by code unit; lists keep theirs.
 * Every string and key comes back identical from Go YAML v2 and v3, PyYAML, `yaml` and `js-yaml`.
 * There are no anchors, no folded lines and no comments other than those of `imagePolicyMarker`.
 *
 * @throws FleetError with every value that YAML would drop or change, each with its path (`a.b`,
 * with several objects `[1].a.b`): UNPRINTABLE_VALUE, UNPRINTABLE_STRING, UNRESOLVED_OUTPUT
 */
export function printYaml(objects: readonly object[]): string {
  if (objects.length === 0) return "";
  try {
    // Joined once: text that grows by concatenation keeps all its pieces until it is first read.
    const out: string[] = [];
    for (let i = 0; i < objects.length; i++) {
      const object: unknown = objects[i];
      if (!isPlainObject(object)) throw unprintable;
      if (i > 0) out.push("\n---\n");
      const keys = orderedKeys(object, rootFirst);
      if (keys.length === 0) out.push("{}");
      else writeMap(out, object, keys, 0, true, "");
    }
    out.push("\n");
    return out.join("");
  } catch (thrown) {
    if (thrown !== unprintable) throw thrown;
    throw new FleetError(findUnprintable(objects));
  }
}

type Entries = Readonly<Record<string, unknown>>;

/** @param lead - what the first entry stands behind, instead of on a line of its own */
function writeMap(
  out: string[],
  map: Entries,
  keys: readonly string[],
  depth: number,
  isRoot: boolean,
  lead?: string,
): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string; // within bounds
    const value = map[key];
    const start = i === 0 && lead !== undefined ? lineStart(lead, key, depth) : newLine(key, depth);
    if (typeof value === "string") out.push(start.ofScalar, printText(value, depth));
    else if (typeof value !== "object" || value === null) out.push(start.ofScalar, scalar(value));
    else if (Array.isArray(value)) {
      if (value.length === 0) out.push(start.ofScalar, "[]");
      else {
        out.push(start.ofBlock);
        writeList(out, value, depth);
      }
    } else if (isPlainObject(value)) {
      const inner = orderedKeys(value, isRoot && key === "metadata" ? metadataFirst : nothingFirst);
      if (inner.length === 0) out.push(start.ofScalar, "{}");
      else {
        out.push(start.ofBlock);
        writeMap(out, value, inner, depth + 1, false);
      }
    } else out.push(start.ofScalar, marked(value));
  }
}

/** A key with all that precedes its value. */
interface LineStart {
  readonly ofScalar: string;
  readonly ofBlock: string;
}

/**
 * Keys on lines of their own, by depth: a fleet has few keys, each thousands of times. Only a
 * shortcut, the text never depends on it, and bounded.
 */
const lines: readonly Map<string, LineStart>[] = Array.from({ length: 10 }, () => new Map());
const rememberedKeys = 500;

function newLine(key: string, depth: number): LineStart {
  return lines[depth]?.get(key) ?? rememberLine(key, depth);
}

function rememberLine(key: string, depth: number): LineStart {
  const line = lineStart(`\n${indents[depth] ?? fail()}`, key, depth);
  const remembered = lines[depth];
  if (remembered !== undefined && remembered.size < rememberedKeys && key.length < 64) {
    remembered.set(key, line);
  }
  return line;
}

function lineStart(before: string, key: string, depth: number): LineStart {
  const printed = printString(key) ?? fail();
  const ofBlock =
    printed.length > longestImplicitKey
      ? `${before}? ${printed}\n${indents[depth] ?? fail()}:`
      : `${before}${printed}:`;
  return { ofBlock, ofScalar: `${ofBlock} ` };
}

/** Items stand under the key's own column, as kubectl, kustomize and flux print them. */
function writeList(out: string[], list: readonly unknown[], depth: number, lead?: string): void {
  const dash = dashes[depth] ?? fail();
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    const start = i === 0 && lead !== undefined ? lead : dash;
    if (typeof item === "string") out.push(start, printText(item, depth));
    else if (typeof item !== "object" || item === null) out.push(start, scalar(item));
    else if (Array.isArray(item)) {
      if (item.length === 0) out.push(start, "[]");
      else writeList(out, item, depth + 1, `${start}- `);
    } else if (isPlainObject(item)) {
      const keys = orderedKeys(item, nothingFirst);
      if (keys.length === 0) out.push(start, "{}");
      else writeMap(out, item, keys, depth + 1, false, start);
    } else out.push(start, marked(item));
  }
}

function printText(text: string, depth: number): string {
  if (isPlain(text)) return text;
  if (isLiteral(text)) return printLiteral(text, (indents[depth] ?? fail()) + "  ");
  return printString(text) ?? fail();
}

function scalar(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return printNumber(value) ?? fail();
  return fail();
}

function marked(value: object): string {
  if (!isSetterMarked(value)) return fail();
  return `${printString(value.value) ?? fail()} # {"$imagepolicy": "${value.marker}"}`;
}

const nothingFirst: readonly string[] = [];
const rootFirst: readonly string[] = ["apiVersion", "kind", "metadata"];
const metadataFirst: readonly string[] = ["name", "namespace"];

/** The keys in printing order; most maps come ordered and are not sorted again. */
function orderedKeys(map: Entries, first: readonly string[]): readonly string[] {
  const keys = Object.keys(map);
  if (isOrdered(keys, first)) return keys;
  // Without a function of ours the order is that of code units, and sorting much cheaper.
  return first === nothingFirst ? keys.sort() : keys.sort((a, b) => compareKeys(a, b, first));
}

function isOrdered(keys: readonly string[], first: readonly string[]): boolean {
  let before = keys[0] as string; // of no use when there is none
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    // The first character decides mostly, and is much cheaper to compare than the whole.
    if (first !== nothingFirst || !(before.charCodeAt(0) < key.charCodeAt(0))) {
      if (compareKeys(before, key, first) > 0) return false;
    }
    before = key;
  }
  return true;
}

function compareKeys(a: string, b: string, first: readonly string[]): number {
  for (const key of first) {
    if (a === key) return -1;
    if (b === key) return 1;
  }
  return a < b ? -1 : 1;
}

function fail(): never {
  throw unprintable;
}
