import type { Finding } from "../errors.js";
import { goneVersions } from "./behaviour.js";
import { elsewhere } from "./history.js";
import { lineKinds, supportedLines } from "./lines.js";
import { nearestName } from "../graph/values/nearest.js";
import type { FluxKind } from "./schema.js";
import { storageVersion } from "./schema.js";

/** The groups whose kinds this library knows. */
let groups: ReadonlySet<string> | undefined;

/** Whether an API group is one of Flux's controllers. */
export function isFluxGroup(group: string): boolean {
  groups ??= new Set(
    supportedLines.flatMap((line) => Object.values(lineKinds(line)).map((kind) => kind.group)),
  );
  return groups.has(group);
}

/** What an object says it is. */
export interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kind of a line that has this name, also in another version. */
export function kindOf({ group, kind }: KindName, line: string): FluxKind | undefined {
  const kinds = lineKinds(line);
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return found?.group === group ? found : undefined;
}

/** Whether a line serves exactly this version of a kind. */
export function isServed(name: KindName, line: string): boolean {
  const versions = kindOf(name, line)?.versions ?? {};
  return Object.hasOwn(versions, name.version) && versions[name.version]?.served === true;
}

/** The finding of a kind or version that the line does not serve. */
export function unservedFinding(name: KindName, line: string, flux: string, at: string): Finding {
  const known = kindOf(name, line);
  const { kind, version, group } = name;
  const { since, goneIn } = elsewhere(line, (other) => isServed(name, other));
  const gone = goneIn ?? (known === undefined ? undefined : goneBefore(name));
  if (gone !== undefined) {
    return {
      code: "REMOVED_FROM_FLUX",
      path: `${at}apiVersion`,
      problem: `${kind} ${version} is gone since Flux ${gone}, the cluster runs ${flux}.`,
      remedy: known === undefined ? "Use another kind." : writeRemedy(known),
    };
  }
  if (since !== undefined) {
    return {
      code: "TOO_NEW_FOR_FLUX",
      path: `${at}${known === undefined ? "kind" : "apiVersion"}`,
      problem: `${kind} ${version} exists since Flux ${since}, the cluster runs ${flux}.`,
      remedy: "Upgrade the cluster first, or leave the object out.",
    };
  }
  if (known !== undefined) {
    return {
      code: "UNKNOWN_KIND",
      path: `${at}apiVersion`,
      problem: `Flux ${flux} has no ${kind} ${version}.`,
      remedy: writeRemedy(known),
    };
  }
  return {
    code: "UNKNOWN_KIND",
    path: `${at}kind`,
    problem: `Flux ${flux} has no kind ${JSON.stringify(kind)} in ${group}.`,
    remedy: kindRemedy(name, line),
  };
}

function writeRemedy(kind: FluxKind): string {
  return `Write apiVersion ${kind.group}/${storageVersion(kind)}, and check the fields against it.`;
}

function kindRemedy({ kind, group }: KindName, line: string): string {
  const kinds = lineKinds(line);
  const name = Object.hasOwn(kinds, kind) ? kind : nearestName(kind, Object.keys(kinds));
  const meant = name === undefined ? undefined : kinds[name];
  if (name !== undefined && meant !== undefined) {
    return `Did you mean ${name} of ${meant.group}/${storageVersion(meant)}?`;
  }
  const names = Object.keys(kinds).filter((one) => kinds[one]?.group === group);
  return `Use one of ${names.sort().join(", ")}.`;
}

/** The finding of a version that the next line no longer serves; none for any other. */
export function deprecationFindings(name: KindName, line: string, at: string): readonly Finding[] {
  const kind = kindOf(name, line);
  if (kind?.versions[name.version]?.deprecated !== true) return [];
  const end = supportedLines
    .slice(supportedLines.indexOf(line) + 1)
    .find((later) => !isServed(name, later));
  const until = end === undefined ? "" : ` and gone in Flux ${end}`;
  return [
    {
      code: "DEPRECATED_VERSION",
      path: `${at}apiVersion`,
      problem: `${name.kind} ${name.version} is deprecated${until}.`,
      remedy: writeRemedy(kind),
      severity: "warning",
    },
  ];
}

function goneBefore({ group, version }: KindName): string | undefined {
  return goneVersions.find((gone) => gone.group === group && gone.version === version)?.goneIn;
}
