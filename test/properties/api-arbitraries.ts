import fc from "fast-check";
import { compileRule } from "../../api/cel.js";
import { lineKinds } from "../../api/lines.js";
import type { FieldSchema } from "../../api/schema.js";
import type { KubernetesObject } from "../../manifests/manifest.js";

/** The schema of one version of a kind, and how its objects name it. */
export interface KindSchema {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: FieldSchema;
}

/** Every version of every kind that a line serves. */
export function kindSchemas(line: string): readonly KindSchema[] {
  return Object.entries(lineKinds(line)).flatMap(([kind, { group, versions }]) =>
    Object.entries(versions).map(([version, { schema }]) => ({
      apiVersion: `${group}/${version}`,
      kind,
      schema,
    })),
  );
}

/** Objects that a schema and its rules allow. */
export function validObjects({
  apiVersion,
  kind,
  schema,
}: KindSchema): fc.Arbitrary<KubernetesObject> {
  const spec = schema.properties?.["spec"] ?? {};
  return values(spec).map((value) => ({
    apiVersion,
    kind,
    metadata: { name: "random", namespace: "default" },
    spec: value,
  }));
}

/** A value that a schema and its rules allow. */
export function values(schema: FieldSchema): fc.Arbitrary<unknown> {
  const rules = (schema["x-kubernetes-validations"] ?? []).map(({ rule }) =>
    compileRule(rule, schema),
  );
  const shaped = shapedValues(schema);
  return rules.length === 0 ? shaped : shaped.filter((value) => rules.every((rule) => rule(value)));
}

function shapedValues(schema: FieldSchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "string":
      return texts(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 99, 99) });
    case "number":
      return fc.constantFrom(0, 0.5, 7);
    case "boolean":
      return fc.boolean();
    case "array":
      return lists(schema);
    case "object":
      return maps(schema);
    default:
      return fc.constantFrom<unknown>("text", 1, true, { a: [1, "b"] }, ["c"]);
  }
}

function texts({ pattern, minLength = 0, maxLength = 12 }: FieldSchema): fc.Arbitrary<string> {
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 12) });
  return fc
    .stringMatching(new RegExp(pattern), { size: "-1" })
    .filter((text) => text.length >= minLength && text.length <= Math.max(maxLength, 12));
}

function lists({ items = {}, minItems = 0, ...schema }: FieldSchema): fc.Arbitrary<unknown> {
  const keys = schema["x-kubernetes-list-map-keys"];
  const sizes = { minLength: minItems, maxLength: Math.max(minItems, 2) };
  if (keys === undefined) return fc.array(values(items), sizes);
  const identity = (entry: unknown): string =>
    JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key]));
  return fc.uniqueArray(values(items), { ...sizes, selector: identity });
}

function maps(schema: FieldSchema): fc.Arbitrary<unknown> {
  const { properties, additionalProperties, required = [] } = schema;
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, field]) => [name, values(field)] as const,
    );
    return fc.record(Object.fromEntries(fields), {
      requiredKeys: [...required],
      noNullPrototype: true,
    });
  }
  const items = typeof additionalProperties === "object" ? additionalProperties : {};
  return fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), values(items), {
    maxKeys: 2,
    noNullPrototype: true,
  });
}

/** A change that most schemas refuse somewhere, and some allow. */
export type Mutation = (spec: unknown, at: number) => unknown;

const replacements: readonly unknown[] = [
  ...["!!", "", "a".repeat(3000), 7, -1, 1.5, true, null],
  ...[[], ["x"], [null], {}, { x: null }],
];

/** Changes one place of a value: takes a field out, adds one, or puts something else there. */
export function mutations(): fc.Arbitrary<Mutation> {
  return fc.oneof(
    fc.constant<Mutation>((spec, at) => changed(spec, at, (parent, key) => without(parent, key))),
    fc.constant<Mutation>((spec, at) =>
      changed(spec, at, (parent) => (isList(parent) ? parent : { ...parent, unknwn: 1 })),
    ),
    fc.constantFrom(...replacements).map(
      (value): Mutation =>
        (spec, at) =>
          changed(spec, at, (parent, key) => replaced(parent, key, value)),
    ),
  );
}

type Parent = Readonly<Record<string, unknown>> | readonly unknown[];

/** The same value with one of its maps and lists changed: the one that holds the place `at`. */
function changed(
  value: unknown,
  at: number,
  change: (parent: Parent, key: string) => unknown,
): unknown {
  const places = placesOf(value, []);
  const place = places[at % Math.max(places.length, 1)];
  return place === undefined ? value : changedAt(value, place, change);
}

function placesOf(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    [...path, key],
    ...placesOf(item, [...path, key]),
  ]);
}

function changedAt(
  value: unknown,
  [key = "", ...rest]: readonly string[],
  change: (parent: Parent, key: string) => unknown,
): unknown {
  const parent = value as Parent; // `placesOf` walks only through maps and lists
  if (rest.length === 0) return change(parent, key);
  return replaced(parent, key, changedAt((parent as Record<string, unknown>)[key], rest, change));
}

function replaced(parent: Parent, key: string, value: unknown): unknown {
  return isList(parent)
    ? parent.map((item, index) => (String(index) === key ? value : item))
    : { ...parent, [key]: value };
}

function without(parent: Parent, key: string): unknown {
  return isList(parent)
    ? parent.filter((_, index) => String(index) !== key)
    : Object.fromEntries(Object.entries(parent).filter(([name]) => name !== key));
}

function isList(parent: Parent): parent is readonly unknown[] {
  return Array.isArray(parent);
}
