/**
 * The part of OpenAPI that Flux's CRDs use. Anything else in a CRD is refused when it is compiled, so
 * that a new keyword is noticed instead of ignored.
 */
export interface FieldSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: FieldSchema | boolean;
  readonly items?: FieldSchema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly FieldRule[];
}

/** A rule in CEL that an API server applies to a value. */
export interface FieldRule {
  readonly rule: string;
  readonly message: string;
}

/** One version of a kind, as its CRD has it. */
export interface KindVersion {
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly schema: FieldSchema;
  readonly subresources?: unknown;
  readonly additionalPrinterColumns?: unknown;
}

/** One kind of a Flux line: its CRD without prose, versions by name. */
export interface FluxKind {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly kind: string; readonly plural: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, KindVersion>>;
}

/** Every kind of a Flux line, by kind. */
export type LineKinds = Readonly<Record<string, FluxKind>>;

/** The version that a kind is stored as, which is the one to write. */
export function storageVersion({ versions }: FluxKind): string {
  return Object.keys(versions).find((name) => versions[name]?.storage === true) ?? "";
}
