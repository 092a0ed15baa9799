import { gitRepository } from "../../api/types/git-repository.js";
import type { GitRepositorySpec } from "../../api/types/git-repository.js";
import type { ImagePolicySpec } from "../../api/types/image-policy.js";
import { imagePolicy } from "../../api/types/image-policy.js";
import type { ImageRepositorySpec } from "../../api/types/image-repository.js";
import { imageRepository } from "../../api/types/image-repository.js";
import type { ImageUpdateAutomationSpec } from "../../api/types/image-update-automation.js";
import { imageUpdateAutomation } from "../../api/types/image-update-automation.js";
import { floatReason } from "../../graph/references/floating-findings.js";
import type { KubernetesObject, ObjectMeta } from "../../manifests/manifest.js";
import { sourcePath } from "../../manifests/repo-path.js";
import type { FluxPlace } from "../flux-part.js";
import { mergedSpec } from "../merged-spec.js";
import type { ImageAutomationPart, ImageChoice } from "./image-automation.js";
import type { ImageUpdatesArgs } from "./image-updates.js";

/** Name of the source and of the automation that write; there is one of each in a Namespace. */
export const imageUpdatesName = "image-updates";

/** How often registries and Git are looked at, when nothing is said. */
export const imageInterval = "5m";

/** What Flux writes into a commit message when nothing is said. */
export const defaultMessage =
  'Update images\n\n{{ range .Changed.Changes }}{{ println .Setter .OldValue "->" .NewValue }}{{ end }}';

/** Where images live, and the repository whose markers are written. */
export interface ImagePlace extends FluxPlace {
  readonly source: {
    /** Address of the repository. */
    readonly url: string;
    /** The branch that Flux follows. @default none: it follows no branch */
    readonly branch?: string | undefined;
  };
}

/**
 * The objects of images, each an ImageRepository with its ImagePolicy, and of who writes their tags: a
 * GitRepository with the login that may write, and one ImageUpdateAutomation.
 *
 * @param updates - undefined when nobody writes
 */
export function imageObjects(
  parts: readonly ImageAutomationPart[],
  updates: ImageUpdatesArgs | undefined,
  place: ImagePlace,
): readonly KubernetesObject[] {
  const sorted = [...parts].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    ...sorted.flatMap((part) => policyObjects(part, place)),
    ...(updates === undefined ? [] : writerObjects(updates, place)),
  ];
}

/** The branch that the automation of a place reads; undefined when none is named anywhere. */
export function readBranch(
  { writesTo }: ImageUpdatesArgs,
  { source }: Pick<ImagePlace, "source">,
): string | undefined {
  return writesTo.branch ?? source.branch;
}

function policyObjects(
  { name, args }: ImageAutomationPart,
  place: ImagePlace,
): readonly KubernetesObject[] {
  const { interval = imageInterval, digestReflection, filterTags, reason, spec } = args;
  const metadata = metaOf(name, place);
  const repository = imageRepository(
    metadata,
    mergedSpec<ImageRepositorySpec>(
      {
        image: args.image,
        interval,
        provider: args.provider,
        secretRef: args.secret && { name: args.secret.name },
      },
      spec?.repository,
    ),
  );
  const policy = imagePolicy(
    reason === undefined ? metadata : { ...metadata, annotations: { [floatReason]: reason } },
    mergedSpec<ImagePolicySpec>(
      {
        digestReflectionPolicy: digestReflection,
        filterTags,
        imageRepositoryRef: { name },
        // The only choice for which the API server takes an interval, and then it needs one.
        interval: digestReflection === "Always" ? interval : undefined,
        policy: choiceOf(args.policy),
      },
      spec?.policy,
    ),
  );
  return [repository, policy];
}

function choiceOf({ semver, alphabetical, numerical }: ImageChoice): ImagePolicySpec["policy"] {
  if (semver !== undefined) return { semver: { range: semver } };
  return alphabetical === undefined
    ? { numerical: { order: numerical } }
    : { alphabetical: { order: alphabetical } };
}

function writerObjects(updates: ImageUpdatesArgs, place: ImagePlace): readonly KubernetesObject[] {
  const { writesTo, interval = imageInterval, spec } = updates;
  const branch = readBranch(updates, place);
  const metadata = metaOf(imageUpdatesName, place);
  const source = gitRepository(
    metadata,
    mergedSpec<GitRepositorySpec>(
      {
        interval: "60m",
        ref: { branch },
        secretRef: { name: writesTo.secret.name },
        // Image automation reads address and login of a source, and clones by itself. Fetched by
        // source-controller as well, the repository would be polled twice.
        suspend: true,
        url: place.source.url,
      },
      spec?.source,
    ),
  );
  const automation = imageUpdateAutomation(
    metadata,
    mergedSpec<ImageUpdateAutomationSpec>(
      automationSpec(updates, branch, interval),
      spec?.automation,
    ),
  );
  return [source, automation];
}

function automationSpec(
  updates: ImageUpdatesArgs,
  branch: string | undefined,
  interval: string,
): ImageUpdateAutomationSpec {
  const { writesTo, author, signingKey, messageValues } = updates;
  return {
    git: {
      checkout: { ref: { branch } },
      commit: {
        author,
        messageTemplate: messageOf(updates),
        messageTemplateValues: messageValues,
        signingKey: signingKey && {
          secretRef: { name: signingKey.secret.name },
          type: signingKey.type,
        },
      },
      push: {
        branch: writesTo.push?.branch ?? branch,
        options: writesTo.push?.options,
        refspec: writesTo.push?.refspec,
      },
    },
    interval,
    sourceRef: { kind: "GitRepository", name: imageUpdatesName },
    update: { path: directoryOf(writesTo.path), strategy: "Setters" },
  };
}

function messageOf({ message = defaultMessage, skipCi = false }: ImageUpdatesArgs): string {
  return skipCi ? `${message}\n\n[skip ci]` : message;
}

/** One spelling, with leading `./`, for what Flux takes in several. */
function directoryOf(path: string): string {
  const directory = sourcePath(path);
  return directory === "." ? "./" : `./${directory}`;
}

function metaOf(name: string, { namespace, labels }: FluxPlace): ObjectMeta {
  return { name, namespace, ...(labels === undefined ? {} : { labels }) };
}
