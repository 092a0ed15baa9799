import type { Finding } from "../../../errors.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import { isWithin } from "../../../graph/overlaps.js";
import { quoted } from "../../../graph/values/names.js";
import type { ChangePlan, HeadReader } from "../../../repository/index.js";
import type { RenderedFleet } from "../rendered.js";

/**
 * The findings about folders that clusters fetch by name and that vanish with this commit. Without one
 * of them Flux fetches nothing any more, not even the commit that stops naming it.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#sparse-checkout
 */
export function sparseFindings(
  {
    record,
    reader,
  }: { readonly record: FleetRecord | undefined; readonly reader: HeadReader | undefined },
  plan: ChangePlan | undefined,
  rendered: RenderedFleet,
): readonly Finding[] {
  if (record === undefined || reader === undefined || plan === undefined) return [];
  const { removed } = plan.change;
  if (removed.length === 0) return [];
  const texts = new Map(rendered.files.map(({ path, text }) => [path as string, text]));
  const gone = new Set<string>(removed);
  const left = [...reader.head.files.keys(), ...texts.keys()].filter((path) => !gone.has(path));
  const named = new Map<string, string[]>();
  for (const cluster of rendered.clusters) {
    const { path = "" } = record.clusters[cluster.name] ?? {};
    const file = `${path}/flux-system/gotk-sync.yaml`;
    for (const directory of sparseCheckout(plan.before.get(file) ?? texts.get(file) ?? "")) {
      named.set(directory, [...(named.get(directory) ?? []), cluster.name]);
    }
  }
  return [...named]
    .filter(([directory]) => !left.some((path) => isWithin(path, directory)))
    .map(([directory, clusters]) => ({
      code: "MISSING_DIRECTORY",
      path: "repository.sync.sparseCheckout",
      problem: `Folder ${quoted(directory)} vanishes, and ${clusters.slice(0, 5).map(quoted).join(", ")} fetch nothing without it.`,
      remedy:
        "Set `sparseCheckout` to false for one `up` and make this change in the next, or keep a file there.",
    }));
}

/** The list as our own printer writes it. */
function sparseCheckout(text: string): readonly string[] {
  const list = /^ {2}sparseCheckout:\n((?: {2}- .*\n)+)/m.exec(text)?.[1] ?? "";
  return [...list.matchAll(/^ {2}- "?([^"\n]*)"?$/gm)].map(([, directory = ""]) => directory);
}
