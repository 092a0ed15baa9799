import { isComment, map } from "./tree.js";
import type { Comment, Leaf, TreeList, TreeMap, Value } from "./tree.js";

/** What becomes of each value and comment. Only keys are part of a path, not places in a list. */
export interface Visitor {
  readonly leaf: (leaf: Leaf, path: readonly string[]) => Leaf | Comment;
  readonly comment: (line: Comment, path: readonly string[]) => Comment;
}

/** A new tree of the same shape, visited in the order of the text. `null` stays and is not visited. */
export function walk(tree: TreeMap, visitor: Visitor, path: readonly string[] = []): TreeMap {
  return map(
    tree.items.map((item) => {
      if (isComment(item)) return visitor.comment(item, path);
      const value = walkValue(item.value, visitor, [...path, item.key]);
      // A comment in the place of a value is nothing that SOPS writes; its text is a string then.
      return { ...item, value: isComment(value) ? value.text : value };
    }),
  );
}

function walkList(list: TreeList, visitor: Visitor, path: readonly string[]): TreeList {
  return {
    kind: "list",
    items: list.items.map((item) =>
      isComment(item) ? visitor.comment(item, path) : walkValue(item, visitor, path),
    ),
  };
}

function walkValue(value: Value, visitor: Visitor, path: readonly string[]): Value | Comment {
  if (value === null) return null;
  if (typeof value !== "object") return visitor.leaf(value, path);
  if (value.kind === "map") return walk(value, visitor, path);
  if (value.kind === "list") return walkList(value, visitor, path);
  return visitor.leaf(value, path);
}

/** What ties a value to its place: its keys from the root. */
export function additionalData(path: readonly string[]): string {
  return `${path.join(":")}:`;
}

/** The places of all mappings and lists of a document. */
export function containersOf(tree: TreeMap): ReadonlySet<string> {
  const places = new Set<string>([additionalData([])]);
  const visit = (_: unknown, path: readonly string[]): void => {
    for (let end = path.length; end > 0; end--) places.add(additionalData(path.slice(0, end)));
  };
  walk(tree, {
    leaf: (leaf, path) => (visit(leaf, path), leaf),
    comment: (line, path) => (visit(line, path), line),
  });
  return places;
}
