import { partStatuses, type PartName, type PartStatus } from "./parts/index.js";

/** Parts without which no cluster starts or no controller runs. */
export const clusterParts: readonly PartName[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
];

/** What is there and what building the rest takes, as lines for a person. */
export function describePlan(statuses: readonly PartStatus[] = partStatuses()): readonly string[] {
  const missing = statuses.filter(({ present }) => !present);
  const width = Math.max(...statuses.map(({ name }) => name.length));
  const line = (part: PartStatus): string =>
    [
      part.name.padEnd(width),
      part.version.padEnd(12),
      part.present ? "found" : `to build, about ${minutes(part)}, ${gigabytes([part])} to download`,
    ].join("  ");
  return [...statuses.map(line), "", summary(statuses.length, missing)];
}

function summary(all: number, missing: readonly PartStatus[]): string {
  if (missing.length === 0) return `All ${String(all)} parts are there.`;
  const total = missing.reduce((sum, part) => sum + part.estimatedMinutes, 0);
  return (
    `${String(all - missing.length)} of ${String(all)} parts are there; to build: ` +
    `${String(missing.length)}, about ${String(Math.ceil(total))} minutes on two cores, ` +
    `${gigabytes(missing)} to download.`
  );
}

function minutes({ estimatedMinutes }: PartStatus): string {
  return estimatedMinutes < 1 ? "under a minute" : `${String(Math.ceil(estimatedMinutes))} min`;
}

function gigabytes(parts: readonly PartStatus[]): string {
  const megabytes = parts.reduce((sum, part) => sum + part.downloadMegabytes, 0);
  return `${(megabytes / 1000).toFixed(2)} GB`;
}
