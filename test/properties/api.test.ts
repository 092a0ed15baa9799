import assert from "node:assert/strict";
import { describe, it } from "node:test";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { checkObject, supportedLines } from "../../api/index.js";
import type { Problem } from "../../api/problem.js";
import type { FieldSchema } from "../../api/schema.js";
import { compileSchema } from "../../api/validator.js";
import { renderFleet } from "../../core.js";
import { fleetContext } from "../fixtures/fleets.js";
import { validFleets } from "./fleet-arbitraries.js";
import { kindSchemas, mutations, validObjects, values } from "./api-arbitraries.js";

describe("for any object of Flux", () => {
  for (const line of supportedLines) {
    it(`that the definitions of Flux ${line} allow, there is no error`, () => {
      for (const kind of kindSchemas(line)) {
        const property = fc.property(validObjects(kind), (object) => {
          const findings = checkObject(object, line, "").filter(
            // Controllers refuse some templates and variables that definitions allow.
            ({ severity, code }) =>
              severity !== "warning" && code !== "INVALID_TEMPLATE" && code !== "INVALID_VARIABLE",
          );
          assert.deepEqual(findings, []);
        });
        fc.assert(property, { numRuns: 40 });
      }
    });
  }

  it("with any data at all, the check gives findings and never fails", () => {
    const kinds = kindSchemas("2.9");
    const anything = fc.object({ withNullPrototype: true, withDate: true, maxDepth: 3 });
    const property = fc.property(fc.constantFrom(...kinds), anything, (named, data) => {
      const { apiVersion, kind } = named;
      const metadata = { ...data, name: "any" };
      const object = { ...data, apiVersion, kind, metadata, spec: data };
      for (const finding of checkObject(object, "2.8", "")) {
        assert.ok(finding.path !== "" && finding.problem !== "" && finding.remedy !== "");
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("changed anywhere, a strict JSON schema and the check agree whether it is allowed", () => {
    const ajv = addFormats(new Ajv({ strict: false, allErrors: false, logger: false }), [
      "date-time",
    ]);
    let refused = 0;
    let allowed = 0;
    for (const { schema } of kindSchemas("2.9")) {
      const spec = schema.properties?.["spec"] ?? {};
      const judge = ajv.compile(strict(spec));
      const check = compileSchema(withoutRules(spec));
      const place = fc.nat(500);
      const property = fc.property(values(spec), mutations(), place, (value, mutate, at) => {
        const mutant = mutate(value, at);
        // An API server drops null, which a JSON schema does not know.
        fc.pre(!JSON.stringify(mutant).includes("null"));
        const problems: Problem[] = [];
        check(mutant, { trail: [], problems, variables: false, partial: false });
        const verdict = judge(mutant);
        assert.equal(problems.length === 0, verdict, JSON.stringify({ problems, mutant }));
        if (verdict) allowed++;
        else refused++;
      });
      fc.assert(property, { numRuns: 150 });
    }
    assert.ok(refused > 500 && allowed > 100, `${refused} refused, ${allowed} allowed`);
  });
});

describe("for any fleet without faults", () => {
  it("every object of Flux that is rendered is taken by every line", () => {
    const property = fc.property(validFleets, (fleet) => {
      const { manifests } = renderFleet("acme", fleet, fleetContext());
      const objects = manifests.filter(({ object }) => object.apiVersion.includes(".fluxcd.io/"));
      assert.ok(objects.length > 0);
      const findings = supportedLines.flatMap((line) =>
        objects.flatMap(({ object }) => checkObject(object, line, object.metadata.name)),
      );
      assert.deepEqual(findings, []);
    });
    fc.assert(property, { numRuns: 25 });
  });
});

/** The schema as a judge that knows JSON Schema only must read it to be as strict as an API server. */
function strict(schema: FieldSchema): object {
  const { properties, required = [], items, additionalProperties, ...rest } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const others = typeof additionalProperties === "object" ? strict(additionalProperties) : open;
  const kept = Object.entries(rest).filter(
    ([key]) => !key.startsWith("x-kubernetes") && !(key === "format" && rest.format === "int64"),
  );
  return {
    ...Object.fromEntries(kept),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(schema.type === "object" ? { additionalProperties: others } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, strict(field)]),
          ),
          // What has a default is there before anything is checked.
          required: required.filter((name) => properties[name]?.default === undefined),
        }),
  };
}

function withoutRules(schema: FieldSchema): FieldSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "x-kubernetes-validations" || key === "x-kubernetes-list-map-keys" ? undefined : value,
  ) as FieldSchema; // only keywords are taken out
}
