import type { Finding } from "../../errors.js";
import { quoted } from "../values/names.js";
import { objectTitle } from "../objects.js";
import type { ImageWriter, WrittenFiles } from "./image-writers.js";
import { fleetFiles, overlaps } from "./image-writers.js";
import type { PlacedCluster } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";

/**
 * The findings about image automations that write what is another's: two that write the same files of
 * one branch, on one cluster or on several, and tenants that write the repository of the platform.
 */
export function writerFindings(
  clusters: readonly PlacedCluster[],
  writers: readonly ImageWriter[],
): readonly Finding[] {
  if (writers.length === 0) return [];
  return [...sharedFindings(writers), ...clusters.flatMap((one) => tenantFindings(one, writers))];
}

function sharedFindings(writers: readonly ImageWriter[]): readonly Finding[] {
  const before: (readonly [ImageWriter, WrittenFiles])[] = [];
  return writers.flatMap((writer): readonly Finding[] => {
    const files = writer.reads && { ...writer.reads, branch: writer.pushes };
    if (files === undefined) return [];
    const other = before.find(([, theirs]) => overlaps(files, theirs))?.[0];
    before.push([writer, files]);
    if (other === undefined) return [];
    const where = `${quoted(`./${files.directory}`)} of branch ${quoted(files.branch)}`;
    const who = `${objectTitle(other.placed.object)} does on ${quoted(other.cluster)}`;
    return [
      {
        code: "DUPLICATE_WRITER",
        path: `${placeOf(writer.placed)}: spec.update.path`,
        problem: `On ${quoted(writer.cluster)} it writes ${where}, as ${who}.`,
        remedy:
          "Let one automation on one cluster write each directory: two lose races against each other, and undo each other where their policies differ.",
      },
    ];
  });
}

function tenantFindings(
  cluster: PlacedCluster,
  writers: readonly ImageWriter[],
): readonly Finding[] {
  const fleet = fleetFiles(cluster);
  if (fleet === undefined) return [];
  const ofTenants = new Set((cluster.tenants ?? []).map(({ namespace }) => namespace));
  return writers
    .filter(
      ({ cluster: on, namespace, reads }) =>
        on === cluster.name && ofTenants.has(namespace) && reads?.repository === fleet.repository,
    )
    .map(({ placed }) => ({
      code: "DUPLICATE_WRITER",
      path: `${placeOf(placed)}: spec.sourceRef`,
      problem: "It is a tenant's, and writes the repository of the platform.",
      remedy:
        "Let it write the tenant's own repository: whoever writes the platform's can change every cluster.",
    }));
}
