import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { imagePolicyMarker, printYaml } from "../../manifests/index.js";
import { readMarkedText, withMarkedValues } from "../../manifests/marked-text.js";
import { compareWithHead } from "../../repository/compare.js";
import type { Comparison } from "../../repository/compare.js";
import type { Head } from "../../repository/head.js";
import { settleMarkers } from "../../repository/markers.js";
import { blobId } from "../../repository/object-id.js";
import { parseOwnership } from "../../repository/ownership-file.js";

const marker = imagePolicyMarker({ namespace: "shop", name: "web" }, "").marker;
const ownershipFile = ".flux-fleet/acme.json";

/** What one person declares for one file. */
interface Declared {
  readonly tag: string;
  readonly other: number;
}

function file(name: string): string {
  return `tenants/production/eu/${name}/web.yaml`;
}

/** Values that some YAML reader would take for something else stay text. */
function render({ tag, other }: Declared): string {
  const image = imagePolicyMarker({ namespace: "shop", name: "web" }, tag);
  return printYaml([{ kind: "Deployment", spec: { image, other, text: "$imagepolicy # x" } }]);
}

/** A repository as data: the head's texts and every text there ever was. */
class Branch {
  readonly texts = new Map<string, string>();
  readonly blobs = new Map<string, string>();

  write(path: string, text: string): void {
    this.texts.set(path, text);
    this.blobs.set(blobId(text), text);
  }

  bot(path: string, value: string): void {
    const text = this.texts.get(path) ?? "";
    const read = readMarkedText(text);
    if (read !== undefined) this.write(path, withMarkedValues(text, read, [value]));
  }

  up(declared: ReadonlyMap<string, Declared>): Comparison {
    const files = [...declared].map(([path, each]) => ({ path, text: render(each) }));
    const head = this.#head();
    const declaration = { owner: "acme", renderer: "test 1", files };
    const markers = settleMarkers(declaration, head, {
      atHead: new Map(
        [...this.texts].filter(([path, text]) =>
          files.every((each) => each.path !== path || each.text !== text),
        ),
      ),
      published: new Map(
        Object.entries(head.published?.paths ?? {}).map(([path, blob]) => [
          path,
          this.blobs.get(blob) ?? "",
        ]),
      ),
      deleted: new Map(),
    });
    const comparison = compareWithHead(declaration, head, {}, markers);
    assert.deepEqual([comparison.findings, comparison.edits], [[], []]);
    for (const path of comparison.change.removed) this.texts.delete(path);
    for (const [path, text] of comparison.writes) this.write(path, text);
    return comparison;
  }

  #head(): Head {
    const text = this.texts.get(ownershipFile);
    const ownership = text === undefined ? undefined : parseOwnership(text, ownershipFile);
    const files = new Map(
      [...this.texts].map(([path, each]) => [path, { mode: "100644", blob: blobId(each) }]),
    );
    const commit = "0".repeat(40);
    const recorded = { ownership, published: ownership, ownershipCommit: commit };
    return { commit, files, ...recorded, otherOwners: new Map() };
  }
}

const tags = fc.constantFrom("app:1", "1.10", "", "a # b\u00a0");
const names = fc.constantFrom("one", "two");
const actions = fc.oneof(
  fc.record({ kind: fc.constant("bot" as const), name: names, tag: tags }),
  fc.record({ kind: fc.constant("declare" as const), name: names, tag: tags, other: fc.nat(2) }),
  fc.record({ kind: fc.constant("remove" as const), name: names }),
  fc.record({ kind: fc.constant("up" as const) }),
);

describe("random rounds of image automation and `up`", () => {
  test("never lose a value, undo a change, repeat one or end in a diff", () => {
    fc.assert(
      fc.property(fc.array(actions, { minLength: 5, maxLength: 30 }), (rounds) => {
        const branch = new Branch();
        const declared = new Map<string, Declared>();
        const last = new Map<string, string>(); // what the last `up` declared
        const expected = new Map<string, string>(); // what has to stand at the head after an `up`
        let published: unknown;
        for (const round of [...rounds, { kind: "up" as const }]) {
          const path = "name" in round ? file(round.name) : "";
          if (round.kind === "bot" && branch.texts.has(path)) {
            branch.bot(path, round.tag);
            expected.set(path, round.tag);
          } else if (round.kind === "declare") {
            declared.set(path, { tag: round.tag, other: round.other });
          } else if (round.kind === "remove") declared.delete(path);
          if (round.kind !== "up") continue;
          for (const each of last.keys()) if (!declared.has(each)) last.delete(each);
          const leaving = [...branch.texts.keys()].filter((each) => each.endsWith("web.yaml"));
          const inherited = new Set(
            leaving.filter((each) => !declared.has(each)).map((each) => expected.get(each)),
          );
          const [heir] = inherited.size === 1 ? inherited : [];
          for (const [each, { tag }] of declared) {
            if (!last.has(each)) expected.set(each, heir ?? tag);
            else if (last.get(each) !== tag) expected.set(each, tag);
            last.set(each, tag);
          }
          const isAsBefore = JSON.stringify([...declared]) === published;
          published = JSON.stringify([...declared]);
          assert.equal(branch.up(declared).change.isEmpty || !isAsBefore, true);
          for (const [each, { other }] of declared) {
            const text = render({ tag: expected.get(each) ?? "", other });
            assert.equal(branch.texts.get(each), text);
          }
          assert.equal(branch.up(declared).change.isEmpty, true);
        }
      }),
    );
  });
});

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const { plainObject } = fc.letrec<{ value: unknown; plainObject: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.constantFrom("$imagepolicy", 'x # {"$imagepolicy": "a:b"}', "a\n# b\n", "yes", ""),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("plainObject"),
  ),
  plainObject: fc.dictionary(
    text.filter((key) => key !== "__proto__"),
    tie("value"),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

describe("a text with markers", () => {
  test("is taken apart and put together without a loss, whatever is around the markers", () => {
    fc.assert(
      fc.property(plainObject, fc.array(tags, { maxLength: 4 }), tags, (around, values, next) => {
        const images = values.map((value) =>
          imagePolicyMarker({ namespace: "shop", name: "web" }, value),
        );
        const text = printYaml([{ around, images }]);
        const read = readMarkedText(text);
        assert.deepEqual(
          read?.fields.map((field) => [field.marker, field.value]),
          values.map((value) => [marker, value]),
        );
        assert.ok(read);
        const others = values.map(() => next);
        const changed = withMarkedValues(text, read, others);
        const same = images.map(() => imagePolicyMarker({ namespace: "shop", name: "web" }, next));
        assert.equal(changed, printYaml([{ around, images: same }]));
        assert.equal(readMarkedText(changed)?.rest, read.rest);
        assert.equal(withMarkedValues(text, read, values), text);
      }),
    );
  });

  test("differs in its rest as soon as anything but a marked value differs", () => {
    fc.assert(
      fc.property(plainObject, plainObject, tags, (one, other, tag) => {
        const image = imagePolicyMarker({ namespace: "shop", name: "web" }, tag);
        const [first, second] = [one, other].map((around) => printYaml([{ around, image }]));
        const rests = [first, second].map((text) => readMarkedText(text ?? "")?.rest);
        assert.equal(rests[0] === rests[1], first === second);
      }),
    );
  });
});
