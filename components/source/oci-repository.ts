import type { OCIRepositorySpec } from "../../api/types/oci-repository.js";
import { part } from "../fleet/part.js";
import type { Input } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";
import type { SourceOf } from "./source.js";

/** Which artifact is read; a digest wins over a range, a range over a tag. */
export type OciReference<Value = Input> =
  | { /** This artifact, `sha256:…`. */ readonly digest: Value }
  | { /** This tag; a release has one of its own. */ readonly tag: Value }
  | {
      /** Newest tag within this range. */ readonly semver: Value;
      /** Regular expression; only tags that match it count. @default all */
      readonly semverFilter?: string | undefined;
      /** Why the version may move without a commit; read by reviewers. */
      readonly reason: string;
    };

/** Who signed an artifact without a key of their own. */
export interface OidcIdentity {
  /** Regular expression for the issuer, for example `^https://token.actions.githubusercontent.com$`. */
  readonly issuer: string;
  /** Regular expression for the subject, for example `^https://github.com/acme/charts.*$`. */
  readonly subject: string;
}

/** Whose signature an artifact must carry. */
export type OciVerification =
  | {
      readonly provider: "cosign";
      /** The public keys, under keys that end in `.pub`. */
      readonly secret: SecretReference;
    }
  | {
      readonly provider: "cosign";
      /** Who may have signed it without a key; any one of them. */
      readonly identities: readonly OidcIdentity[];
      /** A `trusted_root.json` of your own sigstore (Flux 2.9). @default that of sigstore.dev */
      readonly trustedRootSecret?: SecretReference | undefined;
    }
  | {
      readonly provider: "notation";
      /** Trust policy and certificates of notation. */
      readonly secret: SecretReference;
    };

/**
 * Arguments of {@link ociRepository}.
 *
 * @see https://fluxcd.io/flux/components/source/ocirepositories/
 */
export interface OciRepositoryArgs<Value = Input> {
  /** Address, `oci://…`, without tag and credentials. */
  readonly url: Value;
  readonly ref: OciReference<Value>;
  /** The login, as `dockerConfigSecret` makes it. @default none: the repository is public */
  readonly secret?: SecretReference | undefined;
  /** Whose signature an artifact must carry. @default nobody's */
  readonly verify?: OciVerification | undefined;
  /**
   * The cloud whose identity logs in instead of a password.
   *
   * @default "generic" (Flux)
   * @see docs/releases.md
   */
  readonly provider?: "generic" | "aws" | "azure" | "gcp" | undefined;
  /** ServiceAccount with the identity or with pull Secrets. @default that of the controller */
  readonly serviceAccountName?: string | undefined;
  /** Certificates for a registry of your own. @default those of the system */
  readonly certSecret?: SecretReference | undefined;
  /** Address and login of a proxy. @default none */
  readonly proxySecret?: SecretReference | undefined;
  /** Which layer of the artifact is read, and whether it is unpacked. @default the first, unpacked */
  readonly layerSelector?:
    | {
        readonly mediaType?: string | undefined;
        readonly operation?: "extract" | "copy" | undefined;
      }
    | undefined;
  /** What is left out, in the form of `.gitignore`. @default nothing */
  readonly ignore?: string | undefined;
  /** Whether the registry is spoken to without TLS; for tests. @default false */
  readonly insecure?: boolean | undefined;
  /** How often the registry is asked. Go duration, 10s to 720h. @default "10m" (ours) */
  readonly interval?: string | undefined;
  /** Longest time for one download; no unit `h`. Go duration, 1s to 1440m. @default "60s" (Flux) */
  readonly timeout?: string | undefined;
  /** Fields of the OCIRepository for which there is no argument. @default none */
  readonly spec?: DeepPartial<OCIRepositorySpec> | undefined;
}

/** An artifact in a container registry that Flux reads: a chart, or manifests. */
export type OciRepositoryPart<Value = Input> = SourceOf<"OCIRepository", OciRepositoryArgs<Value>>;

/**
 * Declares an artifact of a container registry: a Helm chart, or manifests.
 *
 * @example
 * ```ts
 * const chart = ociRepository("cert-manager", {
 *   url: "oci://quay.io/jetstack/charts/cert-manager",
 *   ref: { tag: "v1.19.1" },
 * });
 * ```
 */
export function ociRepository(
  name: string,
  args: OciRepositoryArgs<string>,
): OciRepositoryPart<string>;
export function ociRepository(name: string, args: OciRepositoryArgs): OciRepositoryPart;
export function ociRepository(name: string, args: OciRepositoryArgs): OciRepositoryPart {
  const { secret, certSecret, proxySecret, verify } = args;
  return part("source", name, {
    ...args,
    type: "OCIRepository",
    secret: secret && secretReference(secret),
    certSecret: certSecret && secretReference(certSecret),
    proxySecret: proxySecret && secretReference(proxySecret),
    verify: verify && withoutSecrets(verify),
  });
}

function withoutSecrets(verify: OciVerification): OciVerification {
  if ("secret" in verify) return { ...verify, secret: secretReference(verify.secret) };
  const { trustedRootSecret: root } = verify;
  return { ...verify, trustedRootSecret: root && secretReference(root) };
}
