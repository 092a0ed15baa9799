import type { Finding } from "../../errors.js";
import type { FluxKind } from "./flux-kinds.js";
import { fluxKindOf, fluxKinds, isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import { objectTitle } from "../objects.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import type { Reference } from "./references.js";
import { fieldsOf, isDecided, referencesOf, valuesAt } from "./references.js";

/** Label that gives an object to the controllers of one shard. */
export const shardLabel = "sharding.fluxcd.io/key";

/** Kinds that controllers of a shard do not look at. */
const unsharded: ReadonlySet<FluxKind> = new Set(["Provider", "Alert", "Receiver"]);

/** The findings about objects that no controller of their cluster reconciles. */
export function controllerFindings(cluster: PlacedCluster, index: ObjectIndex): readonly Finding[] {
  const shards = isSharded(cluster) ? shardsOf(cluster) : undefined;
  return cluster.objects.flatMap((placed) => {
    const kind = fluxKindOf(placed.object);
    if (kind === undefined) return [];
    return [
      ...missingController(cluster, placed, kind),
      ...(shards === undefined || unsharded.has(kind)
        ? []
        : shardFindings(placed, kind, shards, index)),
    ];
  });
}

function missingController(
  cluster: PlacedCluster,
  placed: PlacedObject,
  kind: FluxKind,
): readonly Finding[] {
  const { controller } = fluxKinds[kind];
  const isThere =
    !cluster.complete ||
    cluster.components.includes(controller) ||
    cluster.objects.some(({ object }) => controllerOf(object) === controller) ||
    cluster.external?.some((one) => one.kind === "Deployment" && one.name === controller) === true;
  return isThere
    ? []
    : [
        {
          code: "MISSING_CONTROLLER",
          path: placeOf(placed),
          problem: `${kind} needs ${controller}, which is not installed.`,
          remedy: `Add it to \`flux.components\`, or list its Deployment in \`external\`: without its definition Flux refuses the whole Kustomization with "no matches for kind".`,
        },
      ];
}

/** Whether anything on the cluster is in a shard; on most nothing is. */
function isSharded({ objects }: PlacedCluster): boolean {
  return objects.some(
    ({ object }) =>
      object.metadata.labels?.[shardLabel] !== undefined ||
      (isOfKind(object, "HelmRelease") &&
        valuesAt(object, "spec.chart.metadata.labels").length > 0),
  );
}

/** The shards that Deployments of the cluster serve, by controller. */
type Shards = ReadonlyMap<string, ReadonlySet<string>>;

function shardsOf({ objects }: PlacedCluster): Shards {
  const found = new Map<string, Set<string>>();
  for (const { object } of objects) {
    const controller = controllerOf(object);
    if (controller === undefined) continue;
    for (const { value } of valuesAt(object, "spec.template.spec.containers[].args[]")) {
      const keys = typeof value === "string" ? selectedShards(value) : [];
      for (const key of keys) {
        found.set(controller, (found.get(controller) ?? new Set()).add(key));
      }
    }
  }
  return found;
}

/** The shards of `--watch-label-selector=sharding.fluxcd.io/key=a` or `... in (a, b)`. */
function selectedShards(arg: string): readonly string[] {
  const [, operator, values = ""] =
    /^--watch-label-selector=sharding\.fluxcd\.io\/key\s*(==?|in)\s*\(?([^)]*)\)?$/.exec(arg) ?? [];
  return operator === undefined ? [] : values.split(",").map((value) => value.trim());
}

/** Name of the Flux controller that a Deployment runs, by its image. */
function controllerOf(object: PlacedObject["object"]): string | undefined {
  if (object.kind !== "Deployment") return undefined;
  return valuesAt(object, "spec.template.spec.containers[].image")
    .map(({ value }) => (typeof value === "string" ? imageName(value) : ""))
    .find((name) => Object.values(fluxKinds).some(({ controller }) => controller === name));
}

function imageName(image: string): string {
  return (image.split("/").at(-1) ?? "").split(/[:@]/)[0] ?? "";
}

function shardFindings(
  placed: PlacedObject,
  kind: FluxKind,
  shards: Shards,
  index: ObjectIndex,
): readonly Finding[] {
  const { object } = placed;
  const own = object.metadata.labels?.[shardLabel];
  if (own !== undefined && !isDecided(own)) return [];
  return [
    ...(own === undefined ? [] : unserved(placed, own, shards.get(fluxKinds[kind].controller))),
    ...neighbours(placed, kind, own, index),
    ...chartFindings(placed, index),
  ];
}

function unserved(
  placed: PlacedObject,
  shard: string,
  served: ReadonlySet<string> | undefined,
): readonly Finding[] {
  if (served?.has(shard) === true) return [];
  const path = `${placeOf(placed)}: metadata.labels`;
  if (served === undefined) {
    return [
      {
        code: "UNSERVED_SHARD",
        path,
        problem: `No controller for shard ${quoted(shard)} is declared.`,
        remedy:
          "Declare its Deployment with `--watch-label-selector` in a layer, or drop the label: a shard without a controller leaves the object idle, and no condition says so.",
      },
    ];
  }
  return [
    {
      code: "UNSERVED_SHARD",
      path,
      problem: `No controller serves shard ${quoted(shard)}.`,
      remedy: `Use one of ${[...served].sort().join(", ")}: otherwise the object sits idle, and no condition says so.`,
    },
  ];
}

/**
 * A controller sees its own shard only, so what it reads of its own kinds must be there too. What is
 * read from another controller, as a source by a Kustomization, may be in any shard.
 */
function neighbours(
  placed: PlacedObject,
  kind: FluxKind,
  own: string | undefined,
  index: ObjectIndex,
): readonly Finding[] {
  return referencesOf(placed.object).flatMap((reference) => {
    const target = targetOf(reference, index);
    const to = target === undefined ? undefined : fluxKindOf(target);
    if (target === undefined || to === undefined) return [];
    const other = target.metadata.labels?.[shardLabel];
    return fluxKinds[to].controller !== fluxKinds[kind].controller || other === own
      ? []
      : [
          mismatch(
            `${placeOf(placed)}: ${reference.at}`,
            `The object is in ${shardTitle(own)}, and ${objectTitle(target)} is in ${shardTitle(other)}.`,
          ),
        ];
  });
}

/** The chart that a HelmRelease makes is a source too: it must be in the shard of its own source. */
function chartFindings(placed: PlacedObject, index: ObjectIndex): readonly Finding[] {
  const { object } = placed;
  if (!isOfKind(object, "HelmRelease")) return [];
  const source = referencesOf(object).find(
    ({ rule }) => rule.field === "spec.chart.spec.sourceRef",
  );
  const target = source === undefined ? undefined : targetOf(source, index);
  if (target === undefined) return [];
  const labels = valuesAt(object, "spec.chart.metadata.labels")[0]?.value;
  const chart = fieldsOf(labels)[shardLabel];
  if (chart !== undefined && !isDecided(chart)) return [];
  const other = target.metadata.labels?.[shardLabel];
  return other === chart
    ? []
    : [
        mismatch(
          `${placeOf(placed)}: spec.chart.metadata.labels`,
          `The chart it makes is in ${shardTitle(chart)}, and ${objectTitle(target)} is in ${shardTitle(other)}.`,
        ),
      ];
}

function targetOf({ key }: Reference, index: ObjectIndex): PlacedObject["object"] | undefined {
  return index.placed(key)?.object;
}

function mismatch(path: string, problem: string): Finding {
  return {
    code: "SHARD_MISMATCH",
    path,
    problem,
    remedy: `Give both the same label ${shardLabel}: the controller of a shard sees nothing else, and waits without a word.`,
  };
}

function shardTitle(shard: string | undefined): string {
  return shard === undefined ? "no shard" : `shard ${quoted(shard)}`;
}
