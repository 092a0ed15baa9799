import { isSetterMarked } from "../manifests/marker.js";
import { isPlainObject } from "../manifests/printable.js";
import { compileRule } from "./cel.js";
import type { Run } from "./problem.js";
import { report, wrongType } from "./problem.js";
import { scalarCheck } from "./scalars.js";
import type { FieldSchema } from "./schema.js";

/** Notes in the run what is wrong with a value. */
export type Check = (value: unknown, run: Run) => void;

const keywords: ReadonlySet<string> = new Set([
  ...["type", "properties", "required", "additionalProperties", "items", "enum", "pattern"],
  ...["format", "default", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"],
  ...["x-kubernetes-preserve-unknown-fields", "x-kubernetes-map-type", "x-kubernetes-list-type"],
  ...["x-kubernetes-list-map-keys", "x-kubernetes-validations"],
]);

/**
 * Compiles a schema into a check that agrees with an API server that validates fields strictly.
 *
 * @throws SyntaxError for a keyword or a rule that this library does not know
 */
export function compileSchema(schema: FieldSchema): Check {
  const unknown = Object.keys(schema).find((keyword) => !keywords.has(keyword));
  if (unknown !== undefined) throw new SyntaxError(`unknown keyword of a schema: ${unknown}`);
  const check = valueCheck(schema);
  const rules = (schema["x-kubernetes-validations"] ?? []).map(({ rule, message }) => ({
    obeyed: compileRule(rule, schema),
    message,
  }));
  if (rules.length === 0) return check;
  return (value, run) => {
    const before = run.problems.length;
    check(value, run);
    // An API server too applies rules only to what has the right shape.
    if (run.partial || run.problems.length > before) return;
    for (const { obeyed, message } of rules) {
      if (!obeyed(value)) report(run, { kind: "rule", message });
    }
  };
}

function valueCheck(schema: FieldSchema): Check {
  if (schema.type === "object" || schema.properties !== undefined) return objectCheck(schema);
  if (schema.type === "array") return listCheck(schema);
  if (schema.type === undefined) return () => undefined; // any JSON value
  const check = scalarCheck(schema.type, schema);
  return (value, run) => check(isSetterMarked(value) ? value.value : value, run);
}

function objectCheck(schema: FieldSchema): Check {
  const { properties = {}, additionalProperties } = schema;
  const fields = new Map(
    Object.entries(properties).map(([name, field]) => [name, compileSchema(field)]),
  );
  const known = [...fields.keys()].sort();
  const required = (schema.required ?? []).filter(
    (name) => properties[name]?.default === undefined,
  );
  const open =
    schema["x-kubernetes-preserve-unknown-fields"] === true || additionalProperties === true;
  const others =
    typeof additionalProperties === "object" ? compileSchema(additionalProperties) : undefined;
  return (value, run) => {
    if (!isPlainObject(value)) {
      wrongType(run, "an object", value);
      return;
    }
    for (const name in value) {
      const item = value[name];
      if (item === undefined) continue;
      const check = fields.get(name) ?? others;
      if (check === undefined) {
        if (!open) report(run, { kind: "unknown", known }, name);
      } else if (item !== null) {
        // An API server drops what is null before it checks.
        run.trail.push(name);
        check(item, run);
        run.trail.pop();
      }
    }
    if (run.partial) return;
    for (const name of required) {
      if ((value[name] ?? undefined) === undefined) report(run, { kind: "missing" }, name);
    }
  };
}

function listCheck(schema: FieldSchema): Check {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  const check = items === undefined ? () => undefined : compileSchema(items);
  const keys = schema["x-kubernetes-list-map-keys"];
  return (value, run) => {
    if (!Array.isArray(value)) {
      wrongType(run, "a list", value);
      return;
    }
    if (value.length < minItems) {
      report(run, { kind: "bound", demand: `at least ${minItems} entries` });
    }
    if (value.length > maxItems) {
      report(run, { kind: "bound", demand: `at most ${maxItems} entries` });
    }
    const seen = new Set<string>();
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      run.trail.push(index);
      check(item, run);
      if (keys !== undefined && isPlainObject(item)) {
        const identity = JSON.stringify(keys.map((key) => item[key]));
        if (seen.has(identity)) {
          report(run, {
            kind: "bound",
            demand: `another ${keys.join(", ")} than the entries before`,
          });
        }
        seen.add(identity);
      }
      run.trail.pop();
    }
  };
}
