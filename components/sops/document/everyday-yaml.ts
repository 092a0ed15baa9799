import { deepest, entry, map } from "./tree.js";
import type { Entry, Leaf, TreeList, TreeMap, Value } from "./tree.js";
import { resolvePlain } from "./yaml-plain.js";

// Text that every reader of YAML takes for the same: nothing here needs a second look.
const key = /^([A-Za-z_][\w./-]{0,127}):(?: (.+))?$/;
const plain = /^[A-Za-z0-9^_/.][!-~]*(?: [!-~]+)*$/;
const notPlain = /: | #|:$/;
const quoted = /^(?:"([ !#-[\]-~]*)"|'([ -&(-~]*)')$/;
const blockLine = /^[!-~][ -~]*$/;

/** More lines than a file of secrets has. */
const mostLines = 50_000;

/**
 * Reads the YAML that nearly all files of SOPS are made of: one document of block mappings, lists
 * and short text, as SOPS and this library write them. Undefined for everything else, which is left
 * to the parser of the whole language, seven times slower; both read the same.
 */
export function readEverydayYaml(text: string): TreeMap | undefined {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length > mostLines) return undefined;
  const reader = new EverydayReader(lines);
  const tree = reader.mapping(0, 0);
  return reader.isAtEnd() ? tree : undefined;
}

class EverydayReader {
  private at = 0;

  constructor(private readonly lines: string[]) {}

  isAtEnd(): boolean {
    return this.at === this.lines.length;
  }

  /** The entries that begin at a column; undefined when a line is none of them, or none is. */
  mapping(column: number, depth: number): TreeMap | undefined {
    const items: Entry[] = [];
    const seen = new Set<string>();
    while (this.columnHere() === column) {
      const [, name, rest] = key.exec(this.lineHere(column)) ?? [];
      if (name === undefined || seen.has(name) || typeof scalarOf(name) !== "string")
        return undefined;
      seen.add(name);
      this.at++;
      const value = this.valueOf(rest, column, depth);
      if (value === undefined || this.columnHere() > column) return undefined;
      items.push(entry(name, value));
    }
    return items.length > 0 ? map(items) : undefined;
  }

  private list(column: number, depth: number): TreeList | undefined {
    const items: Value[] = [];
    while (this.columnHere() === column) {
      const line = this.lineHere(column);
      if (!line.startsWith("- ")) return undefined;
      const rest = line.slice(2);
      let value: Value | undefined;
      if (key.test(rest)) {
        // The dash stands where the mapping is indented.
        this.lines[this.at] = `${" ".repeat(column + 2)}${rest}`;
        value = this.mapping(column + 2, depth + 1);
      } else {
        this.at++;
        value = scalarOf(rest);
      }
      if (value === undefined || this.columnHere() > column) return undefined;
      items.push(value);
    }
    return items.length > 0 ? { kind: "list", items } : undefined;
  }

  /** What stands behind a key, or below it. */
  private valueOf(rest: string | undefined, column: number, depth: number): Value | undefined {
    if (rest === "|") return this.block(column);
    if (rest !== undefined) return scalarOf(rest);
    const inner = this.columnHere();
    if (inner <= column || depth > deepest) return undefined;
    return this.lineHere(inner).startsWith("-")
      ? this.list(inner, depth + 1)
      : this.mapping(inner, depth + 1);
  }

  /** The lines of a literal block, each with its line end. */
  private block(column: number): string | undefined {
    const inner = this.columnHere();
    if (inner <= column) return undefined;
    let text = "";
    while (this.columnHere() >= inner) {
      const line = this.lineHere(inner);
      if (!blockLine.test(line)) return undefined;
      text += `${line}\n`;
      this.at++;
    }
    return text;
  }

  /** How far the line is indented; -1 at the end. A blank line is never part of anything here. */
  private columnHere(): number {
    const line = this.lines[this.at];
    if (line === undefined) return -1;
    let column = 0;
    while (line.charCodeAt(column) === 32) column++;
    return column;
  }

  private lineHere(column: number): string {
    return (this.lines[this.at] ?? "").slice(column);
  }
}

/** The value of text on one line; undefined when it is not plainly one. */
function scalarOf(text: string): Leaf | null | undefined {
  if (/^["']/.test(text)) {
    const [, double, single] = quoted.exec(text) ?? [];
    return double ?? single;
  }
  if (!plain.test(text) || notPlain.test(text)) return undefined;
  const read = resolvePlain(text);
  return "value" in read ? read.value : undefined;
}
