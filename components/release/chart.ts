import type { Input } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import { secretReference } from "../secret-reference.js";
import { sourceReference } from "../source/source.js";
import type { NamedSource, SourceReference } from "../source/source.js";

/** Values files inside the chart. */
interface ValuesFiles {
  /** Files of the chart that are merged in this order instead of `values.yaml`. @default none */
  readonly valuesFiles?: readonly string[] | undefined;
}

/** A chart of a repository with an index, or of a registry path. */
export interface RepositoryChart<Source, Value = Input> extends ValuesFiles {
  readonly source: Source;
  /** Name of the chart in the repository. */
  readonly name: Value;
  /** One version. A range needs a `reason` and may reach the clusters of one ring only. */
  readonly version: Value;
  /** Why the version may move without a commit; read by reviewers. @default none: it may not */
  readonly reason?: string | undefined;
  /** The public keys, or the trust policy, that a chart of an `oci://` repository must satisfy. @default none */
  readonly verify?:
    { readonly provider: "cosign" | "notation"; readonly secret: SecretReference } | undefined;
}

/** A chart in a directory of a Git repository or bucket; its version is the revision of the source. */
export interface DirectoryChart<Source> extends ValuesFiles {
  readonly source: Source;
  /** Directory of the chart, for example `./charts/web`. */
  readonly path: string;
}

/** A chart that is the whole artifact of a registry; its version is the `ref` of the source. */
export interface ArtifactChart<Source> {
  readonly source: Source;
  readonly version?: never;
}

/** A chart in an artifact that a generator makes. */
export interface GeneratedChart<Source> {
  readonly source: Source;
  /** Which of its artifacts. @default the one that is called like the generator */
  readonly artifact?: string | undefined;
}

/** Where a chart comes from, with a reference to the source. */
export type Chart<Value = Input> =
  | RepositoryChart<SourceReference<"HelmRepository">, Value>
  | DirectoryChart<SourceReference<"GitRepository" | "Bucket">>
  | ArtifactChart<SourceReference<"OCIRepository">>
  | GeneratedChart<SourceReference<"ArtifactGenerator">>;

/** The same as it is declared: the source is a part or a reference. */
export type DeclaredChart<Value = Input> =
  | RepositoryChart<NamedSource<"HelmRepository">, Value>
  | DirectoryChart<NamedSource<"GitRepository" | "Bucket">>
  | ArtifactChart<NamedSource<"OCIRepository">>
  | GeneratedChart<NamedSource<"ArtifactGenerator">>;

/** A chart that names its source without holding it. */
export function withReference(chart: DeclaredChart): Chart {
  const declared: { readonly source: NamedSource } & Partial<VerifiedChart> = chart;
  const source: SourceReference = sourceReference(declared.source);
  const { verify } = declared;
  const kept = verify && { verify: { ...verify, secret: secretReference(verify.secret) } };
  // The fields are those of the declared chart, so they still fit the type of the source.
  return { ...chart, ...kept, source } as Chart;
}

type VerifiedChart = Pick<RepositoryChart<NamedSource>, "verify">;
