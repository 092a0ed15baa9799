import { behaviourChanges } from "../api/behaviour.js";
import type { BehaviourChange } from "../api/behaviour.js";
import { isNewer } from "../api/lines.js";
import type { Finding } from "../errors.js";
import { objectTitle } from "../graph/objects.js";
import { fluxLineOf } from "../graph/changes/upgrades.js";
import type { FoundObject } from "./applied-objects.js";

/**
 * A warning for each object that a change of behaviour between two versions may concern: one with the
 * field that changed, or without the field whose default changed.
 */
export function behaviourFindings(
  objects: readonly FoundObject[],
  from: string | undefined,
  to: string,
): readonly Finding[] {
  const [before, after] = [fluxLineOf(from ?? ""), fluxLineOf(to)];
  if (before === undefined || after === undefined) return [];
  const changes = behaviourChanges.filter(
    ({ line }) => isNewer(line, before) && !isNewer(line, after),
  );
  return objects.flatMap(({ object, file }) =>
    changes
      .filter((change) => concerns(change, object))
      .map(({ line, field, change }): Finding => ({
        code: "FLUX_BEHAVIOUR_CHANGED",
        path: `${file}: ${objectTitle(object)}: ${field}`,
        problem: `Since Flux ${line}: ${change}`,
        remedy: "Make sure that this is wanted.",
        severity: "warning",
      })),
  );
}

function concerns({ kind, field, change }: BehaviourChange, object: object): boolean {
  if (!("kind" in object) || object.kind !== kind) return false;
  const value = field.split(".").reduce<unknown>(memberOf, object);
  return change.startsWith("Default") ? value === undefined : value !== undefined;
}

function memberOf(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(field)
    : undefined;
}
