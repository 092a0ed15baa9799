import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { readEverydayYaml } from "./everyday-yaml.js";
import { unreadable } from "./refusal.js";
import { comment, deepest, entry, map, placeOf } from "./tree.js";
import type { Comment, Entry, TreeList, TreeMap, Value } from "./tree.js";
import { readScalar } from "./yaml-scalar-reader.js";

/** Aliases are written out, and a few lines of them can stand for billions of values. */
const mostValues = 200_000;

/**
 * Reads YAML as Go does, one tree per document, with its comments. Aliases are expanded.
 *
 * @throws FleetError SOPS_FORMAT; no text of the document is repeated
 */
export function readYaml(text: string): readonly TreeMap[] {
  const everyday = readEverydayYaml(text);
  return everyday === undefined ? readAnyYaml(text) : [everyday];
}

// Line ends for Go that are none for JavaScript, and characters that Go refuses.
const disputed = /\r(?!\n)|(?![\t\n\r])\p{Cc}|[\u2028\u2029\ufffe\uffff]/u;

/** As {@link readYaml}, by the parser of the whole language. */
export function readAnyYaml(text: string): readonly TreeMap[] {
  const strange = text.search(disputed);
  if (strange !== -1) {
    throw unreadable(
      `line ${text.slice(0, strange).split("\n").length}`,
      "A character is the end of a line to some readers, or refused by them.",
      'Write it as an escape in double quotes, like "\\r".',
    );
  }
  const lines = new LineCounter();
  const options = { schema: "failsafe", version: "1.2", resolveKnownTags: false } as const;
  const documents = notTooDeep(() =>
    parseAllDocuments(text, {
      ...options,
      ...{ keepSourceTokens: true, prettyErrors: false, lineCounter: lines, logLevel: "silent" },
    }),
  );
  if (!Array.isArray(documents) || documents.length === 0) {
    throw unreadable("document", "There is none.", "Give at least one YAML document.");
  }
  for (const { errors } of documents) {
    const [error] = errors;
    if (error === undefined) continue;
    const { line, col } = lines.linePos(error.pos[0]);
    throw unreadable(
      `line ${line}, column ${col}`,
      `The text is not YAML (${error.code}).`,
      "Mend it there.",
    );
  }
  return documents.map((document, index) =>
    new DocumentReader(document, lines, documents.length > 1 ? index : undefined).read(),
  );
}

/** The parser follows the nesting of the text until its stack ends. */
function notTooDeep<T>(parse: () => T): T {
  try {
    return parse();
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw unreadable("document", "The document is nested too deeply.", "Split it.");
  }
}

/** A comment below a nested collection, and the column where it begins. */
interface Loose {
  readonly line: Comment;
  readonly column: number;
}

class DocumentReader {
  private values = 0;
  private depth = 0;
  /** The parser's own search for an anchor visits the whole document each time. */
  private readonly anchors = new Map<string, Node>();
  /** What an alias means where it is written, whatever has its anchor when it is expanded. */
  private readonly targets = new Map<Node, Node>();
  /** Comments after the collection just read that stand further left than it does. */
  private loose: readonly Loose[] = [];

  constructor(
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
    private readonly index: number | undefined,
  ) {}

  read(): TreeMap {
    const { contents, commentBefore, comment: after } = this.document;
    const inside = this.root(contents);
    return map([...linesOf(commentBefore), ...inside, ...linesOf(after)]);
  }

  private root(contents: Node | null): readonly (Entry | Comment)[] {
    if (isMap(contents)) {
      const { items } = this.value(contents, []) as TreeMap;
      return [...linesOf(contents.commentBefore), ...items, ...this.looseFrom(0)];
    }
    // `---` alone is an empty document.
    if (contents === null || (isScalar(contents) && this.value(contents, []) === null)) {
      return [...linesOf(contents?.commentBefore), ...linesOf(contents?.comment)];
    }
    throw this.refused([], "The document is not a mapping.", "Put it below a key.");
  }

  private map(node: YAMLMap, path: readonly string[]): TreeMap {
    const pairs = node.items as Pair<Node | null, Node | null>[];
    const column = columnOf(node);
    return map([
      ...pairs.flatMap((pair) => [...this.pair(pair, path), ...this.looseFrom(column)]),
      ...this.trailing(node, column),
    ]);
  }

  private pair(pair: Pair<Node | null, Node | null>, path: readonly string[]): (Entry | Comment)[] {
    const key = isScalar(pair.key) ? this.value(pair.key, path) : undefined;
    if (typeof key !== "string") {
      throw this.refused(path, "A key is not a string.", 'Write it in quotes, like "8080".');
    }
    const at = [...path, key];
    const before = [...linesOf(pair.key?.commentBefore), ...linesOf(pair.key?.comment)];
    const { value } = pair;
    if (isMap(value) || isSeq(value)) {
      // A comment on the line of the key belongs before the key, those below it into the value.
      const inner = linesOf(value.commentBefore);
      const outer = inner.splice(0, commentsOnKeyLine(pair));
      if (value.flow === true) inner.push(...linesOf(value.comment));
      const tree = this.value(value, at) as TreeMap | TreeList;
      return [...before, ...outer, entry(key, withComments(inner, tree))];
    }
    const [inline, ...after] = linesOf(value?.comment);
    return [
      ...before,
      ...linesOf(value?.commentBefore),
      ...(inline === undefined ? [] : [comment(inline.text, true)]),
      entry(key, this.value(value, at)),
      ...after,
    ];
  }

  private list(node: YAMLSeq, path: readonly string[]): TreeList {
    const column = columnOf(node);
    const items = (node.items as (Node | null)[]).flatMap((item): readonly (Value | Comment)[] => {
      const [inline, ...after] = isScalar(item) ? linesOf(item.comment) : [];
      return [
        ...linesOf(item?.commentBefore),
        ...(inline === undefined ? [] : [comment(inline.text, true)]),
        this.value(item, path),
        ...after,
        ...this.looseFrom(column),
      ];
    });
    return { kind: "list", items: [...items, ...this.trailing(node, column)] };
  }

  private value(node: Node | null, path: readonly string[]): Value {
    if (path.length > deepest || this.depth > 2 * deepest || ++this.values > mostValues) {
      const problem = "The document is nested too deeply or has too many values.";
      throw this.refused([], problem, "Split it.");
    }
    if (node === null) return null;
    if ("anchor" in node && typeof node.anchor === "string" && !this.targets.has(node)) {
      this.anchors.set(node.anchor, node);
      this.targets.set(node, node); // seen; when it is expanded its name may mean another
    }
    if (isMap(node) || isSeq(node)) {
      this.depth++;
      const value = isMap(node) ? this.map(node, path) : this.list(node, path);
      this.depth--;
      return value;
    }
    if (isAlias(node)) {
      const target = this.targets.get(node) ?? this.anchors.get(node.source);
      if (target === undefined) {
        throw this.refused(path, "An alias names nothing.", "Name an anchor that stands before.");
      }
      this.targets.set(node, target);
      this.depth++; // an alias may stand inside of what it names
      const value = this.value(target, path);
      this.depth--;
      return value;
    }
    const read = readScalar(node); // nothing else is left
    if ("refused" in read) throw this.refused(path, read.refused, read.remedy);
    return read.value;
  }

  /** The comments after the last item; those further left are left to the collection around. */
  private trailing(node: YAMLMap | YAMLSeq, column: number): readonly Comment[] {
    if (node.flow === true) return [];
    const source = node.srcToken;
    const last = source !== undefined && "items" in source ? source.items.at(-1) : undefined;
    const lines = linesOf(node.comment);
    const tokens = (last?.start ?? []).filter(({ type }) => type === "comment");
    // An item without key and value holds nothing but these comments.
    if (tokens.length !== lines.length) return lines;
    const found = lines.map((line, index) => {
      return { line, column: this.lines.linePos(tokens[index]?.offset ?? 0).col - 1 };
    });
    const outside = found.findIndex((each) => each.column < column);
    if (outside === -1) return lines;
    this.loose = [...found.slice(outside), ...this.loose];
    return lines.slice(0, outside);
  }

  /** The loose comments that belong to the collection at this column. */
  private looseFrom(column: number): readonly Comment[] {
    const further = this.loose.findIndex((each) => each.column < column);
    const count = further === -1 ? this.loose.length : further;
    const taken = this.loose.slice(0, count);
    this.loose = this.loose.slice(count);
    return taken.map(({ line }) => line);
  }

  private refused(path: readonly string[], problem: string, remedy: string): Error {
    return unreadable(placeOf(path, this.index), problem, remedy);
  }
}

function columnOf(node: YAMLMap | YAMLSeq): number {
  const source = node.srcToken;
  return source !== undefined && "indent" in source ? source.indent : 0;
}

function withComments(comments: readonly Comment[], value: TreeMap | TreeList): TreeMap | TreeList {
  if (comments.length === 0) return value;
  return value.kind === "map"
    ? map([...comments, ...value.items])
    : { kind: "list", items: [...comments, ...value.items] };
}

/** The lines of a comment as the parser joins them: blank lines are dropped, an empty `#` is a blank. */
function linesOf(text: string | null | undefined): Comment[] {
  if (text === null || text === undefined) return [];
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => comment(line === " " ? "" : line));
}

function commentsOnKeyLine(pair: Pair<Node | null, Node | null>): number {
  const tokens = pair.srcToken?.sep ?? [];
  const lineEnd = tokens.findIndex(({ type }) => type === "newline");
  const line = lineEnd === -1 ? tokens : tokens.slice(0, lineEnd);
  return line.filter(({ type }) => type === "comment").length;
}
