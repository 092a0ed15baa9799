import type { Finding } from "../../errors.js";
import { durationFindings, intervalRule, sourceTimeoutRule } from "../../graph/values/durations.js";
import {
  commitFindings,
  refNameFindings,
  semverFindings,
} from "../../graph/values/git-references.js";
import { nameFindings, quoted } from "../../graph/values/names.js";
import { isExactVersion } from "../../graph/values/version-ranges.js";
import type { FluxPlace } from "../flux-part.js";
import { keptFields, specFindings } from "../merged-spec.js";
import type { KeptField } from "../merged-spec.js";
import type { ArtifactGeneratorArgs } from "./artifact-generator.js";
import type { GitRepositoryArgs } from "./git-repository.js";
import type { OciRepositoryArgs } from "./oci-repository.js";
import type { SourcePart } from "./source.js";
import { isSettled, sourceUrlFindings } from "./url-findings.js";
import { verificationFindings } from "./verification-findings.js";

const kept: readonly KeptField[] = [
  ...keptFields,
  ...["url", "ref", "bucketName", "endpoint", "sources", "artifacts"].map((field) => ({
    field,
    remedy: "Use the argument of this name, which is checked.",
  })),
];

/**
 * Every finding of a source by itself.
 *
 * @param at - where it is, for example `Tenant "payments": sources["charts"]`
 */
export function sourceFindings(
  { name, args }: SourcePart<string>,
  _place: FluxPlace,
  at: string,
): readonly Finding[] {
  return [
    ...nameFindings(name, at),
    ...pollFindings(args, at),
    ...specFindings(args.spec, kept, `${at}.spec`),
    ...ownFindings(args, at),
  ];
}

function pollFindings(args: SourcePart<string>["args"], at: string): readonly Finding[] {
  if (args.type === "ArtifactGenerator") return [];
  return [
    ...durationFindings(args.interval, intervalRule, `${at}.interval`),
    ...durationFindings(args.timeout, sourceTimeoutRule, `${at}.timeout`),
  ];
}

function ownFindings(args: SourcePart<string>["args"], at: string): readonly Finding[] {
  switch (args.type) {
    case "GitRepository":
      return [
        ...sourceUrlFindings(args.url, ["https", "ssh", "http"], `${at}.url`),
        ...gitReferenceFindings(args.ref, `${at}.ref`),
      ];
    case "OCIRepository":
      return ociFindings(args, at);
    case "HelmRepository":
      return sourceUrlFindings(args.url, ["https", "oci", "http"], `${at}.url`);
    case "Bucket":
      return [];
    case "ArtifactGenerator":
      return generatorFindings(args, at);
  }
}

function gitReferenceFindings(
  ref: GitRepositoryArgs<string>["ref"],
  at: string,
): readonly Finding[] {
  const entries = Object.entries(ref).filter(([field]) => field !== "reason");
  const [[field, text] = ["", ""]] = entries;
  if (typeof text !== "string" || !isSettled(text)) return [];
  const path = `${at}.${field}`;
  if (field === "branch" || field === "tag") return refNameFindings(text, field, path);
  if (field === "semver") return semverFindings(text, path);
  if (field === "commit") return commitFindings(text, path);
  return /^refs\/[^\s~^:?*[\\]+$/.test(text)
    ? []
    : [
        {
          code: "INVALID_REF",
          path,
          problem: `${quoted(text)} is not the full name of a reference.`,
          remedy: 'Begin with "refs/", for example "refs/pull/12/head".',
        },
      ];
}

function ociFindings(args: OciRepositoryArgs<string>, at: string): readonly Finding[] {
  const { url, ref, verify } = args;
  const isTagged = isSettled(url) && /:[^/]*$|@/.test(url.replace(/^oci:\/\/[^/]*/, ""));
  return [
    ...sourceUrlFindings(url, ["oci"], `${at}.url`),
    ...(isTagged
      ? [
          {
            code: "INVALID_URL" as const,
            path: `${at}.url`,
            problem: "The address ends in a tag or digest.",
            remedy: "Write it into `ref`.",
          },
        ]
      : []),
    ...ociReferenceFindings(ref, `${at}.ref`),
    ...(verify === undefined ? [] : verificationFindings(verify, `${at}.verify`)),
  ];
}

function ociReferenceFindings(
  ref: OciRepositoryArgs<string>["ref"],
  at: string,
): readonly Finding[] {
  if ("digest" in ref) {
    return !isSettled(ref.digest) || /^sha256:[0-9a-f]{64}$/.test(ref.digest)
      ? []
      : [invalidReference(`${at}.digest`, ref.digest, 'Give "sha256:" and 64 digits.')];
  }
  if ("tag" in ref) {
    if (!isSettled(ref.tag)) return [];
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(ref.tag)) {
      return [invalidReference(`${at}.tag`, ref.tag, "Give a tag as registries have them.")];
    }
    return ref.tag !== "latest"
      ? []
      : [
          {
            code: "FLOATING_VERSION",
            path: `${at}.tag`,
            problem: 'The artifact follows the tag "latest", so it moves without a commit.',
            remedy: "Give the tag of one release, a digest, or a range with the reason for it.",
          },
        ];
  }
  if (!isSettled(ref.semver)) return [];
  const isUnexplained = !isExactVersion(ref.semver) && ref.reason.trim() === "";
  return [
    ...semverFindings(ref.semver, `${at}.semver`),
    ...(isUnexplained
      ? [
          {
            code: "MISSING_REASON" as const,
            path: `${at}.reason`,
            problem: "The artifact moves without a commit, and no reason is given.",
            remedy: "Write why, or give the tag of one release.",
          },
        ]
      : []),
  ];
}

function invalidReference(path: string, text: string, remedy: string): Finding {
  return { code: "INVALID_REF", path, problem: `${quoted(text)} names no artifact.`, remedy };
}

/** What a generator calls its sources by, and that each artifact has one maker. */
function generatorFindings(args: ArtifactGeneratorArgs, at: string): readonly Finding[] {
  const aliases = args.sources.map(({ alias, source }) => alias ?? source.name);
  const findings: Finding[] = [];
  const twice = (path: string, name: string, names: readonly string[], index: number): void => {
    if (names.indexOf(name) === index) return;
    findings.push({
      code: "DUPLICATE_IDENTITY",
      path,
      problem: `${quoted(name)} is there twice.`,
      remedy: "Give each one a name of its own.",
    });
  };
  aliases.forEach((alias, index) => {
    twice(`${at}.sources[${String(index)}].alias`, alias, aliases, index);
  });
  const names = args.artifacts.map(({ name }) => name);
  args.artifacts.forEach(({ name, copy, revision, originRevision }, index) => {
    const path = `${at}.artifacts[${String(index)}]`;
    twice(`${path}.name`, name, names, index);
    const used = [
      ...copy.map(({ from }, step) => [`${path}.copy[${String(step)}].from`, from] as const),
      ...(revision === undefined ? [] : [[`${path}.revision`, revision] as const]),
      ...(originRevision === undefined
        ? []
        : [[`${path}.originRevision`, originRevision] as const]),
    ];
    for (const [place, text] of used) {
      const alias = /^@([^/]*)/.exec(text)?.[1];
      if (alias !== undefined && aliases.includes(alias)) continue;
      findings.push({
        code: "DANGLING_REFERENCE",
        path: place,
        problem: `${quoted(text)} begins with no alias of a source.`,
        remedy: `Begin with ${aliases.map((one) => `"@${one}"`).join(" or ")}.`,
      });
    }
  });
  return findings;
}
