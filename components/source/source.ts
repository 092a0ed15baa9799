import type { Input, Part } from "../fleet/part.js";
import type { ArtifactGeneratorPart } from "./artifact-generator.js";
import type { BucketPart } from "./bucket.js";
import type { GitRepositoryPart } from "./git-repository.js";
import type { HelmRepositoryPart } from "./helm-repository.js";
import type { OciRepositoryPart } from "./oci-repository.js";

/** What a source is on the cluster. */
export type SourceType =
  "GitRepository" | "OCIRepository" | "HelmRepository" | "Bucket" | "ArtifactGenerator";

/** A source of one kind: `type` says which, the rest are the arguments of its builder. */
export type SourceOf<Type extends SourceType, Args> = Part<
  "source",
  Args & { readonly type: Type }
>;

/** A source of a layer or a tenant: where releases and Kustomizations take their content from. */
export type SourcePart<Value = Input> =
  | GitRepositoryPart<Value>
  | OciRepositoryPart<Value>
  | HelmRepositoryPart<Value>
  | BucketPart<Value>
  | ArtifactGeneratorPart;

/** The identity of a source; also of one that is no part, such as the `gitSource` of a tenant. */
export interface SourceReference<Type extends SourceType = SourceType> {
  readonly kind: "source";
  readonly name: string;
  readonly type: Type;
}

/** A source where another part names one. */
export type NamedSource<Type extends SourceType = SourceType> =
  | SourceReference<Type>
  | {
      readonly kind: "source";
      readonly name: string;
      readonly args: { readonly type: Type };
    };

/** A reference to a source without its arguments. */
export function sourceReference<Type extends SourceType>(
  source: NamedSource<Type>,
): SourceReference<Type> {
  const type = "args" in source ? source.args.type : source.type;
  return { kind: "source", name: source.name, type };
}
