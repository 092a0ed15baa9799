import type { PartHandle } from "./part.js";
import { handle } from "./part.js";

/** A part that others can wait for. */
export type Awaited = PartHandle<"layer" | "tenant">;

/** A part with the condition under which it counts as ready for whoever depends on it. */
export interface ConditionalDependency {
  /** What is waited for. */
  readonly on: Awaited;
  /**
   * CEL expression over `dep`, the Kustomization that is waited for, and `self`, the one that waits;
   * of type bool. It takes the place of Flux's own test, that the dependency is Ready at the same
   * commit; list the part itself as well, and both must hold. For a layer with `secrets` the
   * expression is asked for the Kustomization of its Secrets too.
   *
   * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#dependency-ready-expression
   */
  readonly readyExpr: string;
}

/** What must be ready first: a part, or a part under a condition of its own. */
export type Dependency = Awaited | ConditionalDependency;

/** Tells a dependency with a condition from a plain one. */
export function isConditional(dependency: Dependency): dependency is ConditionalDependency {
  return "on" in dependency;
}

/** The part that a dependency is on. */
export function awaited(dependency: Dependency): Awaited {
  return isConditional(dependency) ? dependency.on : dependency;
}

/** The parts that a list of dependencies is on. */
export function awaitedParts(dependencies: readonly Dependency[] = []): readonly Awaited[] {
  return dependencies.map(awaited);
}

/** The same dependencies without the arguments of parts, so that no secret travels with them. */
export function dependencyHandles(dependencies: readonly Dependency[]): readonly Dependency[] {
  return dependencies.map((dependency) =>
    isConditional(dependency)
      ? { on: handle(dependency.on), readyExpr: dependency.readyExpr }
      : handle(dependency),
  );
}
