import type { Finding } from "../../errors.js";
import { isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import { objectTitle } from "../objects.js";
import type { PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { fieldsOf, isDecided } from "./references.js";

/**
 * The findings about GitRepositories of one Namespace that follow the same revision of the same
 * repository. Two that leave out different files (`ignore`, `sparseCheckout`) are not the same, and one
 * that is suspended is not polled.
 */
export function sourceFindings({ objects, fleetSource }: PlacedCluster): readonly Finding[] {
  const isOwn = ({ object: { metadata } }: PlacedObject): boolean =>
    fleetSource === `${metadata.namespace ?? ""}/${metadata.name}`;
  const gits = objects.filter(({ object }) => isOfKind(object, "GitRepository"));
  if (gits.length < 2) return [];
  const first = new Map<string, PlacedObject>();
  // The fleet's own comes first, then by name, so that the other one is blamed.
  const sources = gits.sort(
    (a, b) =>
      Number(isOwn(b)) - Number(isOwn(a)) ||
      (a.object.metadata.name < b.object.metadata.name ? -1 : 1),
  );
  return sources.flatMap((placed): readonly Finding[] => {
    const { object } = placed;
    const spec = fieldsOf(object["spec"]);
    const { url, ref, ignore, sparseCheckout, include, suspend } = spec;
    if (!isDecided(url) || suspend === true) return [];
    const key = JSON.stringify([
      object.metadata.namespace,
      plainUrl(url),
      sortedFields(ref ?? { branch: "master" }),
      ignore,
      sparseCheckout,
      include,
      object.metadata.labels?.["sharding.fluxcd.io/key"],
    ]);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, placed);
      return [];
    }
    return [
      {
        code: "DUPLICATE_SOURCE",
        path: `${placeOf(placed)}: spec.url`,
        problem: `${objectTitle(other.object)} follows the same revision of ${quoted(url)}.`,
        remedy:
          "Refer to that one: two sources are polled apart, so what should change together changes at two times, and `dependsOn` does not wait for the same commit.",
      },
    ];
  });
}

function plainUrl(url: string): string {
  return url.replace(/\/+$/, "").replace(/\.git$/, "");
}

function sortedFields(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(fieldsOf(value)).sort(([a], [b]) => (a < b ? -1 : 1));
}
