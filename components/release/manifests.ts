import { helmRelease } from "../../api/types/helm-release.js";
import type { HelmReleaseSpec } from "../../api/types/helm-release.js";
import { floatReason } from "../../graph/references/floating-findings.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import type { FluxPlace } from "../flux-part.js";
import { mergedSpec } from "../merged-spec.js";
import { secretRef } from "../secret-reference.js";
import type { Chart } from "./chart.js";
import type { Release, ReleasePart, ValuesReference } from "./release.js";

/** Renders a release where its owner has its objects. */
export function releaseObjects(
  release: ReleasePart<string>,
  place: FluxPlace,
): readonly KubernetesObject[] {
  const { name, args } = release;
  const reason = "reason" in args.chart ? args.chart.reason : undefined;
  const metadata = {
    name,
    namespace: place.namespace,
    ...(place.labels === undefined ? {} : { labels: place.labels }),
    ...(reason === undefined ? {} : { annotations: { [floatReason]: reason } }),
  };
  return [helmRelease(metadata, mergedSpec(releaseSpec(args, place), args.spec))];
}

function releaseSpec(args: Release<string>, place: FluxPlace): HelmReleaseSpec {
  const crds = args.crds ?? "CreateReplace";
  return {
    ...chartFields(args.chart),
    dependsOn: args.dependsOn?.map((one) =>
      "on" in one ? { name: one.on.name, readyExpr: one.readyExpr } : { name: one.name },
    ),
    driftDetection: { mode: "enabled", ...args.driftDetection },
    install: {
      crds,
      createNamespace: args.createNamespace,
      ...retried(args.install),
    },
    interval: args.interval ?? "60m",
    releaseName: args.releaseName,
    rollback: args.rollback,
    serviceAccountName: place.serviceAccountName,
    storageNamespace: args.storageNamespace,
    targetNamespace: args.targetNamespace,
    test: args.test,
    timeout: args.timeout,
    uninstall: args.uninstall,
    upgrade: { crds, ...retried(args.upgrade) },
    values: args.values,
    valuesFrom: args.valuesFrom?.map(valuesFrom),
  };
}

/** An action that is tried again; who says how to remedy a failure wants that instead. */
function retried(action: HelmReleaseSpec["install"] | HelmReleaseSpec["upgrade"]): object {
  return action?.remediation === undefined
    ? { strategy: { name: "RetryOnFailure" }, ...action }
    : { ...action };
}

function chartFields(chart: Chart<string>): Pick<HelmReleaseSpec, "chart" | "chartRef"> {
  const { source } = chart;
  switch (source.type) {
    case "OCIRepository":
      return { chartRef: { kind: source.type, name: source.name } };
    case "ArtifactGenerator": {
      const artifact = "artifact" in chart ? chart.artifact : undefined;
      return { chartRef: { kind: "ExternalArtifact", name: artifact ?? source.name } };
    }
    case "HelmRepository":
    case "GitRepository":
    case "Bucket":
      return { chart: { spec: chartSpec(chart, { kind: source.type, name: source.name }) } };
  }
}

type ChartSpec = NonNullable<HelmReleaseSpec["chart"]>["spec"];

function chartSpec(chart: Chart<string>, sourceRef: ChartSpec["sourceRef"]): ChartSpec {
  if ("path" in chart) {
    // Otherwise a new commit is a new chart only when it also changes the version in Chart.yaml.
    const reconcileStrategy = "Revision";
    return { chart: chart.path, reconcileStrategy, sourceRef, valuesFiles: chart.valuesFiles };
  }
  if (!("name" in chart)) return { chart: "", sourceRef };
  const { verify } = chart;
  return {
    chart: chart.name,
    sourceRef,
    valuesFiles: chart.valuesFiles,
    verify: verify && { provider: verify.provider, secretRef: secretRef(verify.secret) },
    version: chart.version,
  };
}

function valuesFrom(from: ValuesReference): NonNullable<HelmReleaseSpec["valuesFrom"]>[number] {
  if ("kind" in from) return { kind: "Secret", name: from.name };
  const { secret, configMap, ...options } = from;
  return secret === undefined
    ? { kind: "ConfigMap", name: configMap, ...options }
    : { kind: "Secret", name: secret.name, ...options };
}
