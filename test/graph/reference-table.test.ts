import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crdsOf, supportedLines } from "../../api/index.js";
import { fluxKinds } from "../../graph/references/flux-kinds.js";
import { referenceTable } from "../../graph/references/reference-table.js";
import type { ReferenceRule } from "../../graph/references/reference-table.js";
import { fieldsOf, valuesAt } from "../../graph/references/references.js";

/** Fields with a name in them that is not the name of an object, each with the reason. */
const notReferences: readonly (readonly [RegExp, string])[] = [
  [/\.ref$/, "a branch, tag or commit of a repository"],
  [/\.images\[\]$/, "an image inside the manifests"],
  [/\.target$/, "a selector of objects, which may well match none"],
  [/\.strategy$|\.waitStrategy$/, "one of two words"],
  [/\.filters\[\]$/, "a test of the chart"],
  [/\.author$/, "who commits"],
  [/\.variables\[\]$/, "a name in an expression"],
  [/^ArtifactGenerator spec\.artifacts\[\]$/, "what it makes"],
  [/^ExternalArtifact spec\.sourceRef$/, "written by the controller that it names"],
];

/** The spec of every kind that a line of Flux defines. */
function specs(line: string): ReadonlyMap<string, unknown> {
  return new Map(
    crdsOf(line).map((definition) => {
      const versions = valuesAt(definition, "spec.versions[]").filter(
        ({ value }) => fieldsOf(value)["served"] !== false,
      );
      const schema = valuesAt(versions.at(-1)?.value, "schema.openAPIV3Schema.properties.spec");
      return [String(valuesAt(definition, "spec.names.kind")[0]?.value), schema[0]?.value];
    }),
  );
}

/** Paths of a schema under which something is named. */
function namingFields(schema: unknown, path: string): readonly string[] {
  const { properties, items } = fieldsOf(schema);
  if (items !== undefined) return namingFields(items, `${path}[]`);
  const entries = Object.entries(fieldsOf(properties));
  const isNamed = entries.some(([key]) => key === "name") && path !== "spec";
  return [
    ...(isNamed ? [path] : []),
    ...entries.flatMap(([key, value]) =>
      /^(serviceAccountName|targetNamespace|storageNamespace)$/.test(key)
        ? [`${path}.${key}`]
        : namingFields(value, `${path}.${key}`),
    ),
  ];
}

/** The fields of a kind that name an object, by its definition. */
function referringFields(kind: string, schema: unknown): readonly string[] {
  return namingFields(schema, "spec")
    .filter((field) => !notReferences.some(([pattern]) => pattern.test(`${kind} ${field}`)))
    .sort();
}

function rulesOf(kind: string): readonly ReferenceRule[] {
  return Object.entries(referenceTable).find(([of]) => of === kind)?.[1] ?? [];
}

describe("the table of references", () => {
  it("has every field of every Flux kind that names an object, and no other", () => {
    for (const [kind, schema] of specs("2.9")) {
      const fields = rulesOf(kind).map(({ field }) => field);
      assert.deepEqual(fields.sort(), referringFields(kind, schema), kind);
    }
  });

  it("misses no field of the older lines", () => {
    for (const line of supportedLines) {
      for (const [kind, schema] of specs(line)) {
        const fields = new Set(rulesOf(kind).map(({ field }) => field));
        const missed = referringFields(kind, schema).filter((field) => !fields.has(field));
        assert.deepEqual(missed, [], `${line} ${kind}`);
      }
    }
  });

  it("takes the kinds that the definitions of Flux take", () => {
    const known = specs("2.9");
    for (const [kind, rules] of Object.entries(referenceTable)) {
      for (const { field, to } of rules) {
        const at = field
          .split(".")
          .flatMap((part) =>
            part.endsWith("[]") ? ["properties", part.slice(0, -2), "items"] : ["properties", part],
          );
        const path = [...at.slice(2), "properties", "kind", "enum"].join(".");
        const [allowed] = valuesAt(known.get(kind), path);
        if (allowed === undefined || !Array.isArray(allowed.value) || to === "any") continue;
        assert.deepEqual([...to].sort(), allowed.value.map(String).sort(), `${kind} ${field}`);
      }
    }
  });

  it("knows every kind of Flux", () => {
    assert.deepEqual([...specs("2.9").keys()].sort(), Object.keys(fluxKinds).sort());
  });
});
