import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { imagePolicyMarker, printYaml } from "../../manifests/index.js";
import { hostileStrings, hugeStrings } from "../manifests/hostile-strings.js";
import { documentsAround, own } from "../manifests/placing.js";
import { expected, missingJudges, readEverywhere } from "./yaml-readers.js";

const absent = missingJudges();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

// Fixed, so that a run says the same tomorrow; the properties draw new ones every time.
const seed = 20261121;

describe("every YAML reader gives back what was printed", { skip }, () => {
  it("hostile strings, as value, item and key at every nesting", () => {
    assertCarried(hostileStrings.map((text) => ({ what: text, documents: documentsAround(text) })));
  });

  it("random strings of structure characters and of any character", () => {
    const structure = fc.string({
      unit: fc.constantFrom(
        ...Array.from(" \n\t:#-?[]{},&*!|>'\"%@`~=<.\\/+_0123456789eExXobnNyYtTfF"),
      ),
      maxLength: 12,
    });
    const texts = [
      ...fc.sample(structure, { seed, numRuns: 2000 }),
      ...fc.sample(fc.string({ unit: "binary", maxLength: 30 }), { seed, numRuns: 500 }),
      ...fc.sample(fc.string({ unit: "grapheme", maxLength: 30 }), { seed, numRuns: 300 }),
    ];
    assertCarried(
      texts.map((text) => ({ what: text, documents: [own(text, [text, own(text, text)])] })),
    );
  });

  it("every character of the basic plane, in values, keys and blocks", () => {
    const rows: string[] = [];
    for (let start = 0; start < 0x10000; start += 64) {
      const codes = Array.from({ length: 64 }, (_, offset) => start + offset);
      const row = codes.filter((code) => code < 0xd800 || code > 0xdfff);
      if (row.length > 0) rows.push(String.fromCharCode(...row));
    }
    assertCarried(
      rows.map((row) => ({
        what: row,
        documents: [{ row, key: own(row, 1), block: `a\n${row}\nb\n` }],
      })),
    );
  });

  it("lines of a mebibyte", () => {
    assertCarried(
      hugeStrings.map((text) => ({ what: text.slice(0, 20), documents: [{ list: [text] }] })),
    );
  });

  it("numbers, with their type", () => {
    const numbers = [
      ...[0, 1, -1, 10, 80, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1, 0.5, -0.5, 0.1, 1e-7],
      ...[1.5e-10, 5e-324, -5e-324, 123456.789, 1 / 3, Number.EPSILON, 100.25, 2.5e-8],
      ...fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { seed, numRuns: 500 }),
      ...fc.sample(fc.maxSafeInteger(), { seed, numRuns: 200 }),
    ].filter((value) => Math.abs(value) < 2 ** 53 && !Object.is(value, -0));
    assertCarried(numbers.map((n) => ({ what: String(n), documents: [{ n, list: [n, [n]] }] })));
  });

  it("values behind setter markers", () => {
    const policy = { namespace: "flux-system", name: "app", field: "tag" } as const;
    assertCarried(
      hostileStrings.map((text) => ({
        what: text,
        documents: [
          { image: imagePolicyMarker(policy, text), list: [imagePolicyMarker(policy, text)] },
        ],
      })),
    );
  });

  it("empty maps and lists, null, booleans, and values nested as deep as is allowed", () => {
    const deep = (wrap: (inner: unknown) => unknown): unknown => {
      let value: unknown = "a\nb\n";
      for (let i = 0; i < 99; i++) value = wrap(value);
      return value;
    };
    const documents: object[] = [
      {},
      { a: {}, b: [], c: [[], {}, [{}], [[]]], d: null, e: [null, true, false] },
      { deep: deep((inner) => ({ "a key": inner })) },
      { deep: deep((inner) => [inner]) },
    ];
    assertCarried([{ what: "structure", documents }]);
  });
});

interface Case {
  readonly what: string;
  readonly documents: readonly object[];
}

function assertCarried(cases: readonly Case[]): void {
  assert.equal(absent, undefined, absent);
  const readings = readEverywhere(cases.map(({ documents }) => printYaml(documents)));
  const changed = cases.flatMap(({ what, documents }, index) =>
    (readings[index] ?? []).flatMap(({ reader, text }) =>
      text === expected(documents, reader)
        ? []
        : [`${reader} changes ${JSON.stringify(what).slice(0, 80)}: ${text.slice(0, 300)}`],
    ),
  );
  assert.equal(changed.length, 0, `${changed.length} changed:\n${changed.slice(0, 20).join("\n")}`);
  assert.ok(readings.every((each) => each.length >= 6));
}
