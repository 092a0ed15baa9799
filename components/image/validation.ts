import { templateFindings } from "../../api/commit-template.js";
import type { Finding } from "../../errors.js";
import { durationFindings, intervalRule } from "../../graph/values/durations.js";
import { refNameFindings, semverFindings } from "../../graph/values/git-references.js";
import { nameFindings, quoted } from "../../graph/values/names.js";
import { sourcePathFindings } from "../../graph/values/path-findings.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import { duplicateNames } from "../flux-parts.js";
import type { KeptField } from "../merged-spec.js";
import { keptFields, specFindings } from "../merged-spec.js";
import type { ImageAutomationArgs, ImageAutomationPart } from "./image-automation.js";
import type { ImageUpdatesArgs } from "./image-updates.js";
import type { ImagePlace } from "./manifests.js";
import { imageObjects, readBranch } from "./manifests.js";
import { imagesShape, imageUpdatesShape } from "./shape.js";

/**
 * Every finding of images and of who writes their tags, as far as they can be told without the rest of
 * the fleet.
 *
 * @param lead - what the names of the arguments come after, for example `Tenant "payments": `
 */
export function imageFindings(
  parts: readonly ImageAutomationPart[],
  updates: ImageUpdatesArgs | undefined,
  place: ImagePlace,
  lead: string,
): readonly Finding[] {
  const shape = [
    ...shapeFindings(parts, imagesShape, `${lead}images`),
    ...(updates === undefined
      ? []
      : shapeFindings(updates, imageUpdatesShape, `${lead}imageUpdates`)),
  ];
  if (shape.length > 0) return shape;
  return [
    ...duplicateNames(parts, `${lead}images`),
    ...parts.flatMap((part) => partFindings(part, `${lead}images[${quoted(part.name)}]`)),
    ...(updates === undefined ? [] : updateFindings(updates, place, `${lead}imageUpdates`)),
    ...(updates === undefined && parts.length > 0 ? [unwritten(`${lead}images`)] : []),
  ];
}

function unwritten(path: string): Finding {
  return {
    code: "INVALID_ARGUMENT",
    path,
    problem: "Nobody writes the tags of these images.",
    remedy: "Declare `imageUpdates` beside them: on which cluster, where and with which key.",
  };
}

const own = "Use the argument of this meaning.";

const keptOfRepository: readonly KeptField[] = [
  ...keptFields.filter(({ field }) => field === "suspend"),
  { field: "image", remedy: own },
  {
    field: "accessFrom",
    remedy: "Leave it out; policies of other Namespaces are blocked by lockdown.",
  },
];

const keptOfPolicy: readonly KeptField[] = [
  ...keptFields,
  { field: "imageRepositoryRef", remedy: "Leave it out; the policy reads its own image." },
  { field: "policy", remedy: own },
];

const keptOfSource: readonly KeptField[] = [
  ...keptFields,
  ...["url", "ref", "secretRef"].map((field) => ({ field, remedy: own })),
];

const keptOfAutomation: readonly KeptField[] = [
  ...keptFields,
  ...["sourceRef", "update.path", "update.strategy"].map((field) => ({ field, remedy: own })),
  ...["git.checkout", "git.push", "git.commit.signingKey"].map((field) => ({ field, remedy: own })),
];

function partFindings({ name, args }: ImageAutomationPart, at: string): readonly Finding[] {
  const { image, policy, filterTags, interval, reason, spec } = args;
  return [
    ...nameFindings(name, at),
    ...addressFindings(image, `${at}.image`),
    ...choiceFindings(policy, `${at}.policy`),
    ...(filterTags === undefined
      ? []
      : patternFindings(filterTags.pattern, `${at}.filterTags.pattern`)),
    ...durationFindings(interval, intervalRule, `${at}.interval`),
    ...(reason === undefined || reason.trim() !== ""
      ? []
      : [
          {
            code: "MISSING_REASON" as const,
            path: `${at}.reason`,
            problem: "The reason is empty.",
            remedy: "Write why every later version may come, or leave `reason` out.",
          },
        ]),
    ...specFindings(spec?.repository, keptOfRepository, `${at}.spec.repository`),
    ...specFindings(spec?.policy, keptOfPolicy, `${at}.spec.policy`),
  ];
}

// Host with port, then lower-case parts; docker.io may be left out.
const address =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

function addressFindings(image: string, path: string): readonly Finding[] {
  if (isUnknown(image) || (image.length <= 255 && address.test(image))) return [];
  return [
    {
      code: "INVALID_URL",
      path,
      problem: `${quoted(image)} is not the address of an image.`,
      remedy: "Give host and name without scheme, tag and digest: `ghcr.io/acme/web`.",
    },
  ];
}

function choiceFindings(policy: ImageAutomationArgs["policy"], path: string): readonly Finding[] {
  const given = Object.entries(policy).filter(([, value]) => (value as unknown) !== undefined);
  if (given.length !== 1) {
    return [
      {
        code: "INVALID_ARGUMENT",
        path,
        problem: `There are ${String(given.length)} ways to choose a tag.`,
        remedy: "Give exactly one of semver, alphabetical and numerical.",
      },
    ];
  }
  return policy.semver === undefined ? [] : semverFindings(policy.semver, `${path}.semver`);
}

/** Go knows neither what looks around nor references back; the rest is read alike. */
function patternFindings(pattern: string, path: string): readonly Finding[] {
  const compiles = isCompiled(pattern.replace(/^\(\?[imsU]+\)/, "").replaceAll("(?P<", "(?<"));
  if (compiles && !/\(\?<?[=!]|\\[1-9]|\\k</.test(pattern)) return [];
  return [
    {
      code: "INVALID_ARGUMENT",
      path,
      problem: `${quoted(pattern)} is not a regular expression of Go.`,
      remedy: "Leave out what looks ahead or behind and references to groups, and close groups.",
    },
  ];
}

function isCompiled(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function updateFindings(
  updates: ImageUpdatesArgs,
  place: ImagePlace,
  at: string,
): readonly Finding[] {
  const { writesTo, author, interval, spec } = updates;
  const to = `${at}.writesTo`;
  const findings = [
    ...sourcePathFindings(writesTo.path, `${to}.path`),
    ...branchFindings(updates, place, to),
    ...loginFindings(writesTo.secret.name, place, `${to}.secret`),
    ...(/^[^\s@<>]+@[^\s@<>]+$/.test(author.email) ? [] : [invalidEmail(`${at}.author.email`)]),
    ...durationFindings(interval, intervalRule, `${at}.interval`),
    ...specFindings(spec?.source, keptOfSource, `${at}.spec.source`),
    ...specFindings(spec?.automation, keptOfAutomation, `${at}.spec.automation`),
  ];
  return findings.length > 0 ? findings : messageFindings(updates, place, at);
}

function branchFindings(
  updates: ImageUpdatesArgs,
  place: ImagePlace,
  at: string,
): readonly Finding[] {
  const { branch, push } = updates.writesTo;
  const named = [
    ...(branch === undefined ? [] : refNameFindings(branch, "branch", `${at}.branch`)),
    ...(push?.branch === undefined
      ? []
      : refNameFindings(push.branch, "branch", `${at}.push.branch`)),
  ];
  if (readBranch(updates, place) !== undefined) return named;
  return [
    ...named,
    {
      code: "INVALID_ARGUMENT",
      path: `${at}.branch`,
      problem: "The source follows no branch, so there is none to write to.",
      remedy: "Name the branch whose files are written.",
    },
  ];
}

/** The login of the root source, which every cluster has, is there to read. */
function loginFindings(name: string, { namespace }: ImagePlace, path: string): readonly Finding[] {
  if (namespace !== fluxNamespace || name !== fluxNamespace) return [];
  return [
    {
      code: "INVALID_ARGUMENT",
      path,
      problem: `Secret ${quoted(name)} is the login with which every cluster reads.`,
      remedy: "Give another login, which only the cluster that writes has.",
    },
  ];
}

function invalidEmail(path: string): Finding {
  return {
    code: "INVALID_ARGUMENT",
    path,
    problem: "The text is not an e-mail address.",
    remedy: "Give the address that commits are to carry.",
  };
}

/** The message as Flux gets it; the controller would meet a mistake only when a commit is due. */
function messageFindings(
  updates: ImageUpdatesArgs,
  place: ImagePlace,
  at: string,
): readonly Finding[] {
  const [, automation] = imageObjects([], updates, place);
  return automation === undefined
    ? []
    : templateFindings(automation, "").map((finding) => ({ ...finding, path: `${at}.message` }));
}
