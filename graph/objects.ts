/** What names an object within one cluster. The version of its API does not. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** An object and who applies it. */
export interface AppliedObject {
  readonly object: ObjectIdentity;
  /** For messages, for example `tenant "payments"`. */
  readonly applier: string;
}

/** A key that is equal exactly for the same object of a cluster: group, kind, namespace and name. */
export function objectKey({ apiVersion, kind, metadata }: ObjectIdentity): string {
  const slash = apiVersion.lastIndexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return `${group}\0${kind}\0${metadata.namespace ?? ""}\0${metadata.name}`;
}

/** The key of an object by its parts, equal to {@link objectKey} of it. */
export function identityKey(
  group: string,
  kind: string,
  namespace: string | undefined,
  name: string,
): string {
  return `${group}\0${kind}\0${namespace ?? ""}\0${name}`;
}

/** `Kind namespace/name` of an object, for messages. */
export function objectTitle({ kind, metadata }: ObjectIdentity): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}
