import type { ArtifactGeneratorSpec } from "../../api/types/artifact-generator.js";
import { part } from "../fleet/part.js";
import type { DeepPartial } from "../merged-spec.js";
import { sourceReference } from "./source.js";
import type { NamedSource, SourceOf } from "./source.js";

/** A source whose content goes into artifacts. */
export interface ArtifactInput {
  readonly source: NamedSource<"GitRepository" | "OCIRepository" | "Bucket">;
  /** How `from`, `revision` and `originRevision` call it. @default the name of the source */
  readonly alias?: string | undefined;
}

/** What is copied into an artifact. */
export interface ArtifactCopy {
  /** `@alias/…`, also with `*` and `**`. */
  readonly from: string;
  /** `@artifact/…`. */
  readonly to: string;
  /** Patterns of files that are left out. @default none */
  readonly exclude?: readonly string[] | undefined;
  /** What happens with a file that is there already, or with an archive. @default "Overwrite" (Flux) */
  readonly strategy?: "Overwrite" | "Merge" | "Extract" | undefined;
}

/** An ExternalArtifact that the generator makes. */
export interface GeneratedArtifact {
  /** Name of the ExternalArtifact. */
  readonly name: string;
  readonly copy: readonly ArtifactCopy[];
  /** `@alias` of the source whose revision it gets. @default a hash of its content */
  readonly revision?: string | undefined;
  /** `@alias` of the source whose commit it says it is from. @default none */
  readonly originRevision?: string | undefined;
}

/**
 * Arguments of {@link artifactGenerator}.
 *
 * @see https://fluxcd.io/flux/components/source/artifactgenerators/
 */
export interface ArtifactGeneratorArgs {
  readonly sources: readonly ArtifactInput[];
  readonly artifacts: readonly GeneratedArtifact[];
  /** Fields of the ArtifactGenerator for which there is no argument. @default none */
  readonly spec?: DeepPartial<ArtifactGeneratorSpec> | undefined;
}

/** Parts of sources, each as an artifact that changes only when its own files do. */
export type ArtifactGeneratorPart = SourceOf<"ArtifactGenerator", ArtifactGeneratorArgs>;

/**
 * Declares artifacts made of parts of sources. Needs the component `source-watcher`.
 *
 * @example
 * ```ts
 * const generator = artifactGenerator("apps", {
 *   sources: [{ source: monorepo, alias: "repo" }],
 *   artifacts: [{ name: "web", copy: [{ from: "@repo/charts/web/**", to: "@artifact/" }] }],
 * });
 * ```
 */
export function artifactGenerator(
  name: string,
  args: ArtifactGeneratorArgs,
): ArtifactGeneratorPart {
  return part("source", name, {
    ...args,
    type: "ArtifactGenerator",
    sources: args.sources.map((one) => ({ ...one, source: sourceReference(one.source) })),
  });
}
