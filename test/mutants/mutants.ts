import type { Mutant } from "./mutant.js";

/** Every mutant; `npm run prove` applies each to a copy of the checkout. */
export const mutants: readonly Mutant[] = [];
