import { existsSync } from "node:fs";
import { fluxVersions, unreadManifests } from "../../components/bootstrap/flux-versions.js";
import {
  checkFleet,
  formatFinding,
  loadInstallManifests,
  renderFleet,
  unknownValue,
} from "../../core.js";
import type { FleetDeclaration, Finding, InstallManifests } from "../../core.js";
import { acme } from "../../examples/quickstart/fleet.js";
import { installManifestPath } from "../../lab/parts/index.js";
import { ownershipPath } from "../../repository/ownership-file.js";
import type { Setting } from "./arguments.js";
import { faint, heading, print, table, wrap } from "./screen.js";

/** Name of the Fleet in `examples/quickstart`. */
export const owner = "acme";

/** The value that the story changes, before and after. */
export const interval = { before: "10m", after: "5m" } as const;

/** Files whose content comes from the install manifests of Flux. */
const generated = "/gotk-components.yaml";

/** Where the clusters would read, when there is no cluster. */
export const exampleAddress = (repository: string): string =>
  `https://git.example.com/acme/${repository}`;

/**
 * Prints every path that will be committed and every finding: pure rendering, before anything is
 * built or started.
 * @returns the Flux versions the fleet names, or `undefined` when a finding forbids to go on
 */
export async function showDeclaration(setting: Setting): Promise<readonly string[] | undefined> {
  const declaration = declared(setting);
  const versions = fluxVersions(declaration.flux.version);
  const built = versions.every((version) => existsSync(installManifestPath(version)));
  const installManifests = built
    ? await read(versions)
    : new Map(versions.map((version) => [version, unreadManifests(version)]));
  heading("What will be committed (examples/quickstart/fleet.ts, rendered without any engine)");
  const findings = checkFleet(owner, declaration, { installManifests });
  if (findings.some(stops)) {
    showFindings(findings);
    return undefined;
  }
  const { files } = renderFleet(owner, declaration, { installManifests });
  const rows = files.map(({ path, part, text }) => [
    path,
    !built && path.endsWith(generated) ? "generated" : lines(text),
    part,
  ]);
  const record = [ownershipPath(owner), "-", `what fleet "${owner}" owns`];
  table([["path", "lines", "for"], ...[...rows, record].sort(byPath)]);
  print("", `${String(rows.length + 1)} files, one commit.`);
  if (!built) {
    print(
      `The files ${generated.slice(1)} are generated during the build, from Flux's own modules.`,
    );
  }
  showFindings(findings);
  return versions;
}

/** The declaration as it is known before anything exists: logins and kubeconfigs come later. */
function declared(setting: Setting): FleetDeclaration {
  const later = { token: unknownValue, ca: unknownValue };
  const address = (repository: string): string =>
    setting.kind === "lab" ? `https://127.0.0.1/${repository}.git` : exampleAddress(repository);
  const isExisting = setting.kind === "existing";
  return acme({
    repository: isExisting ? setting.repository : address("fleet-infra"),
    pushUrl: undefined,
    push: later,
    read: setting.kind === "no-cluster" ? undefined : later,
    kubeconfigs: { "eu-west-1": undefined, "eu-central-1": undefined },
    payments: {
      application: isExisting ? setting.application : address("payments-app"),
      interval: interval.before,
    },
  });
}

async function read(versions: readonly string[]): Promise<ReadonlyMap<string, InstallManifests>> {
  const loaded = await Promise.all(
    versions.map((version) =>
      loadInstallManifests([version], { file: installManifestPath(version) }),
    ),
  );
  return new Map(loaded.flatMap((one) => [...one]));
}

function showFindings(findings: readonly Finding[]): void {
  if (findings.length === 0) {
    print("No findings: nothing dangles, overlaps or escalates.");
    return;
  }
  print("", `${String(findings.length)} findings:`);
  for (const finding of findings) {
    print(...wrap(`${finding.severity ?? "error"}: ${formatFinding(finding)}`, "  ").map(faint));
  }
}

function stops({ severity }: Finding): boolean {
  return severity !== "warning";
}

function lines(text: string): string {
  return String(text.split("\n").length - 1);
}

function byPath([a = ""]: readonly string[], [b = ""]: readonly string[]): number {
  return a < b ? -1 : 1;
}
