import type { Finding } from "../../errors.js";
import { durationFindings, intervalRule, timeoutRule } from "../../graph/values/durations.js";
import { nameFindings, quoted } from "../../graph/values/names.js";
import { isExactVersion } from "../../graph/values/version-ranges.js";
import { sourcePathFindings } from "../../graph/values/path-findings.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import type { FluxPlace } from "../flux-part.js";
import { keptFields, specFindings } from "../merged-spec.js";
import type { KeptField } from "../merged-spec.js";
import { isSettled } from "../source/url-findings.js";
import type { Chart, RepositoryChart } from "./chart.js";
import type { Release, ReleasePart } from "./release.js";

const withArgument = [
  "chart.spec.chart",
  "chart.spec.version",
  "chart.spec.sourceRef",
  "chartRef",
  "targetNamespace",
  "storageNamespace",
  "releaseName",
];

const kept: readonly KeptField[] = [
  ...keptFields,
  { field: "kubeConfig", remedy: "Give the release to the cluster that it is for." },
  ...withArgument.map((field) => ({
    field,
    remedy: "Use the argument for it, which is checked.",
  })),
];

/**
 * Every finding of a release by itself.
 *
 * @param at - where it is, for example `Tenant "payments": releases["web"]`
 */
export function releaseFindings(
  { name, args }: ReleasePart<string>,
  place: FluxPlace,
  at: string,
): readonly Finding[] {
  return [
    ...nameFindings(name, at),
    ...chartFindings(args.chart, `${at}.chart`),
    ...targetFindings(args, place, at),
    ...durationFindings(args.interval, intervalRule, `${at}.interval`),
    ...durationFindings(args.timeout, timeoutRule, `${at}.timeout`),
    ...remedyFindings(args, at),
    ...specFindings(args.spec, kept, `${at}.spec`),
  ];
}

function chartFindings(chart: Chart<string>, at: string): readonly Finding[] {
  if ("path" in chart) return sourcePathFindings(chart.path, `${at}.path`);
  return "name" in chart ? repositoryChartFindings(chart, at) : [];
}

function repositoryChartFindings(
  { name, version, reason }: RepositoryChart<unknown, string>,
  at: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (isSettled(name) && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    findings.push({
      code: "INVALID_CHART",
      path: `${at}.name`,
      problem: `${quoted(name)} is not the name of a chart.`,
      remedy: "Give its name in the repository; what stands before it belongs to the source.",
    });
  }
  if (!isSettled(version) || isExactVersion(version)) return findings;
  if (!/^[0-9A-Za-z.*<>=!~^|,+ -]+$/.test(version) || !/[0-9*xX]/.test(version)) {
    const problem = `${quoted(version)} is neither a version nor a range.`;
    const remedy = 'Give the version of one release, for example "1.4.2".';
    return [...findings, { code: "INVALID_CHART", path: `${at}.version`, problem, remedy }];
  }
  if (reason === undefined) {
    findings.push({
      code: "FLOATING_VERSION",
      path: `${at}.version`,
      problem: `The chart follows every version of ${quoted(version)}, so it moves without a commit.`,
      remedy: "Give the version of one release, or write into `reason` why it may move.",
    });
  } else if (reason.trim() === "") {
    findings.push({
      code: "MISSING_REASON",
      path: `${at}.reason`,
      problem: "The chart moves without a commit, and no reason is given.",
      remedy: "Write why, or give the version of one release.",
    });
  }
  return findings;
}

/** Where a release goes: for a tenant into its Namespace, for the platform anywhere but beside Flux. */
function targetFindings(args: Release<string>, place: FluxPlace, at: string): readonly Finding[] {
  const { targetNamespace, storageNamespace, createNamespace } = args;
  if (place.namespace === fluxNamespace) {
    return targetNamespace === undefined
      ? [
          {
            code: "MISSING_NAMESPACE",
            path: `${at}.targetNamespace`,
            problem: `Without it the chart is installed into "${fluxNamespace}", beside Flux.`,
            remedy: "Say into which Namespace it belongs.",
          },
        ]
      : [targetNamespace, storageNamespace].flatMap((namespace, index) =>
          namespace === undefined || !isSettled(namespace)
            ? []
            : nameFindings(namespace, `${at}.${index === 0 ? "target" : "storage"}Namespace`),
        );
  }
  const foreign = Object.entries({ targetNamespace, storageNamespace }).filter(
    ([, namespace]) => namespace !== undefined && namespace !== place.namespace,
  );
  return [
    ...foreign.map(([field, namespace]): Finding => ({
      code: "INVALID_ARGUMENT",
      path: `${at}.${field}`,
      problem: `A tenant has rights in its own Namespace ${quoted(place.namespace)} only, not in ${quoted(namespace)}.`,
      remedy: "Leave it out, or give the release to a layer.",
    })),
    ...(createNamespace === true
      ? [
          {
            code: "INVALID_ARGUMENT" as const,
            path: `${at}.createNamespace`,
            problem: "A tenant may not create Namespaces.",
            remedy: "Leave it out; its Namespace is there before the release.",
          },
        ]
      : []),
  ];
}

/** What would never be used: trying again and remedying exclude each other. */
function remedyFindings({ install, upgrade, rollback }: Release<string>, at: string): Finding[] {
  const findings: Finding[] = [];
  for (const [action, settings = {}] of Object.entries({ install, upgrade })) {
    const isRetried = settings.strategy?.name === "RetryOnFailure";
    if (!isRetried || settings.remediation === undefined) continue;
    findings.push({
      code: "INVALID_ARGUMENT",
      path: `${at}.${action}.remediation`,
      problem: "With strategy RetryOnFailure Flux does not look at it.",
      remedy: "Leave out one of the two; without `strategy` the remediation counts.",
    });
  }
  if (rollback !== undefined && upgrade?.remediation === undefined) {
    findings.push({
      code: "INVALID_ARGUMENT",
      path: `${at}.rollback`,
      problem: "Nothing is ever rolled back: a failed upgrade is tried again.",
      remedy: "Give `upgrade.remediation`, for example `{ retries: 3 }`.",
    });
  }
  return findings;
}
