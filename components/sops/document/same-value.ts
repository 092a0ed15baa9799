import { textOf } from "./leaf-text.js";
import { isCollection, isComment } from "./tree.js";
import type { Comment, Entry, Value } from "./tree.js";

/** Whether two values hold the same, comments aside. A whole number may have lost its `.0`. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (isCollection(a) && isCollection(b)) {
    const [items, others] = [withoutComments(a.items), withoutComments(b.items)];
    return (
      a.kind === b.kind &&
      items.length === others.length &&
      items.every((item, index) => sameItem(item, others[index] ?? null))
    );
  }
  if (isCollection(a) || isCollection(b)) return false;
  if (typeof a === "string" && typeof b === "string") return a === b;
  const [left, right] = [textOf(a), textOf(b)];
  const kind = (type: string): string => (type === "int" ? "float" : type);
  return (
    kind(left.type) === kind(right.type) && Buffer.from(left.text).equals(Buffer.from(right.text))
  );
}

function sameItem(a: Entry | Value, b: Entry | Value): boolean {
  if (!isEntry(a) || !isEntry(b)) return !isEntry(a) && !isEntry(b) && sameValue(a, b);
  return a.key === b.key && sameValue(a.value, b.value);
}

function withoutComments(items: readonly (Entry | Value | Comment)[]): readonly (Entry | Value)[] {
  return items.filter((item): item is Entry | Value => !isComment(item));
}

function isEntry(item: Entry | Value): item is Entry {
  return typeof item === "object" && item !== null && item.kind === "entry";
}
