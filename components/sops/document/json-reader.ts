import { isInt64 } from "./go-number.js";
import { unreadable } from "./refusal.js";
import { deepest, entry, map } from "./tree.js";
import type { Entry, Leaf, TreeMap, Value } from "./tree.js";

// Written so that a string of many megabytes is read in one go.
const control = "\\0-\\x1f";
const characters = `[^"\\\\${control}]*`;
const string = `"${characters}(?:\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4})${characters})*"`;
const numeral = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const token = new RegExp(
  `[ \\t\\r\\n]*(?:([{}[\\],:])|(${string})|(${numeral})|(true|false|null)|$)`,
  "y",
);

/**
 * Reads one JSON object with the order of its keys, which `JSON.parse` changes, and with whole
 * numbers of 64 bits.
 *
 * @throws FleetError SOPS_FORMAT; no text of the document is repeated
 */
export function readJson(text: string): TreeMap {
  return new JsonReader(text).document();
}

class JsonReader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): TreeMap {
    const value = this.value(this.next(), 0);
    if (typeof value !== "object" || value?.kind !== "map") {
      throw unreadable("document", "The document is no JSON object.", "Put it below a key.");
    }
    if (this.next() !== "") throw this.malformed();
    return value;
  }

  private value(start: string, depth: number): Value {
    if (depth > deepest) {
      throw unreadable("document", "The document is nested too deeply.", "Split it.");
    }
    if (start === "{") return this.object(depth);
    if (start === "[") return this.array(depth);
    if (start.startsWith('"')) return this.string(start);
    if (start === "null") return null;
    if (start === "true" || start === "false") return start === "true";
    if (/^[-\d]/.test(start)) return number(start);
    throw this.malformed();
  }

  private object(depth: number): TreeMap {
    const items: Entry[] = [];
    const keys = new Set<string>();
    let next = this.next();
    while (next !== "}") {
      const key = next.startsWith('"') ? this.string(next) : undefined;
      if (key === undefined || this.next() !== ":") throw this.malformed();
      if (keys.has(key)) {
        throw unreadable(this.place(), "A key stands twice in one object.", "Remove one of them.");
      }
      keys.add(key);
      items.push(entry(key, this.value(this.next(), depth + 1)));
      next = this.separator("}");
    }
    return map(items);
  }

  private array(depth: number): Value {
    const items: Value[] = [];
    let next = this.next();
    while (next !== "]") {
      items.push(this.value(next, depth + 1));
      next = this.separator("]");
    }
    return { kind: "list", items };
  }

  /** The token after a comma, or the end of the collection. */
  private separator(end: string): string {
    const next = this.next();
    if (next === end) return end;
    if (next !== ",") throw this.malformed();
    const after = this.next();
    if (after === end) throw this.malformed();
    return after;
  }

  private string(source: string): string {
    const text = JSON.parse(source) as string;
    if (/[\ud800-\udfff]/u.test(text)) throw this.malformed();
    return text;
  }

  private next(): string {
    token.lastIndex = this.at;
    const found = token.exec(this.text);
    if (found === null) throw this.malformed();
    this.at = token.lastIndex;
    const [, mark, text, digits, word] = found as (string | undefined)[];
    return mark ?? text ?? digits ?? word ?? "";
  }

  private malformed(): Error {
    return unreadable(this.place(), "The text is not JSON.", "Mend it there.");
  }

  private place(): string {
    return `line ${this.text.slice(0, this.at).split("\n").length}`;
  }
}

/** As SOPS: whole if it is written so and fits 64 bits, else a float. */
function number(text: string): Leaf {
  if (/^-?\d+$/.test(text) && isInt64(BigInt(text))) return BigInt(text);
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw unreadable("document", "A number is too large.", "Write it in quotes, as a string.");
}
