import type { ObjectState } from "./wait-judge.js";

/** One object, what it needs, and whether its state can still change by itself. */
export interface HoldCandidate {
  readonly key: string;
  readonly state: ObjectState;
  /** Whether a failing state has been found to last. */
  readonly lost: boolean;
  /** Keys of what must be current before it can be: dependencies, its source. */
  readonly needs: readonly string[];
  /** Key of what creates it. */
  readonly appliedBy: string | undefined;
}

/**
 * Replaces the state of everything that waits for an object which will not come: a suspended one, one that failed for
 * good, or one that is itself held. `by` names the first cause, not the next link of the chain.
 */
export function holdBack(candidates: readonly HoldCandidate[]): ReadonlyMap<string, ObjectState> {
  const byKey = new Map(candidates.map((candidate) => [candidate.key, candidate]));
  const causes = new Map<string, string | undefined>();

  /** The key of the object that keeps this one from becoming current, itself included. */
  const causeOf = (key: string): string | undefined => {
    if (causes.has(key)) return causes.get(key);
    causes.set(key, undefined); // a cycle has no cause outside of itself
    const candidate = byKey.get(key);
    const cause = candidate === undefined ? undefined : (ownCause(candidate) ?? heldBy(candidate));
    causes.set(key, cause);
    return cause;
  };
  const heldBy = ({ state, needs, appliedBy }: HoldCandidate): string | undefined => {
    if (state.kind !== "waiting") return undefined;
    const needed = needs.map(causeOf).find((cause) => cause !== undefined);
    if (needed !== undefined) return needed;
    return state.missing && appliedBy !== undefined ? causeOf(appliedBy) : undefined;
  };

  return new Map(
    candidates.map((candidate) => {
      const cause = ownCause(candidate) === undefined ? causeOf(candidate.key) : undefined;
      if (cause === undefined || candidate.state.kind !== "waiting") {
        return [candidate.key, candidate.state];
      }
      const { detail } = candidate.state;
      return [candidate.key, { kind: "held", by: cause, detail } satisfies ObjectState];
    }),
  );
}

function ownCause({ key, state, lost }: HoldCandidate): string | undefined {
  if (state.kind === "suspended" && !state.current) return key;
  return state.kind === "failing" && lost ? key : undefined;
}
