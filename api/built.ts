import { frozenCopy } from "../manifests/frozen-copy.js";
import type { ObjectMeta } from "../manifests/manifest.js";

/** The shape of every object of Flux; an alias, because only those are assignable to open objects. */
type Built<ApiVersion extends string, Kind extends string, Spec> = Readonly<{
  apiVersion: ApiVersion;
  kind: Kind;
  metadata: ObjectMeta;
  spec: Spec;
}>;

/** A frozen object; what is given is copied, and fields that are undefined are left out. */
export function built<ApiVersion extends string, Kind extends string, Spec>(
  apiVersion: ApiVersion,
  kind: Kind,
  metadata: ObjectMeta,
  spec: Spec,
): Built<ApiVersion, Kind, Spec> {
  return frozenCopy({ apiVersion, kind, metadata, spec });
}
