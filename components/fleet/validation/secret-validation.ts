import type { Finding } from "../../../errors.js";
import type { FleetDeclaration } from "../fleet.js";

/** Most seeds that the state keeps. */
const mostSeeds = 1000;

/** The findings of how a fleet encrypts, apart from the recipients. */
export function sopsFindings({ sops }: FleetDeclaration): readonly Finding[] {
  const { seedGeneration = 1 } = sops ?? {};
  const isCount = Number.isSafeInteger(seedGeneration) && seedGeneration > 0;
  return isCount && seedGeneration <= mostSeeds
    ? []
    : [
        {
          code: "INVALID_ARGUMENT",
          path: "sops.seedGeneration",
          problem: `The generation is not a whole number from 1 to ${String(mostSeeds)}.`,
          remedy: "Count up from 1, one for each time that every file shall get a new data key.",
        },
      ];
}
