import type { ImagePolicySpec, ImageRepositorySpec } from "../../api/types/index.js";
import type { Part } from "../fleet/part.js";
import { part } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import { secretReference } from "../secret-reference.js";
import type { DeepPartial } from "../merged-spec.js";

/** Which of the tags is the newest: exactly one way to order them. */
export type ImageChoice =
  | {
      /** The highest version of this range, `>=1.0.0 <2.0.0`; a pre-release only when the range names one. */
      readonly semver: string;
      readonly alphabetical?: never;
      readonly numerical?: never;
    }
  | {
      /** The last tag by letters, or with `desc` the first. */
      readonly alphabetical: "asc" | "desc";
      readonly semver?: never;
      readonly numerical?: never;
    }
  | {
      /** The highest number, or with `desc` the lowest. */
      readonly numerical: "asc" | "desc";
      readonly semver?: never;
      readonly alphabetical?: never;
    };

/** Which tags are looked at, and which part of them is compared. */
export interface ImageTagFilter {
  /** A regular expression of Go (RE2); tags that do not match are left out. */
  readonly pattern: string;
  /** What is compared instead of the tag: a template of the groups of `pattern`, `$ts`. @default the tag */
  readonly extract?: string;
}

/**
 * What Flux looks for in a registry.
 *
 * @see https://fluxcd.io/flux/components/image/imagerepositories/
 */
export interface ImageAutomationArgs {
  /** The image without tag: `ghcr.io/acme/payment-service`. */
  readonly image: string;
  /** Which tag is chosen. @see https://fluxcd.io/flux/components/image/imagepolicies/#policy */
  readonly policy: ImageChoice;
  /** Which tags are looked at. @default all but those of signatures (`.sig`) */
  readonly filterTags?: ImageTagFilter;
  /**
   * Whether the digest of the chosen tag is written as well: never, when the tag was chosen, or after
   * every look at the registry, so that a tag that was pushed again is followed. @default "Never" (Flux)
   */
  readonly digestReflection?: "Never" | "IfNotPresent" | "Always";
  /** How often the registry is asked for its tags. Go duration, 10s to 720h. @default "5m" (ours) */
  readonly interval?: string;
  /** The login of the registry, a Secret made by `dockerConfigSecret`. @default none */
  readonly secret?: SecretReference;
  /** Whose workload identity logs in to the registry. @default "generic" (Flux): none */
  readonly provider?: "generic" | "aws" | "azure" | "gcp";
  /**
   * Why the chosen version may be any later one, in production or on several clusters at once; read
   * by reviewers. @default none: such a choice is refused
   */
  readonly reason?: string;
  /** Fields of the two objects that have no argument, laid over what is rendered. @default none */
  readonly spec?: {
    readonly repository?: DeepPartial<ImageRepositorySpec>;
    readonly policy?: DeepPartial<ImagePolicySpec>;
  };
}

/** An image whose newest tag Flux keeps in Git: an ImageRepository with its ImagePolicy. */
export type ImageAutomationPart = Part<"image", ImageAutomationArgs>;

/**
 * Declares an image that Flux looks for. The tag that it chooses is written behind the markers of
 * `image()`, by the `imageUpdates` of the fleet or of the tenant that lists it.
 *
 * @example
 * ```ts
 * const web = imageAutomation("web", {
 *   image: "ghcr.io/acme/web",
 *   policy: { semver: ">=1.0.0 <2.0.0" },
 * });
 * ```
 */
export function imageAutomation(name: string, args: ImageAutomationArgs): ImageAutomationPart {
  const { secret, ...rest } = args;
  return part("image", name, {
    ...rest,
    ...(secret === undefined ? {} : { secret: secretReference(secret) }),
  });
}
