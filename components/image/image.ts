import type { ImagePolicyField, SetterMarked } from "../../manifests/marker.js";
import { imagePolicyMarker } from "../../manifests/marker.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import type { PartHandle } from "../fleet/part.js";

/** The policy behind a marker: an image of the fleet, or any ImagePolicy by Namespace and name. */
export type ImagePolicyOf =
  PartHandle<"image"> | { readonly namespace: string; readonly name: string };

/** A tag with the policy that replaces it. */
export interface ImageTagArgs {
  /** The policy whose choice is written. An image part is one of the fleet, in `flux-system`. */
  readonly policy: ImagePolicyOf;
  /** The tag until Flux writes another. Changing it here wins once over what Flux wrote. */
  readonly tag: string;
}

/** A whole image with the policy that replaces it. */
export interface ImageArgs extends ImageTagArgs {
  /** The digest, `sha256:…`, behind the tag until Flux writes another. @default none */
  readonly digest?: string;
}

/**
 * An image, `name:tag`, that Flux keeps up to date, for a field of an object or of the values of a
 * HelmRelease.
 *
 * @example
 * ```ts
 * const container = { name: "web", image: image("ghcr.io/acme/web", { policy: web, tag: "1.3.2" }) };
 * ```
 *
 * @throws FleetError INVALID_MARKER when the policy has no name of Kubernetes
 */
export function image(name: string, { policy, tag, digest }: ImageArgs): SetterMarked {
  const suffix = digest === undefined ? "" : `@${digest}`;
  return marked(policy, undefined, `${name}:${tag}${suffix}`);
}

/** Only the tag of an image: `tag: imageTag({ policy: web, tag: "1.3.2" })`. */
export function imageTag({ policy, tag }: ImageTagArgs): SetterMarked {
  return marked(policy, "tag", tag);
}

/** Only the name of an image, without tag: it follows the `image` of the policy. */
export function imageName(name: string, { policy }: Pick<ImageTagArgs, "policy">): SetterMarked {
  return marked(policy, "name", name);
}

/** Only the digest of an image, `sha256:…`; the policy needs `digestReflection`. */
export function imageDigest(
  digest: string,
  { policy }: Pick<ImageTagArgs, "policy">,
): SetterMarked {
  return marked(policy, "digest", digest);
}

function marked(
  policy: ImagePolicyOf,
  field: ImagePolicyField | undefined,
  value: string,
): SetterMarked {
  const namespace = "namespace" in policy ? policy.namespace : fluxNamespace;
  const reference = { namespace, name: policy.name };
  return imagePolicyMarker(field === undefined ? reference : { ...reference, field }, value);
}
