import { shortDecimal } from "./go-number.js";
import { isCollection, isComment } from "./tree.js";
import type { Comment, Entry, Leaf, TreeList, TreeMap, Value } from "./tree.js";
import { blockHeader, isBlock, quoteString } from "./yaml-string.js";

const step = 4;
const longestSimpleKey = 128;

/** Writes documents in the layout of SOPS: four spaces, lists below their key, comments in place. */
export function writeYaml(documents: readonly TreeMap[]): string {
  return documents
    .map((document) => {
      const comments = isEmpty(document) ? document.items.filter(isComment) : [];
      const body = isEmpty(document) ? "{}\n" : writeMap(document, 0, "");
      return commentLines(comments, 0) + body;
    })
    .join("---\n");
}

/** The entries at a column; `lead` is what stands before the first one on its line. */
function writeMap(tree: TreeMap, indent: number, lead: string): string {
  return writeItems(tree.items, indent, lead, (item, start, inline) =>
    writeEntry(item as Entry, indent, start, inline),
  );
}

function writeList(list: TreeList, indent: number, lead: string): string {
  return writeItems(list.items, indent, lead, (item, start, inline) => {
    const value = item as Value;
    const dash = `${start}- `;
    if (!isCollection(value)) return dash + writeLeaf(value, indent + 2, inline, false);
    const comments = isEmpty(value) ? commentLines(value.items.filter(isComment), indent) : "";
    if (isEmpty(value)) return `${comments}${dash}${emptyText(value)}\n`;
    return value.kind === "map"
      ? writeMap(value, indent + 2, dash)
      : writeList(value, indent + 2, dash);
  });
}

/** Items with the comments before, behind and after them. */
function writeItems(
  items: readonly (Entry | Value | Comment)[],
  indent: number,
  lead: string,
  write: (item: Entry | Value, start: string, inline: string) => string,
): string {
  const margin = " ".repeat(indent);
  // Comments before an item that stands behind a dash go before the dash.
  const dashAt = lead === "" ? indent : lead.length - lead.trimStart().length;
  let out = "";
  let before: Comment[] = [];
  let inline: Comment[] = [];
  let first = true;
  for (const item of items) {
    if (isComment(item)) {
      (item.inline ? inline : before).push(item);
      continue;
    }
    // Only a value on the line of its key has room for a comment behind it.
    const value = isEntry(item) ? item.value : item;
    const [behind, ...others] = isCollection(value) ? [undefined, ...inline] : inline;
    const above = [...before, ...others.filter((each) => each !== undefined)];
    out += commentLines(above, first ? dashAt : indent);
    out += write(item, first && lead !== "" ? lead : margin, behind ? ` #${behind.text}` : "");
    [before, inline, first] = [[], [], false];
  }
  return out + commentLines([...before, ...inline], indent);
}

function writeEntry({ key, value }: Entry, indent: number, start: string, inline: string): string {
  const inner = step * (Math.floor(indent / step) + 1);
  const isSimple = Buffer.byteLength(key) <= longestSimpleKey;
  // What SOPS makes of a merge key; in quotes it would be a key like any other.
  const name = key === "<<" && isCollection(value) ? "!!merge <<" : quoteString(key);
  const head = isSimple ? `${start}${name}:` : `${start}? ${name}\n${" ".repeat(indent)}:`;
  if (!isCollection(value)) {
    return `${head} ${writeLeaf(value, inner, inline, inner - indent === step)}`;
  }
  if (isEmpty(value)) {
    const comments = commentLines(value.items.filter(isComment), indent);
    // Behind a dash there is no line above this one that belongs to the entry.
    const [above, below] = start.trim() === "" ? [comments, ""] : ["", comments];
    return `${above}${head} ${emptyText(value)}\n${below}`;
  }
  const body = value.kind === "map" ? writeMap(value, inner, "") : writeList(value, inner, "");
  return `${head}\n${body}`;
}

/**
 * The value with its line end; a block goes on below, at a column. The number in the header of a
 * block is always that of a full step, so it may be given only where the block is indented by one.
 */
function writeLeaf(
  value: Leaf | null,
  indent: number,
  inline: string,
  isFullStep: boolean,
): string {
  if (typeof value === "string" && isBlock(value, isFullStep)) {
    return block("", value, indent, inline);
  }
  if (typeof value === "object" && value?.kind === "bytes") {
    return writeBytes(value.bytes, indent, inline);
  }
  return `${scalar(value)}${inline}\n`;
}

function scalar(value: Exclude<Leaf, { kind: "bytes" }> | null): string {
  if (typeof value === "string") return quoteString(value);
  if (typeof value === "number") {
    if (Number.isNaN(value)) return ".nan";
    if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
    // SOPS writes `-0` here and then refuses its own file: it reads back as the integer 0.
    return Object.is(value, -0) ? "-0.0" : shortDecimal(value);
  }
  return value !== null && typeof value === "object" ? value.text : String(value);
}

function writeBytes(bytes: Uint8Array, indent: number, inline: string): string {
  const text = Buffer.from(bytes).toString("base64");
  if (text.length < 70) return `!!binary ${text}${inline}\n`;
  return block("!!binary ", text.replace(/.{70}|.+$/g, "$&\n"), indent, inline);
}

function block(tag: string, text: string, indent: number, inline: string): string {
  const margin = " ".repeat(indent);
  const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  const body = lines.map((line) => (line === "" ? "\n" : `${margin}${line}\n`)).join("");
  return `${tag}${blockHeader(text)}${inline}\n${body}`;
}

function commentLines(comments: readonly Comment[], indent: number): string {
  return comments.map(({ text }) => `${" ".repeat(indent)}#${text}\n`).join("");
}

function isEmpty(value: TreeMap | TreeList): boolean {
  return value.items.every(isComment);
}

function emptyText(value: TreeMap | TreeList): string {
  return value.kind === "map" ? "{}" : "[]";
}

function isEntry(item: Entry | Value): item is Entry {
  return typeof item === "object" && item !== null && item.kind === "entry";
}
