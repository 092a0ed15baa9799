import type { Finding } from "../../../errors.js";
import { isWithin } from "../../../graph/overlaps.js";
import { quoted } from "../../../graph/values/names.js";
import type { FleetModel } from "../model.js";
import { sparseDirectories } from "../tree/sparse-directories.js";
import type { LayerView } from "./layer-views.js";

/** The findings about files that a layer takes from outside of the folders that its cluster fetches. */
export function unfetchedFindings(
  model: FleetModel,
  { cluster, title, places }: LayerView,
): readonly Finding[] {
  const fetched = sparseDirectories(model, cluster, false);
  if (fetched === undefined) return [];
  return places.flatMap(({ field, written }) => {
    const taken = [...written.objects, ...written.whole, ...written.sources];
    const files = [...new Set(taken.map(({ file }) => file))];
    return files
      .filter((file) => !fetched.some((directory) => isWithin(file, directory)))
      .map((file): Finding => ({
        code: "MISSING_DIRECTORY",
        path: `${title}: ${field}`,
        problem: `It takes ${quoted(file)}, which cluster ${quoted(cluster.name)} does not fetch.`,
        remedy: `Move it below ${fetched.join(" or ")}, or leave out \`repository.sync.sparseCheckout\`.`,
      }));
  });
}
