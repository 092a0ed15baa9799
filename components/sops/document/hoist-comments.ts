import type { IsEncrypted } from "./rule.js";
import { comment, entry, isComment, map } from "./tree.js";
import type { Comment, Entry, TreeMap, Value } from "./tree.js";

/**
 * Moves comments out of encrypted lists, to before the key of the list. SOPS 3.13 writes such a
 * comment as an item of the list and then refuses its own file. An empty mapping or list has no
 * place for a comment either.
 *
 * @see https://github.com/getsops/sops/issues/2243
 */
export function hoistComments(
  tree: TreeMap,
  isEncrypted: IsEncrypted,
  path: readonly string[] = [],
): TreeMap {
  return map(
    tree.items.flatMap((item): readonly (Entry | Comment)[] => {
      if (isComment(item)) return [item];
      const { key, value } = item;
      const at = [...path, key];
      if (typeof value !== "object" || value === null) return [item];
      if (value.kind === "list" && isEncrypted(at)) return liftOut(item);
      if (value.kind === "map" || value.kind === "list") {
        if (value.items.every(isComment)) return liftOut(item);
      }
      return [value.kind === "map" ? entry(key, hoistComments(value, isEncrypted, at)) : item];
    }),
  );
}

function liftOut({ key, value }: Entry): readonly (Entry | Comment)[] {
  const lifted: Comment[] = [];
  const stripped = strip(value, lifted);
  return [...lifted, entry(key, stripped)];
}

function strip(value: Value, lifted: Comment[]): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value.kind !== "map" && value.kind !== "list") return value;
  const keep = (item: Entry | Value | Comment): boolean => {
    if (isComment(item)) lifted.push(comment(item.text));
    return !isComment(item);
  };
  if (value.kind === "list") {
    const items = value.items.filter(keep) as Value[];
    return { kind: "list", items: items.map((item) => strip(item, lifted)) };
  }
  const entries = value.items.filter(keep) as Entry[];
  return map(entries.map((item) => entry(item.key, strip(item.value, lifted))));
}
