import type { Finding } from "../../errors.js";
import { durationSeconds, shortestCheckSeconds } from "../values/durations.js";
import { quoted } from "../values/names.js";
import { belowShortest } from "../values/timeouts.js";
import { fluxKindOf, fluxKinds, isOfKind } from "./flux-kinds.js";
import { checksHealth } from "./health.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { identityKey, objectTitle } from "../objects.js";
import { placeOf } from "./reference-findings.js";
import { textOf } from "./references.js";

/**
 * Warnings about checks of health that end before what they check could have: those of a Kustomization
 * that waits for a release or for another Kustomization with more time, and those with nearly none.
 */
export function timeoutFindings(cluster: PlacedCluster, index: ObjectIndex): readonly Finding[] {
  return cluster.objects.flatMap((placed) => [
    ...(isOfKind(placed.object, "Kustomization") ? ownFindings(placed) : []),
    ...nestedFindings(placed, index),
  ]);
}

/** What a Kustomization gives itself; that of a part was looked at where it was declared. */
function ownFindings(placed: PlacedObject): readonly Finding[] {
  const { object, proven } = placed;
  if (proven !== undefined || !checksHealth(object)) return [];
  const interval = secondsAt(placed, "spec.interval");
  if (interval === undefined) return [];
  const timeout = secondsAt(placed, "spec.timeout");
  const path = `${placeOf(placed)}: spec.timeout`;
  if (timeout === undefined) {
    return interval - shortestCheckSeconds > shortestCheckSeconds
      ? []
      : [
          tooShort(
            path,
            `Without a timeout Flux takes the interval less ${String(shortestCheckSeconds)}s, so health has ${String(shortestCheckSeconds)}s.`,
            "Set a timeout that is long enough for what is applied, for example 5m.",
          ),
        ];
  }
  return timeout >= shortestCheckSeconds
    ? []
    : [tooShort(path, belowShortest, `Write at least ${String(shortestCheckSeconds)}s.`)];
}

/** An object that takes longer to fail than the Kustomization which waits for it. */
function nestedFindings(placed: PlacedObject, index: ObjectIndex): readonly Finding[] {
  const kind = fluxKindOf(placed.object);
  if (kind !== "HelmRelease" && kind !== "Kustomization") return [];
  if (kind === "Kustomization" && !checksHealth(placed.object)) return [];
  const own = secondsAt(placed, "spec.timeout");
  const parent = own === undefined ? undefined : applierOf(placed, index);
  if (own === undefined || parent === undefined) return [];
  const given = secondsAt(parent, "spec.timeout");
  if (given === undefined || given >= own || !waits(parent)) return [];
  const text = (one: PlacedObject): string => quoted(textOf(one.object, "spec.timeout") ?? "");
  return [
    tooShort(
      `${placeOf(placed)}: spec.timeout`,
      `It may take ${text(placed)}, and ${objectTitle(parent.object)}, which waits for it, gives up after ${text(parent)}.`,
      `Give ${objectTitle(parent.object)} a longer timeout than everything that it waits for.`,
    ),
  ];
}

function applierOf({ kustomization }: PlacedObject, index: ObjectIndex): PlacedObject | undefined {
  if (kustomization === undefined) return undefined;
  const [namespace, name = ""] = kustomization.split("/");
  const { group } = fluxKinds.Kustomization;
  return index.placed(identityKey(group, "Kustomization", namespace, name));
}

function waits({ object }: PlacedObject): boolean {
  return (object["spec"] as { readonly wait?: unknown } | undefined)?.wait === true;
}

function secondsAt({ object }: PlacedObject, path: string): number | undefined {
  const text = textOf(object, path);
  return text === undefined ? undefined : durationSeconds(text);
}

function tooShort(path: string, problem: string, remedy: string): Finding {
  return { code: "TIMEOUT_TOO_SHORT", path, problem, remedy, severity: "warning" };
}
