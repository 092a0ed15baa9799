import type { Finding } from "../../errors.js";
import { quoted } from "../values/names.js";
import type { FleetRecord } from "./ownership.js";

/** A part as far as its names go. */
export interface NamedPart {
  readonly name: string;
  /** The name it had in an earlier commit. */
  readonly formerly?: string | undefined;
}

/** The parts of a fleet by kind, as far as their names go. */
export interface NamedParts {
  readonly clusters: readonly NamedPart[];
  readonly layers: readonly NamedPart[];
  readonly tenants: readonly NamedPart[];
}

interface FirstNamed {
  readonly firstName?: string;
}

/**
 * The record of the head as if each part had its present name already. What a part is called in Git
 * and on the clusters stays what it was at first, and goes along as `firstName`.
 */
export function renamedRecord(record: FleetRecord, now: NamedParts): FleetRecord {
  const clusterNames = renames(record.clusters, now.clusters);
  const onClusters = <Entry extends { readonly clusters: readonly string[] }>(
    table: Readonly<Record<string, Entry>>,
  ): Readonly<Record<string, Entry>> =>
    clusterNames.size === 0
      ? table
      : Object.fromEntries(
          Object.entries(table).map(([name, entry]) => [
            name,
            {
              ...entry,
              clusters: entry.clusters.map((one) => clusterNames.get(one) ?? one).sort(),
            },
          ]),
        );
  return {
    ...record,
    clusters: renamed(record.clusters, clusterNames),
    layers: onClusters(renamed(record.layers, renames(record.layers, now.layers))),
    tenants: onClusters(renamed(record.tenants, renames(record.tenants, now.tenants))),
  };
}

/** Present names by former ones, of the entries that a rename applies to. */
function renames(
  table: Readonly<Record<string, unknown>>,
  parts: readonly NamedPart[],
): ReadonlyMap<string, string> {
  const declared = new Set(parts.map(({ name }) => name));
  return new Map(
    parts.flatMap(({ name, formerly }) =>
      formerly !== undefined &&
      Object.hasOwn(table, formerly) &&
      !Object.hasOwn(table, name) &&
      !declared.has(formerly)
        ? [[formerly, name] as const]
        : [],
    ),
  );
}

function renamed<Entry extends FirstNamed>(
  table: Readonly<Record<string, Entry>>,
  names: ReadonlyMap<string, string>,
): Readonly<Record<string, Entry>> {
  if (names.size === 0) return table;
  return Object.fromEntries(
    Object.entries(table).map(([before, entry]) => {
      const name = names.get(before);
      return name === undefined ? [before, entry] : [name, firstNamed(entry, before, name)];
    }),
  );
}

function firstNamed<Entry extends FirstNamed>(entry: Entry, before: string, name: string): Entry {
  const { firstName = before, ...rest } = entry;
  // The same fields, so the same type; a part that is back at its first name needs none.
  return (firstName === name ? rest : { ...rest, firstName }) as Entry;
}

/**
 * The findings about names that more than one part would have, once each former and first name counts.
 *
 * @param titleOf - how a part is called in findings
 */
export function formerNameFindings(
  parts: readonly (NamedPart & { readonly firstName: string })[],
  titleOf: (name: string) => string,
): readonly Finding[] {
  const isRenamed = parts.some(
    ({ name, formerly, firstName }) => formerly !== undefined || firstName !== name,
  );
  if (!isRenamed) return [];
  if (parts.every((part) => part.formerly === undefined && part.firstName === part.name)) return [];
  const declared = new Set(parts.map(({ name }) => name));
  const claims = new Map<string, string>();
  const owners = new Map<string, string>();
  const taken = (path: string, problem: string, remedy: string): Finding => ({
    code: "FORMER_NAME_TAKEN",
    path,
    problem,
    remedy,
  });
  for (const { name, firstName } of parts) if (firstName !== name) owners.set(firstName, name);
  return parts.flatMap(({ name, formerly, firstName }): readonly Finding[] => {
    const at = `${titleOf(name)}: `;
    const owner = firstName === name ? owners.get(name) : undefined;
    const held =
      owner === undefined
        ? []
        : [
            taken(
              `${at}name`,
              `${titleOf(owner)} was renamed and still has this name in Git and on its clusters.`,
              "Choose another name.",
            ),
          ];
    if (formerly === undefined) return held;
    const other = claims.get(formerly);
    claims.set(formerly, name);
    if (declared.has(formerly)) {
      const problem = `${quoted(formerly)} is the name of a part that still exists.`;
      return [
        ...held,
        taken(`${at}formerly`, problem, "Take that part out, or leave formerly out."),
      ];
    }
    if (other !== undefined) {
      const problem = `${titleOf(other)} was ${quoted(formerly)} as well.`;
      return [...held, taken(`${at}formerly`, problem, "Let one of them be the renamed part.")];
    }
    return held;
  });
}
