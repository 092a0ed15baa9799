import type { HelmRepositorySpec } from "../../api/types/helm-repository.js";
import { part } from "../fleet/part.js";
import type { Input } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";
import type { SourceOf } from "./source.js";

/**
 * Arguments of {@link helmRepository}.
 *
 * @see https://fluxcd.io/flux/components/source/helmrepositories/
 */
export interface HelmRepositoryArgs<Value = Input> {
  /**
   * Address, `https://…` of a repository with an index, or `oci://…` of the registry path above the
   * chart. For one chart of a registry, `ociRepository` says more: digest, signature, signer.
   */
  readonly url: Value;
  /** The login, `username` and `password`, or of a registry. @default none: it is public */
  readonly secret?: SecretReference | undefined;
  /** Certificates for a server of your own. @default those of the system */
  readonly certSecret?: SecretReference | undefined;
  /** Whether the login is also sent to other hosts that the index names. @default false */
  readonly passCredentials?: boolean | undefined;
  /** The cloud whose identity logs in; only with `oci://`. @default "generic" (Flux) */
  readonly provider?: "generic" | "aws" | "azure" | "gcp" | undefined;
  /** Whether a registry is spoken to without TLS; for tests. @default false */
  readonly insecure?: boolean | undefined;
  /** How often the index is read. Go duration, 10s to 720h. @default "60m" (ours) */
  readonly interval?: string | undefined;
  /** Longest time for one download; no unit `h`. Go duration, 1s to 1440m. @default "60s" (Flux) */
  readonly timeout?: string | undefined;
  /** Fields of the HelmRepository for which there is no argument. @default none */
  readonly spec?: DeepPartial<HelmRepositorySpec> | undefined;
}

/** A repository of Helm charts. */
export type HelmRepositoryPart<Value = Input> = SourceOf<
  "HelmRepository",
  HelmRepositoryArgs<Value>
>;

/**
 * Declares a repository of Helm charts.
 *
 * @example
 * ```ts
 * const bitnami = helmRepository("podinfo", { url: "https://stefanprodan.github.io/podinfo" });
 * ```
 */
export function helmRepository(
  name: string,
  args: HelmRepositoryArgs<string>,
): HelmRepositoryPart<string>;
export function helmRepository(name: string, args: HelmRepositoryArgs): HelmRepositoryPart;
export function helmRepository(name: string, args: HelmRepositoryArgs): HelmRepositoryPart {
  const { secret, certSecret } = args;
  return part("source", name, {
    ...args,
    type: "HelmRepository",
    secret: secret && secretReference(secret),
    certSecret: certSecret && secretReference(certSecret),
  });
}
