import type { Finding } from "../../../errors.js";
import { checkObject } from "../../../api/check-object.js";
import type { CheckOptions } from "../../../api/check-object.js";
import { fluxLine, supportedLines } from "../../../api/lines.js";
import { objectTitle } from "../../../graph/objects.js";
import type { KubernetesObject } from "../../../manifests/manifest.js";
import type { AppliedWrittenObject } from "../hand-written/directory-audit.js";
import type { FleetModel } from "../model.js";
import type { RenderedFleet } from "../rendered.js";
import { writtenParts } from "./written-parts.js";

/**
 * The findings of Flux versions that objects cannot be checked against, and of objects that the Flux
 * of their cluster does not take: those of layers, those from hand-written directories, and those of
 * tenants and clusters with patches or parts. What this library renders of its own accord is proven by tests instead.
 *
 * @param written - objects from hand-written directories, by cluster
 */
export function apiFindings(
  model: FleetModel,
  rendered: RenderedFleet,
  written: ReadonlyMap<string, readonly AppliedWrittenObject[]>,
): readonly Finding[] {
  const check = objectChecks();
  const versions = new Map(rendered.clusters.map(({ name, fluxVersion }) => [name, fluxVersion]));
  const parts = new Map(
    model.clusters.map((cluster) => [cluster.name, writtenParts(model, cluster)]),
  );
  const findings: Finding[] = [...versionFindings(versions.values())];
  for (const { object, part, cluster } of rendered.manifests) {
    const of = parts.get(cluster);
    if (of === "all" || of?.has(part) === true || part.startsWith("layer ")) {
      findings.push(...check(object, versions.get(cluster), titled(part), {}));
    }
  }
  for (const [cluster, objects] of written) {
    for (const { object, applier, file, patches } of objects) {
      const options = { variables: true, partial: patches.length > 0 };
      findings.push(
        ...check(object, versions.get(cluster), `${titled(applier)}: ${file}`, options),
      );
    }
  }
  return findings;
}

/** A part as findings name it. */
function titled(part: string): string {
  return part.charAt(0).toUpperCase() + part.slice(1);
}

type ObjectCheck = (
  object: KubernetesObject,
  version: string | undefined,
  at: string,
  options: CheckOptions,
) => readonly Finding[];

/** A check that looks at each object once for each version, however many clusters share it. */
function objectChecks(): ObjectCheck {
  const seen = new Map<string, WeakSet<object>>();
  return (object, version, at, options) => {
    if (version === undefined) return [];
    const known = seen.get(version) ?? new WeakSet();
    seen.set(version, known);
    if (known.has(object)) return [];
    known.add(object);
    return checkObject(object, version, `${at}: ${objectTitle(object)}`, options);
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
