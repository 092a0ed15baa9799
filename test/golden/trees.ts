import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FleetDeclaration, FleetRecord, RenderedFleet } from "../../core.js";
import { renderFleet } from "../../core.js";
import { acme } from "../../examples/quickstart/fleet.js";
import { fleetContext, wholeFleet } from "../fixtures/fleets.js";
import { layeredFiles, layeredFleet } from "../fixtures/layers.js";
import { partsFleet } from "../fixtures/parts.js";
import { sealedFleet, secretFleet } from "../fixtures/secrets.js";
import { smallInstallManifests } from "../fixtures/install-manifests.js";

/** A fleet whose tree is kept here. */
export interface GoldenFleet {
  readonly render: () => RenderedFleet | Promise<RenderedFleet>;
  /** The fleet with the same paths from which it hardly differs: only what differs is kept. */
  readonly beside?: string;
}

/** The last release of each older line of Flux that is supported. */
const olderFlux = ["2.7.5", "2.8.8"] as const;

/** The fleets whose trees are kept here, by the name of their folder. */
export const goldenFleets: Readonly<Record<string, GoldenFleet>> = {
  layers: {
    render: () =>
      renderFleet("acme", layeredFleet(), fleetContext({ directories: layeredFiles })),
  },
  "two-clusters": { render: () => rendered(wholeFleet()) },
  parts: { render: () => rendered(partsFleet()) },
  quickstart: { render: () => rendered(quickstart()) },
  secrets: { render: async () => sealedFleet(secretFleet(), keptFleet("secrets")) },
  ...Object.fromEntries(
    olderFlux.flatMap((version): (readonly [string, GoldenFleet])[] => [
      [`two-clusters-${version}`, beside("two-clusters", wholeFleet(), version)],
      [`quickstart-${version}`, beside("quickstart", quickstart(), version)],
    ]),
  ),
};

/**
 * The kept tree as the head of the next commit. The wraps of its data keys are random, so they are
 * taken from here for ever, and everything else follows from the seed of the fixtures.
 */
function keptFleet(name: string): Parameters<typeof sealedFleet>[1] {
  const tree = readTree(goldenDirectory(name));
  const files = [...tree].map(([path, text]) => ({ path, text }));
  return { files, record: JSON.parse(tree.get("record.json") ?? "{}") as FleetRecord };
}

function beside(name: string, fleet: FleetDeclaration, version: string): GoldenFleet {
  return { render: () => rendered({ ...fleet, flux: { version } }), beside: name };
}

function rendered(fleet: FleetDeclaration): RenderedFleet {
  const versions = ["2.7.5", "2.8.8", "2.9.3", "2.9.4"];
  const installManifests = new Map(versions.map((one) => [one, smallInstallManifests(one)]));
  return renderFleet("acme", fleet, fleetContext({ installManifests }));
}

function quickstart(): FleetDeclaration {
  return acme({
    repository: "https://git.example.com/acme/fleet-infra",
    pushUrl: undefined,
    push: { token: "push-token" },
    read: { token: "read-token" },
    kubeconfigs: { "eu-west-1": undefined, "eu-central-1": undefined },
    payments: { application: "https://git.example.com/acme/payments-app", interval: "10m" },
  });
}

/** The files that differ from those of another tree. */
export function differences(
  tree: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map([...tree].filter(([path, text]) => other.get(path) !== text));
}

/** Where the tree of a fleet is kept. */
export function goldenDirectory(name: string): string {
  return join(__dirname, name);
}

/**
 * A rendered tree as it is kept: our files as they are, of what comes from Flux only the hash. The
 * record is kept as the ownership file would hold it.
 */
export function keptTree(fleet: RenderedFleet): ReadonlyMap<string, string> {
  const files = fleet.files.map(({ path, text }): [string, string] =>
    path.endsWith("/gotk-components.yaml")
      ? [`${path}.sha256`, `${createHash("sha256").update(text).digest("hex")}\n`]
      : [path, text],
  );
  return new Map([...files, ["record.json", `${JSON.stringify(fleet.record, null, 2)}\n`]]);
}

/** Every file below a directory by its path, sorted; none when the directory is missing. */
export function readTree(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  return new Map(entries.map((path) => [path, readFileSync(join(directory, path), "utf8")]));
}

/** Replaces a directory by a tree. */
export function writeTree(directory: string, tree: ReadonlyMap<string, string>): void {
  rmSync(directory, { recursive: true, force: true });
  for (const [path, text] of tree) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}
