import { readFileSync } from "node:fs";
import { clusterClient, liveFlux } from "../cluster/index.js";
import type { Finding } from "../errors.js";
import {
  changesLine,
  definitionVersions,
  liveFindings,
  uncheckedFindings,
} from "../graph/changes/upgrades.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { UsageError } from "./arguments.js";
import type { RehearseCommand } from "./arguments.js";
import type { CheckedOutCluster } from "./checkout.js";

/** What was found by asking a cluster, or which were not asked. */
export interface LiveResult {
  readonly clusters: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Asks every cluster that has a kubeconfig which versions it stores, all at once. The others get a
 * warning that this was not checked.
 *
 * @throws UsageError when a kubeconfig is for no selected cluster, or for one of several
 * @throws FleetError when a kubeconfig is broken or its cluster does not answer
 */
export async function liveClusterFindings(
  clusters: readonly CheckedOutCluster[],
  { kubeconfigs, flux }: RehearseCommand,
  definitions: readonly KubernetesObject[],
): Promise<readonly LiveResult[]> {
  const files = filesByCluster(clusters, kubeconfigs);
  const applied = definitions.flatMap(definitionVersions);
  const asked = clusters.filter(({ name }) => files.has(name));
  const unasked = clusters.filter(({ name, fluxVersion: from }) => {
    return (
      !files.has(name) && (from === undefined || changesLine({ cluster: name, from, to: flux }))
    );
  });
  const why = "no kubeconfig is given";
  return [
    {
      clusters: unasked.map(({ name }) => name),
      findings: uncheckedFindings(unasked.map(({ name }) => ({ cluster: name, to: flux, why }))),
    },
    ...(await Promise.all(
      asked.map(async ({ name, fluxVersion: from }): Promise<LiveResult> => {
        const client = clusterClient(textOf(files.get(name) ?? ""), { name });
        try {
          const change = { cluster: name, from, to: flux };
          return {
            clusters: [name],
            findings: liveFindings(change, await liveFlux(client), applied),
          };
        } finally {
          client.close();
        }
      }),
    )),
  ];
}

function filesByCluster(
  clusters: readonly CheckedOutCluster[],
  kubeconfigs: RehearseCommand["kubeconfigs"],
): ReadonlyMap<string, string> {
  if (kubeconfigs === undefined) return new Map();
  const [first, ...others] = clusters;
  if (typeof kubeconfigs === "string") {
    if (first === undefined || others.length > 0) {
      throw new UsageError(
        `${String(clusters.length)} clusters are selected. Write --kubeconfig NAME=FILE for each, or select one.`,
      );
    }
    return new Map([[first.name, kubeconfigs]]);
  }
  const names = new Set(clusters.map(({ name }) => name));
  const unknown = [...kubeconfigs.keys()].find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--kubeconfig names "${unknown}", which is not among ${[...names].join(", ")}.`,
    );
  }
  return kubeconfigs;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`The kubeconfig ${JSON.stringify(file)} cannot be read.`);
  }
}
