import type { Finding } from "../../errors.js";
import { fluxKinds, isOfKind } from "./flux-kinds.js";
import { quoted, someNames } from "../values/names.js";
import { nearest } from "../values/nearest.js";
import { identityKey, objectKey } from "../objects.js";
import type { ImageWriter, WrittenFiles } from "./image-writers.js";
import { fleetFiles, overlaps } from "./image-writers.js";
import type { PlacedCluster } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { isDecided, markersOf } from "./references.js";

const silent = "Flux reports Ready and never updates the image.";

/** A marker in a file of the fleet repository, and the clusters that apply it. */
interface MarkerUse {
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  /** Path in the repository, when it is known. */
  readonly file: string | undefined;
  readonly rings: Set<string>;
}

/**
 * The findings about setter markers. The policy may be on any cluster, for one automation writes for
 * all of them; but it must be on some, together with an automation of its Namespace that writes the
 * file, and must not choose for several rings.
 */
export function markerFindings(
  clusters: readonly PlacedCluster[],
  writers: readonly ImageWriter[],
): readonly Finding[] {
  const uses = markerUses(clusters);
  if (uses.size === 0) return [];
  return [...missingFindings(clusters, writers, uses), ...ringFindings([...uses.values()])];
}

function markerUses(clusters: readonly PlacedCluster[]): Map<string, MarkerUse> {
  const uses = new Map<string, MarkerUse>();
  for (const { objects, markers = [], ring } of clusters) {
    const add = (path: string, file: string | undefined, marker: MarkerName): void => {
      const { namespace, name } = marker;
      if (!isDecided(namespace) || !isDecided(name)) return;
      const key = `${path}\0${namespace}\0${name}`;
      const use = uses.get(key) ?? { path, namespace, name, file, rings: new Set() };
      use.rings.add(ring);
      uses.set(key, use);
    };
    for (const placed of objects) {
      for (const use of markersOf(placed.object)) {
        add(`${placeOf(placed)}: ${use.at}`, placed.path ?? placed.file, use);
      }
    }
    for (const use of markers) {
      const part = `${use.part.charAt(0).toUpperCase()}${use.part.slice(1)}`;
      add(`${part}: ${use.file}: ${use.at}`, use.file, use);
    }
  }
  return uses;
}

type MarkerName = Pick<MarkerUse, "namespace" | "name">;

function missingFindings(
  clusters: readonly PlacedCluster[],
  writers: readonly ImageWriter[],
  uses: ReadonlyMap<string, MarkerUse>,
): readonly Finding[] {
  if (clusters.some(({ complete }) => !complete)) return [];
  const policies = new Set<string>();
  const external = new Set<string>();
  for (const { objects, external: others = [] } of clusters) {
    for (const { object } of objects) {
      if (isOfKind(object, "ImagePolicy")) policies.add(objectKey(object));
    }
    for (const { kind, namespace = "", name } of others) {
      // Who writes it is as external as the policy.
      if (kind === "ImagePolicy") external.add(policyKey({ namespace, name }));
    }
  }
  const fleet = clusters.map(fleetFiles).find((files) => files !== undefined);
  return [...uses.values()].flatMap((use): readonly Finding[] => {
    const key = policyKey(use);
    if (external.has(key)) return [];
    if (!policies.has(key)) return [missingPolicy(use, policies)];
    const own = writers.filter(({ namespace }) => namespace === use.namespace);
    if (own.length === 0) return [noWriter(use)];
    return fleet === undefined ? [] : foreignFindings(use, own, fleet);
  });
}

function missingPolicy(
  { path, namespace, name }: MarkerUse,
  policies: ReadonlySet<string>,
): Finding {
  const names = [...policies].map((one) => one.split("\0").slice(2).join("/"));
  const near = nearest(`${namespace}/${name}`, names);
  return {
    code: "DANGLING_REFERENCE",
    path,
    problem: `There is no ImagePolicy ${quoted(`${namespace}/${name}`)} on any cluster.`,
    remedy: `${silent} There is ${near.length === 0 ? "none" : near.join(", ")}; name an ImagePolicy that exists.`,
  };
}

function noWriter({ path, namespace }: MarkerUse): Finding {
  return {
    code: "DANGLING_REFERENCE",
    path,
    problem: `There is no ImageUpdateAutomation in Namespace ${quoted(namespace)}, that of the policy.`,
    remedy: `Declare one there. Until then nothing writes the marker, and no condition says so.`,
  };
}

/** A policy is seen only by the automations of its Namespace; one of them has to reach the file. */
function foreignFindings(
  { path, namespace, name, file }: MarkerUse,
  writers: readonly ImageWriter[],
  fleet: WrittenFiles,
): readonly Finding[] {
  const policy = quoted(`${namespace}/${name}`);
  const inFleet = writers.filter(
    ({ reads }) => reads === undefined || overlaps(reads, { ...fleet, directory: "" }),
  );
  if (inFleet.length === 0) {
    return [
      {
        code: "FOREIGN_POLICY",
        path,
        problem: `What ImagePolicy ${policy} chooses is written to another repository or branch than that of this file.`,
        remedy: `${silent} Name an image of the fleet, whose \`imageUpdates\` write this repository.`,
      },
    ];
  }
  const reaches = ({ reads }: ImageWriter): boolean =>
    reads === undefined || file === undefined || isBelow(file, reads.directory);
  if (inFleet.some(reaches)) return [];
  const directories = inFleet.flatMap(({ reads }) => (reads ? [`./${reads.directory}`] : []));
  return [
    {
      code: "FOREIGN_POLICY",
      path,
      problem: `The file ${quoted(file)} is outside of ${someNames(directories)}, where the choice of ImagePolicy ${policy} is written.`,
      remedy: `${silent} Give \`writesTo.path\` a directory with both.`,
    },
  ];
}

function isBelow(file: string, directory: string): boolean {
  return directory === "" || file.startsWith(`${directory}/`);
}

/** A policy that writes for several rings changes all of them in one commit. */
function ringFindings(uses: readonly MarkerUse[]): readonly Finding[] {
  const byPolicy = new Map<string, MarkerUse[]>();
  for (const use of uses) {
    const key = policyKey(use);
    byPolicy.set(key, [...(byPolicy.get(key) ?? []), use]);
  }
  return [...byPolicy.values()].flatMap((all): readonly Finding[] => {
    const rings = [...new Set(all.flatMap((use) => [...use.rings]))].sort();
    const [first] = [...all].sort((a, b) => (a.path < b.path ? -1 : 1));
    if (first === undefined || rings.length < 2) return [];
    return [
      {
        code: "FLOATING_VERSION",
        path: first.path,
        problem: `ImagePolicy ${quoted(`${first.namespace}/${first.name}`)} chooses for rings ${someNames(rings)}. One commit of image automation would change all of them at the same time.`,
        remedy:
          "Declare one image for each ring, and mark the field in an overlay or patch of each, so that one ring goes before the others.",
      },
    ];
  });
}

function policyKey({ namespace, name }: MarkerName): string {
  return identityKey(fluxKinds.ImagePolicy.group, "ImagePolicy", namespace, name);
}
