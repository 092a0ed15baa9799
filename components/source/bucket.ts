import type { BucketSpec } from "../../api/types/bucket.js";
import { part } from "../fleet/part.js";
import type { Input } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";
import type { SourceOf } from "./source.js";

/**
 * Arguments of {@link bucket}.
 *
 * @see https://fluxcd.io/flux/components/source/buckets/
 */
export interface BucketArgs<Value = Input> {
  readonly bucketName: Value;
  /** Host of the object storage, without scheme. */
  readonly endpoint: Value;
  readonly region?: Value | undefined;
  /** Only objects whose names begin so. @default all */
  readonly prefix?: string | undefined;
  /** The cloud whose API and identity are used. @default "generic" (Flux) */
  readonly provider?: "generic" | "aws" | "azure" | "gcp" | undefined;
  /** ServiceAccount with the identity, not for `generic`. @default that of the controller */
  readonly serviceAccountName?: string | undefined;
  /** The login, `accesskey` and `secretkey`. @default none */
  readonly secret?: SecretReference | undefined;
  /** Certificates for a server of your own. @default those of the system */
  readonly certSecret?: SecretReference | undefined;
  /** Address and login of a proxy. @default none */
  readonly proxySecret?: SecretReference | undefined;
  /** A service that exchanges an identity for a login. @default none */
  readonly sts?:
    | {
        readonly provider: "aws" | "ldap";
        readonly endpoint: string;
        readonly secret?: SecretReference | undefined;
        readonly certSecret?: SecretReference | undefined;
      }
    | undefined;
  /** What is left out, in the form of `.gitignore`. @default nothing */
  readonly ignore?: string | undefined;
  /** Whether the server is spoken to without TLS; for tests. @default false */
  readonly insecure?: boolean | undefined;
  /** How often the bucket is listed. Go duration, 10s to 720h. @default "5m" (ours) */
  readonly interval?: string | undefined;
  /** Longest time for one download; no unit `h`. Go duration, 1s to 1440m. @default "60s" (Flux) */
  readonly timeout?: string | undefined;
  /** Fields of the Bucket for which there is no argument. @default none */
  readonly spec?: DeepPartial<BucketSpec> | undefined;
}

/** A bucket of an object storage that Flux reads. */
export type BucketPart<Value = Input> = SourceOf<"Bucket", BucketArgs<Value>>;

/**
 * Declares a bucket of an object storage.
 *
 * @example
 * ```ts
 * const manifests = bucket("manifests", {
 *   bucketName: "acme-manifests",
 *   endpoint: "s3.amazonaws.com",
 *   region: "eu-west-1",
 *   provider: "aws",
 * });
 * ```
 */
export function bucket(name: string, args: BucketArgs<string>): BucketPart<string>;
export function bucket(name: string, args: BucketArgs): BucketPart;
export function bucket(name: string, args: BucketArgs): BucketPart {
  const { secret, certSecret, proxySecret, sts } = args;
  return part("source", name, {
    ...args,
    type: "Bucket",
    secret: secret && secretReference(secret),
    certSecret: certSecret && secretReference(certSecret),
    proxySecret: proxySecret && secretReference(proxySecret),
    sts: sts && {
      ...sts,
      secret: sts.secret && secretReference(sts.secret),
      certSecret: sts.certSecret && secretReference(sts.certSecret),
    },
  });
}
