import { isNewer, lineKinds, supportedLines } from "./lines.js";
import type { FieldSchema, FluxKind, LineKinds } from "./schema.js";
import { storageVersion } from "./schema.js";

/** One difference between a line and the one before it. */
export interface LineChange {
  /** The line that brought the change. */
  readonly line: string;
  readonly kind: string;
  /** The field, for example `spec.upgrade.strategy`; `[]` is an entry of a list. Empty for the kind. */
  readonly field: string;
  readonly change: "new" | "gone" | "default" | "required" | "optional" | "pattern" | "rules";
  /** The value of an enum that came or went, or the new default, as JSON. */
  readonly value?: string;
}

/** A field of a kind by its path, as {@link LineChange} writes it. */
type Fields = ReadonlyMap<string, { readonly schema: FieldSchema; readonly required: boolean }>;

/** Every difference between supported lines in what can be written, oldest line first. */
export function lineChanges(): readonly LineChange[] {
  return supportedLines.slice(1).flatMap((line, index) => {
    const before = lineKinds(supportedLines[index] ?? "");
    return differences(line, before, lineKinds(line));
  });
}

function differences(line: string, before: LineKinds, after: LineKinds): readonly LineChange[] {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return kinds.flatMap((kind): readonly LineChange[] => {
    const [old, now] = [before[kind], after[kind]];
    if (old === undefined || now === undefined) {
      return [{ line, kind, field: "", change: old === undefined ? "new" : "gone" }];
    }
    return fieldChanges(fieldsOf(old), fieldsOf(now)).map((change) => ({ line, kind, ...change }));
  });
}

type FieldChange = Omit<LineChange, "line" | "kind">;

function fieldChanges(before: Fields, after: Fields): readonly FieldChange[] {
  const isOutermost = (field: string, other: Fields): boolean => {
    const parent = field.replace(/(\.[^.[]+|\[\]|\{\})$/, "");
    return parent === field || other.has(parent);
  };
  const gone = [...before.keys()]
    .filter((field) => !after.has(field) && isOutermost(field, after))
    .map((field): FieldChange => ({ field, change: "gone" }));
  const others = [...after].flatMap(([field, now]): readonly FieldChange[] => {
    const old = before.get(field);
    if (old === undefined) return isOutermost(field, before) ? [{ field, change: "new" }] : [];
    const [was, is] = [old.schema, now.schema];
    return [
      ...valuesBeyond(is, was).map((value) => ({ field, change: "new" as const, value })),
      ...valuesBeyond(was, is).map((value) => ({ field, change: "gone" as const, value })),
      ...(same(was.default, is.default)
        ? []
        : [{ field, change: "default" as const, value: JSON.stringify(is.default ?? null) }]),
      ...(old.required === now.required
        ? []
        : [{ field, change: now.required ? ("required" as const) : ("optional" as const) }]),
      ...(was.pattern === is.pattern ? [] : [{ field, change: "pattern" as const }]),
      ...(same(was["x-kubernetes-validations"], is["x-kubernetes-validations"])
        ? []
        : [{ field, change: "rules" as const }]),
    ];
  });
  return [...gone, ...others];
}

function valuesBeyond(schema: FieldSchema, other: FieldSchema): readonly string[] {
  if (schema.enum === undefined || other.enum === undefined) return [];
  const known = other.enum;
  return schema.enum
    .filter((value) => !known.includes(value))
    .map((value) => JSON.stringify(value));
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Everything that can be written below `spec` of a kind's current version. */
function fieldsOf(kind: FluxKind): Fields {
  const fields = new Map<string, { schema: FieldSchema; required: boolean }>();
  const visit = (schema: FieldSchema, path: string, required: boolean): void => {
    fields.set(path, { schema, required });
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      visit(field, `${path}.${name}`, schema.required?.includes(name) === true);
    }
    if (schema.items !== undefined) visit(schema.items, `${path}[]`, false);
    if (typeof schema.additionalProperties === "object") {
      visit(schema.additionalProperties, `${path}{}`, false);
    }
  };
  const spec = kind.versions[storageVersion(kind)]?.schema.properties?.["spec"];
  if (spec !== undefined) visit(spec, "spec", true);
  return fields;
}

/** The lines in which something holds, and where they are seen from one line. */
export interface Elsewhere {
  /** The oldest newer line in which it holds. */
  readonly since?: string;
  /** The line, not newer than the one asked for, that no longer has what its predecessor had. */
  readonly goneIn?: string;
}

/** Where else something holds that does not hold in a line. */
export function elsewhere(line: string, holds: (line: string) => boolean): Elsewhere {
  const found = supportedLines.filter((other) => other !== line && holds(other));
  const since = found.find((other) => isNewer(other, line));
  const last = found.filter((other) => isNewer(line, other)).at(-1);
  const goneIn = last === undefined ? undefined : supportedLines[supportedLines.indexOf(last) + 1];
  return {
    ...(since === undefined ? {} : { since }),
    ...(goneIn === undefined ? {} : { goneIn }),
  };
}
