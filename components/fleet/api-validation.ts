import type { Finding } from "../../errors.js";
import { checkObject } from "../../api/check-object.js";
import type { CheckOptions } from "../../api/check-object.js";
import { fluxLine, supportedLines } from "../../api/lines.js";
import type { AppliedObject } from "../../graph/objects.js";
import { objectTitle } from "../../graph/objects.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import type { FleetModel } from "./model.js";
import type { RenderedFleet } from "./rendered.js";
import { partTitle } from "./shape-validation.js";

/**
 * The findings of Flux versions that objects cannot be checked against, and of objects that the Flux
 * of their cluster does not take: those of layers, those from hand-written directories, and those of
 * parts with patches. What this library renders of its own accord is proven by tests instead.
 *
 * @param written - objects from hand-written directories, by cluster
 */
export function apiFindings(
  model: FleetModel,
  rendered: RenderedFleet,
  written: ReadonlyMap<string, readonly AppliedObject[]>,
): readonly Finding[] {
  const check = objectChecks();
  const versions = new Map(rendered.clusters.map(({ name, fluxVersion }) => [name, fluxVersion]));
  const parts = checkedParts(model);
  const declared = rendered.manifests
    .filter(({ part }) => parts.has(part))
    .flatMap(({ object, part, cluster }) => check(object, versions.get(cluster), part, {}));
  const handWritten = [...written].flatMap(([cluster, objects]) =>
    objects.flatMap((applied) =>
      check(applied.object, versions.get(cluster), applied.applier, {
        variables: true,
        partial: applied.patched === true,
      }),
    ),
  );
  return [...versionFindings(versions.values()), ...declared, ...handWritten];
}

/** Titles of the parts whose objects hold what somebody wrote. */
function checkedParts({ clusters, layers, tenants }: FleetModel): ReadonlySet<string> {
  const patched = (args: { readonly patches?: readonly unknown[] }): boolean =>
    (args.patches ?? []).length > 0;
  return new Set([
    ...layers.map(({ part }) => partTitle("layer", part.name)),
    ...clusters
      .filter(({ part }) => patched(part.args))
      .map(({ part }) => partTitle("cluster", part.name)),
    ...tenants
      .filter(({ part }) => patched(part.args) || part.args.overrides !== undefined)
      .map(({ part }) => partTitle("tenant", part.name)),
  ]);
}

type ObjectCheck = (
  object: AppliedObject["object"],
  version: string | undefined,
  part: string,
  options: CheckOptions,
) => readonly Finding[];

/** A check that looks at each object once for each version, however many clusters share it. */
function objectChecks(): ObjectCheck {
  const seen = new Map<string, WeakSet<object>>();
  return (object, version, part, options) => {
    if (version === undefined) return [];
    const known = seen.get(version) ?? new WeakSet();
    seen.set(version, known);
    if (known.has(object)) return [];
    known.add(object);
    const title = `${part}: ${objectTitle(object)}`;
    return checkObject(object as KubernetesObject, version, title, options); // the check is total
  };
}

function versionFindings(versions: Iterable<string>): readonly Finding[] {
  const [oldest = "", newest = ""] = [supportedLines[0], supportedLines.at(-1)];
  return [...new Set(versions)].flatMap((version): readonly Finding[] => {
    const line = fluxLine(version);
    if (line === undefined) {
      return [
        {
          code: "UNSUPPORTED_FLUX_LINE",
          path: "flux.version",
          problem: `Flux ${version} is older than ${oldest}, the oldest line that objects can be checked against.`,
          remedy: `Use ${oldest} to ${newest}.`,
        },
      ];
    }
    if (!line.beyond) return [];
    return [
      {
        code: "UNKNOWN_FLUX_LINE",
        path: "flux.version",
        problem: `Flux ${version} is newer than ${newest}; its objects are checked against ${newest}.`,
        remedy:
          "Look for a release of this library that knows it; until then new fields are refused.",
        severity: "warning",
      },
    ];
  });
}
