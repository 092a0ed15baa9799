import type { Finding } from "../errors.js";
import { isPlainObject } from "../manifests/printable.js";

/** Some fields of an object and of the objects in it; lists and single values are whole or absent. */
export type DeepPartial<Value> = unknown extends Value
  ? Value
  : Value extends readonly unknown[]
    ? Value
    : Value extends object
      ? { readonly [Key in keyof Value]?: DeepPartial<Value[Key]> | undefined }
      : Value;

/**
 * What an argument renders, with the fields of `spec` over it: maps merge, lists and single values
 * replace. Neither of the two is changed.
 */
export function mergedSpec<Spec extends object>(
  rendered: Spec,
  spec: DeepPartial<NoInfer<Spec>> | undefined,
): Spec {
  // Every field comes from one of the two, which have the fields of the type.
  return spec === undefined ? rendered : (merged(rendered, spec) as Spec);
}

function merged(under: unknown, over: unknown): unknown {
  if (!isPlainObject(under) || !isPlainObject(over)) return over;
  const fields: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) fields[key] = merged(fields[key], value);
  }
  return fields;
}

/** A field that `spec` must leave to an argument, or to nobody. */
export interface KeptField {
  /** Path below `spec`, for example `chart.spec.sourceRef`. */
  readonly field: string;
  /** What to do instead, as a sentence. */
  readonly remedy: string;
}

/** Nobody declares these: Flux's operators suspend, and the place of a part decides whose rights it has. */
export const keptFields: readonly KeptField[] = [
  { field: "suspend", remedy: "Leave it to `flux suspend`; what is declared would fight with it." },
  {
    field: "serviceAccountName",
    remedy: "Leave it out; the owner of the part decides with whose rights Flux acts.",
  },
];

/**
 * The findings of fields that `spec` may not decide: what names an object, and whose rights it has.
 *
 * @param at - where it is written, for example `Tenant "payments": releases["web"].spec`
 */
export function specFindings(
  spec: unknown,
  kept: readonly KeptField[],
  at: string,
): readonly Finding[] {
  if (spec === undefined) return [];
  return kept
    .filter(({ field }) => valueAt(spec, field.split(".")) !== undefined)
    .map(({ field, remedy }) => ({
      code: "PATCH_REFUSED",
      path: `${at}.${field}`,
      problem: "It would change what the object is, or what it may do.",
      remedy,
    }));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (isPlainObject(found) ? found[key] : undefined),
    value,
  );
}
