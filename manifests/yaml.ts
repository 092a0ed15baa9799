import { FleetError } from "../errors.js";
import { isSetterMarked } from "./marker.js";
import { findUnprintable, isPlainObject, maxDepth } from "./printable.js";
import { isLiteral, isPlain, printLiteral, printNumber, printString } from "./yaml-scalar.js";

const indents: readonly string[] = Array.from({ length: maxDepth + 1 }, (_, depth) =>
  "  ".repeat(depth),
);

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
  try {
    let out = "";
    for (let i = 0; i < objects.length; i++) {
      const object: unknown = objects[i];
      if (!isPlainObject(object)) throw unprintable;
      if (i > 0) out += "---\n";
      const keys = orderedKeys(object, rootFirst);
      out = keys.length === 0 ? out + "{}\n" : writeMap(out, object, keys, 0, true, "");
    }
    return out;
  } catch (thrown) {
    if (thrown !== unprintable) throw thrown;
    throw new FleetError(findUnprintable(objects));
  }
}

type Entries = Readonly<Record<string, unknown>>;

function writeMap(
  text: string,
  map: Entries,
  keys: readonly string[],
  depth: number,
  isRoot: boolean,
  lead: string,
): string {
  let out = text;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string; // within bounds
    const value = map[key];
    // The first entry of a map that is a list item stands behind its dash.
    const start = i === 0 && lead !== "" ? lead + printKey(key, depth) : printLine(key, depth);
    if (typeof value === "string") out += start + " " + writeString(value, depth) + "\n";
    else if (typeof value !== "object" || value === null) out += start + " " + scalar(value) + "\n";
    else if (Array.isArray(value)) {
      out =
        value.length === 0 ? out + start + " []\n" : writeList(out + start + "\n", value, depth);
    } else if (isPlainObject(value)) {
      const inner = orderedKeys(value, isRoot && key === "metadata" ? metadataFirst : nothingFirst);
      if (inner.length === 0) out += start + " {}\n";
      else out = writeMap(out + start + "\n", value, inner, depth + 1, false, "");
    } else out += start + " " + marked(value) + "\n";
  }
  return out;
}

/**
 * Starts of lines, by depth: a fleet has few keys, each thousands of times. Only a shortcut, the
 * text never depends on it, and bounded.
 */
const lines: readonly Map<string, string>[] = Array.from({ length: 10 }, () => new Map());
const rememberedKeys = 500;

function printLine(key: string, depth: number): string {
  const known = lines[depth]?.get(key);
  return known ?? rememberLine(key, depth, (indents[depth] ?? fail()) + printKey(key, depth));
}

function rememberLine(key: string, depth: number, line: string): string {
  const remembered = lines[depth];
  if (remembered !== undefined && remembered.size < rememberedKeys && key.length < 64) {
    remembered.set(key, line);
  }
  return line;
}

function printKey(key: string, depth: number): string {
  const printed = printString(key) ?? fail();
  return printed.length > longestImplicitKey
    ? `? ${printed}\n${indents[depth] ?? fail()}:`
    : printed + ":";
}

/** Items stand under the key's own column, as kubectl, kustomize and flux print them. */
function writeList(text: string, list: readonly unknown[], depth: number, lead = ""): string {
  let out = text;
  const dash = (indents[depth] ?? fail()) + "- ";
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    const start = i === 0 && lead !== "" ? lead : dash;
    if (typeof item === "string") out += start + writeString(item, depth) + "\n";
    else if (typeof item !== "object" || item === null) out += start + scalar(item) + "\n";
    else if (Array.isArray(item)) {
      out =
        item.length === 0 ? out + start + "[]\n" : writeList(out, item, depth + 1, start + "- ");
    } else if (isPlainObject(item)) {
      const keys = orderedKeys(item, nothingFirst);
      if (keys.length === 0) out += start + "{}\n";
      else out = writeMap(out, item, keys, depth + 1, false, start);
    } else out += start + marked(item) + "\n";
  }
  return out;
}

function writeString(text: string, depth: number): string {
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
  return isOrdered(keys, first) ? keys : keys.sort((a, b) => compareKeys(a, b, first));
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
