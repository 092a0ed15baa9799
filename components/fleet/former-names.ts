import type { Finding } from "../../errors.js";
import { formerNameFindings, renamedRecord } from "../../graph/changes/former-names.js";
import type { NamedPart } from "../../graph/changes/former-names.js";
import { nameFindings, quoted } from "../../graph/values/names.js";
import type { FleetRecord } from "../../graph/changes/ownership.js";
import type { FleetDeclaration } from "./fleet.js";
import type { FleetModel } from "./model.js";
import type { Part } from "./part.js";
import { partTitle } from "./validation/shape-validation.js";

type Renamable = Part<string, { readonly formerly?: string }>;

/** What the head declares, by the names that parts have now. */
export function headRecord(record: FleetRecord, declaration: FleetDeclaration): FleetRecord {
  return renamedRecord(record, {
    clusters: declaration.clusters.map(named),
    layers: (declaration.layers ?? []).map(named),
    tenants: (declaration.tenants ?? []).map(named),
  });
}

/** The findings about `formerly` of the Fleet and of every part. */
export function formerFindings(owner: string, model: FleetModel): readonly Finding[] {
  const { formerly } = model.declaration;
  const first = [...model.clusters, ...model.retired].map(({ part, firstName }) => ({
    ...named(part),
    firstName,
  }));
  const ofModel = (
    items: readonly { readonly name: string; readonly part: Renamable }[],
  ): Parameters<typeof formerNameFindings>[0] =>
    items.map(({ name, part }) => ({ ...named(part), firstName: name }));
  return [
    ...(formerly === undefined ? [] : nameFindings(formerly, "formerly")),
    ...(formerly !== owner
      ? []
      : [
          {
            code: "FORMER_NAME_TAKEN" as const,
            path: "formerly",
            problem: `${quoted(owner)} is the name that the fleet still has.`,
            remedy: "Leave formerly out.",
          },
        ]),
    ...partFindings("cluster", first),
    ...partFindings("layer", ofModel(model.layers)),
    ...partFindings("tenant", ofModel(model.tenants)),
  ];
}

function partFindings(
  kind: string,
  parts: Parameters<typeof formerNameFindings>[0],
): readonly Finding[] {
  return [
    ...parts.flatMap(({ name, formerly }) =>
      formerly === undefined ? [] : nameFindings(formerly, `${partTitle(kind, name)}: formerly`),
    ),
    ...formerNameFindings(parts, (name) => partTitle(kind, name)),
  ];
}

function named({ name, args }: Renamable): NamedPart {
  return { name, formerly: args.formerly };
}

/**
 * Every name that a child had before, for its aliases: each combination of what its name is made of.
 *
 * @param pieces - the pieces of the name, each with its present text first
 */
export function formerChildNames(pieces: readonly (readonly (string | undefined)[])[]): readonly {
  readonly name: string;
}[] {
  const names = pieces.reduce<readonly string[]>(
    (made, piece) =>
      made.flatMap((before) =>
        piece.flatMap((text) =>
          text === undefined ? [] : [before === "" ? text : `${before}-${text}`],
        ),
      ),
    [""],
  );
  const [present, ...former] = new Set(names);
  return former.filter((name) => name !== present).map((name) => ({ name }));
}
