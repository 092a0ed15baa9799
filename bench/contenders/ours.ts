import { renderFleet } from "../../core.js";
import type { Contender } from "../contender.js";
import { benchContext, declareFleet, fleetArguments } from "../fleet.js";

/** Declares the parts, finds everything that could be wrong, and renders. */
export const contender: Contender = ({ size }) => {
  const fleet = fleetArguments(size);
  const context = benchContext();
  return () => renderFleet("acme", declareFleet(fleet), context).files;
};
