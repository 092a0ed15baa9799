import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fluxKinds } from "../../graph/flux-kinds.js";
import { referenceTable } from "../../graph/reference-table.js";
import { fieldsOf, valuesAt } from "../../graph/references.js";

/** Fields with a name in them that is not the name of an object, each with the reason. */
const notReferences: readonly (readonly [RegExp, string])[] = [
  [/\.ref$/, "a branch, tag or commit of a repository"],
  [/\.images\[\]$/, "an image inside the manifests"],
  [/\.target$/, "a selector of objects, which may well match none"],
  [/\.strategy$|\.waitStrategy$/, "one of two words"],
  [/\.filters\[\]$/, "a test of the chart"],
  [/\.author$/, "who commits"],
  [/\.variables\[\]$/, "a name in an expression"],
  [/^ExternalArtifact spec\.sourceRef$/, "written by the controller that it names"],
];

/** The spec of every kind of Flux that the install manifests define. */
function specs(): ReadonlyMap<string, unknown> {
  const install: unknown = JSON.parse(readFileSync("install/flux-2.9.4.json", "utf8"));
  const found = new Map<string, unknown>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) {
      const fields = fieldsOf(value);
      if (fields["kind"] === "CustomResourceDefinition") {
        const kind = valuesAt(value, "spec.names.kind")[0]?.value;
        const schema = valuesAt(value, "spec.versions[].schema.openAPIV3Schema.properties.spec").at(
          -1,
        );
        found.set(String(kind), schema?.value);
      } else Object.values(value).forEach(visit);
    }
  };
  visit(install);
  return found;
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

describe("the table of references", () => {
  const known = specs();

  it("has every field of every Flux kind that names an object, and no other", () => {
    for (const [kind, schema] of known) {
      const fields = namingFields(schema, "spec").filter(
        (field) => !notReferences.some(([pattern]) => pattern.test(`${kind} ${field}`)),
      );
      const rules = Object.entries(referenceTable).find(([of]) => of === kind)?.[1] ?? [];
      assert.deepEqual(rules.map(({ field }) => field).sort(), [...fields].sort(), kind);
    }
  });

  it("takes the kinds that the definitions of Flux take", () => {
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

  it("knows every kind of Flux that is installed, with its controller", () => {
    assert.deepEqual(
      [...known.keys()].sort(),
      Object.keys(fluxKinds)
        // Its definition comes with source-watcher, which is not among the install manifests.
        .filter((kind) => kind !== "ArtifactGenerator")
        .sort(),
    );
  });
});
