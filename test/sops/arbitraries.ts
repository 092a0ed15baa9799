import fc from "fast-check";
import { comment, entry, map } from "../../components/sops/document/tree.js";
import type { Comment, Entry, Leaf, TreeMap, Value } from "../../components/sops/document/tree.js";
import { hostileStrings } from "../manifests/hostile-strings.js";

const letters = Array.from(
  " \t\n\r:#-?[]{},&*!|>'\"%@`~=<.\\/+_0123456789eExXobnNyYtTfFaZ\0\x7f\x85\u2028é😀",
);

/** Strings that some reader takes for something else, and random ones of the same characters. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileStrings),
  fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);

const leaf = (text: fc.Arbitrary<string>): fc.Arbitrary<Leaf | null> =>
  fc.oneof(
    { arbitrary: text, weight: 6 },
    { arbitrary: fc.boolean(), weight: 1 },
    { arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), weight: 1 },
    {
      arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(withoutMinusZero),
      weight: 1,
    },
    { arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, null), weight: 1 },
    { arbitrary: fc.date({ noInvalidDate: true, ...years() }).map(timeOf), weight: 1 },
  );

/** Documents with any keys and values. */
export function documents(text: fc.Arbitrary<string> = hostileText): fc.Arbitrary<TreeMap> {
  const { tree } = fc.letrec<{ value: Value; list: Value; tree: TreeMap }>((tie) => ({
    value: fc.oneof({ maxDepth: 4, depthSize: "small" }, leaf(text), tie("list"), tie("tree")),
    list: fc.array(tie("value"), { maxLength: 3 }).map((items) => ({ kind: "list", items })),
    tree: fc
      .uniqueArray(fc.tuple(text, tie("value")), { selector: ([key]) => key, maxLength: 4 })
      .map((pairs) => map(pairs.map(([key, value]) => entry(key, value)))),
  }));
  return tree.map((document) => map(document.items.filter((item) => !isReserved(item))));
}

/** A document with comments before its keys, as text and as tree. */
export const commentedDocuments: fc.Arbitrary<TreeMap> = fc
  .tuple(documents(), fc.array(fc.stringMatching(/^ [a-z#:]{0,8}$/), { maxLength: 3 }))
  .map(([{ items }, lines]) => map([...lines.map((line) => comment(line)), ...items]));

function isReserved(item: Entry | Comment): boolean {
  return item.kind === "entry" && item.key === "sops";
}

function years(): { readonly min: Date; readonly max: Date } {
  return { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z") };
}

function timeOf(date: Date): Leaf {
  return { kind: "time", text: date.toISOString().replace(/\.?0*Z$/, "Z") };
}

/** SOPS prints `-0` and reads it back as 0. */
function withoutMinusZero(value: number): number {
  return Object.is(value, -0) ? 0 : value;
}
