/** Names one kind of object, for example `{ apiVersion: "apps/v1", kind: "Deployment" }`. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Names one object. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectRef extends ObjectKind {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What an object says about itself. Members the API server adds are optional: they are absent before the first write. */
export interface LiveMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Raised by the API server whenever the declaration (`spec`) changes. */
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  /** Set once somebody asked for deletion; the object stays until its finalizers are done. */
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object as it is sent to or read from an API server. */
export interface KubeObject extends ObjectKind {
  readonly metadata: LiveMeta;
  readonly [field: string]: unknown;
}

/** The reference that names an object. */
export function refOf(object: KubeObject): ObjectRef {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
  };
}

/** How an object is named in messages: `Kustomization flux-system/apps`, `Namespace payments`. */
export function describeObject(ref: ObjectRef): string {
  return ref.namespace === undefined
    ? `${ref.kind} ${ref.name}`
    : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

/** The member `field` of a plain object, or undefined when either is missing. */
export function member(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.prototype.hasOwnProperty.call(value, field)
    ? (value as Readonly<Record<string, unknown>>)[field] // checked to be an object above
    : undefined;
}

/** The value found by walking `fields`, or undefined as soon as one is missing. */
export function at(value: unknown, ...fields: readonly string[]): unknown {
  return fields.reduce(member, value);
}

/** Like {@link at}, and undefined unless the value is a string that is not empty. */
export function textAt(value: unknown, ...fields: readonly string[]): string | undefined {
  const found = at(value, ...fields);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** Like {@link at}, and undefined unless the value is a number. */
export function numberAt(value: unknown, ...fields: readonly string[]): number | undefined {
  const found = at(value, ...fields);
  return typeof found === "number" ? found : undefined;
}

/** Like {@link at}, and an empty list unless the value is a list. */
export function listAt(value: unknown, ...fields: readonly string[]): readonly unknown[] {
  const found = at(value, ...fields);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}
