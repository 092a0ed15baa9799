import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { hasSetterMarker, printYaml } from "../../manifests/index.js";
import { FleetError } from "../../errors.js";
import { hostileStrings } from "../manifests/hostile-strings.js";
import { own } from "../manifests/placing.js";

const text = fc.oneof(
  fc.constantFrom(...hostileStrings),
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...Array.from(" \n\t:#-?[]{},&*!|>'\"%@`\\$aey0159.")) }),
);
const number = fc
  .oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, min: -1e9, max: 1e9 }))
  .map((value) => value + 0) // no negative zero
  .filter((value) => Number.isSafeInteger(value) || !Number.isInteger(value));
const json = fc.letrec<{ value: unknown; map: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("map"),
  ),
  map: fc
    .uniqueArray(
      fc.tuple(fc.oneof(text, fc.constantFrom("name", "metadata", "kind")), tie("value")),
      {
        maxLength: 5,
        selector: ([key]) => key,
      },
    )
    .map((entries) => fromEntries(entries)),
}));
const documents = fc.array(json.map, { maxLength: 4 });

describe("printYaml, whatever the objects", () => {
  it("is undone by parsing", () => {
    fc.assert(
      fc.property(documents, (objects) => {
        assert.deepEqual(parse(printYaml(objects)), objects.map(asMaps));
      }),
      { numRuns: 400 },
    );
  });

  it("prints the same bytes whatever the order of keys", () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 7 }), (objects, step) => {
        assert.equal(
          printYaml(objects.map((o) => reordered(o, step) as object)),
          printYaml(objects),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("is a fixed point: what was read prints as it was", () => {
    fc.assert(
      fc.property(documents, (objects) => {
        const printed = printYaml(objects);
        const again = printYaml(parse(printed).map(fromMaps) as object[]);
        assert.equal(again, printed);
      }),
      { numRuns: 300 },
    );
  });

  it("never lets data look like a setter marker, and writes no comment", () => {
    fc.assert(
      fc.property(documents, (objects) => {
        assert.equal(hasSetterMarker(printYaml(objects)), false);
      }),
    );
  });

  it("names the path of the one value it cannot print, wherever it stands", () => {
    const unprintable = fc.constantFrom<unknown>(
      ...[undefined, () => 1, Symbol("s"), 1n, NaN, -0, Infinity, new Date(0), new Map(), "\ud800"],
    );
    const way = fc.array(fc.oneof(fc.constantFrom("a", "spec", "x-y"), fc.nat({ max: 3 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(unprintable, way, (bad, steps) => {
        const path = ["root", ...steps];
        const value = path.reduceRight<unknown>((inner, step) => nest(step, inner), bad);
        const error = thrownBy(() => printYaml([value as object]));
        const expected = path
          .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
          .join("")
          .slice(1);
        assert.deepEqual(
          error.findings.map((finding) => finding.path),
          [expected],
        );
      }),
    );
  });
});

function nest(step: string | number, inner: unknown): unknown {
  return typeof step === "string" ? own(step, inner) : [...Array<number>(step).fill(0), inner];
}

function thrownBy(action: () => unknown): FleetError {
  try {
    action();
  } catch (error) {
    if (FleetError.is(error)) return error;
    throw error;
  }
  return assert.fail("nothing was thrown");
}

function parse(printed: string): unknown[] {
  const parsed = parseAllDocuments(printed);
  if (!Array.isArray(parsed)) return [];
  return parsed.map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS({ mapAsMap: true }) as unknown;
  });
}

function fromEntries(entries: readonly (readonly [string, unknown])[]): object {
  const map = {};
  for (const [key, value] of entries)
    Object.defineProperty(map, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  return map;
}

function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)]));
}

function fromMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromMaps);
  if (!(value instanceof Map)) return value;
  return fromEntries([...(value as Map<string, unknown>)].map(([k, v]) => [k, fromMaps(v)]));
}

/** The same value with the keys of every map rotated and reversed. */
function reordered(value: unknown, step: number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, step));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([k, v]) => [k, reordered(v, step)] as const);
  const cut = step % Math.max(entries.length, 1);
  return fromEntries([...entries.slice(cut), ...entries.slice(0, cut)].reverse());
}
