import type { Finding } from "../../errors.js";
import { FleetError, inPathOrder } from "../../errors.js";
import type { FleetDeclaration } from "./fleet.js";
import { fleetModel } from "./model.js";
import { renderModel } from "./rendering.js";
import type { RenderContext, RenderedFleet } from "./rendered.js";

/**
 * Renders the whole fleet: every file of the commit and every object of every cluster, from plain
 * data, without any engine. Equal declarations give equal bytes, whatever their order.
 *
 * @throws FleetError with every finding at once; nothing is rendered then
 */
export function renderFleet(
  name: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): RenderedFleet {
  const { findings, rendered } = evaluate(name, declaration, context);
  if (rendered === undefined) {
    throw new FleetError(findings.filter(stops));
  }
  return rendered;
}

/** Every finding of a fleet in path order, warnings included; empty when there is nothing to say. */
export function checkFleet(
  name: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): readonly Finding[] {
  return evaluate(name, declaration, context).findings;
}

interface Evaluation {
  readonly findings: readonly Finding[];
  /** Absent when a finding stops. */
  readonly rendered?: RenderedFleet;
}

function evaluate(name: string, declaration: FleetDeclaration, context: RenderContext): Evaluation {
  const model = fleetModel(name, declaration, context);
  const findings: readonly Finding[] = inPathOrder([]);
  if (findings.some(stops)) {
    return { findings };
  }
  return { findings, rendered: renderModel(model, context, findings) };
}

function stops(finding: Finding): boolean {
  return finding.severity !== "warning";
}
