import type { Rehearsal, RehearsalFinding } from "./rehearse.js";

/** The report for people. */
export function printReport(rehearsal: Rehearsal): string {
  const { flux, clusters, files, objects, elsewhere, findings } = rehearsal;
  const versions = [...new Set(clusters.map(({ fluxVersion }) => fluxVersion ?? "unknown"))].sort();
  const errors = findings.filter(({ severity }) => severity !== "warning").length;
  const warnings = findings.length - errors;
  const names = clusters.map(({ name }) => name);
  const lines = [
    `Flux ${versions.join(", ")} -> ${flux} on ${counted(names.length, "cluster")}: ${some(names)}`,
    `Read ${counted(objects, "Flux object")} in ${counted(files, "file")}.`,
    ...(elsewhere.length === 0
      ? []
      : [`Not looked into, for it is in other repositories: ${some(elsewhere)}.`]),
    "",
    ...findings.flatMap((finding) => entry(finding, names.length)),
    errors === 0
      ? `Nothing would break; ${counted(warnings, "warning")}.`
      : `${counted(errors, "problem")}, ${counted(warnings, "warning")}.`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The same as JSON, one stable object. */
export function printJson({ clusters, ...rest }: Rehearsal): string {
  const listed = clusters.map(({ name, environment, ring, fluxVersion }) => {
    return { name, environment, ring, fluxVersion };
  });
  return `${JSON.stringify({ ...rest, clusters: listed }, null, 2)}\n`;
}

function entry(finding: RehearsalFinding, selected: number): readonly string[] {
  const { code, path, problem, remedy, severity = "error", clusters } = finding;
  const label = severity === "warning" ? "warning" : "breaks ";
  const where = clusters.length === selected ? "" : `  (${some(clusters)})`;
  return [`${label} ${path}${where}`, `        ${problem}`, `        ${remedy} [${code}]`, ""];
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function some(names: readonly string[]): string {
  const more = names.length - 10;
  return more > 0 ? `${names.slice(0, 10).join(", ")} and ${String(more)} more` : names.join(", ");
}
