import type { Finding } from "../errors.js";
import { quoted } from "../graph/values/names.js";
import type { Elsewhere } from "./history.js";
import { nearestName } from "../graph/values/nearest.js";
import type { Fault, Problem } from "./problem.js";
import { trailText } from "./problem.js";

/** What a problem is about, for its text. */
export interface Place {
  /** What stands before the path of the field, for example `layer "apps": HelmRelease web: `. */
  readonly at: string;
  /** Kind and version, for example `HelmRelease v2`. */
  readonly kind: string;
  /** The Flux that the cluster runs, for example `2.8.8`. */
  readonly flux: string;
}

/** The finding of a problem, which names the line that differs, if any. */
export function fieldFinding(
  { trail, fault }: Problem,
  place: Place,
  { since, goneIn }: Elsewhere,
): Finding {
  const path = place.at + trailText(trail);
  const field = String(trail.at(-1) ?? "");
  const runs = `the cluster runs ${place.flux}`;
  if (since !== undefined) {
    return {
      code: "TOO_NEW_FOR_FLUX",
      path,
      problem: `${newer(fault, field, since)}, ${runs}.`,
      remedy: "Upgrade the cluster first, or do without it.",
    };
  }
  if (fault.kind === "unknown" && goneIn !== undefined) {
    return {
      code: "REMOVED_FROM_FLUX",
      path,
      problem: `${quoted(field)} is gone since Flux ${goneIn}, ${runs}.`,
      remedy: unknownRemedy(field, fault.known),
    };
  }
  return { path, ...described(fault, field, place.kind) };
}

function newer(fault: Fault, field: string, since: string): string {
  switch (fault.kind) {
    case "unknown":
      return `${quoted(field)} exists since Flux ${since}`;
    case "choice":
      return `${quoted(fault.received)} is allowed since Flux ${since}`;
    case "missing":
      return `${quoted(field)} can be left out since Flux ${since}`;
    case "rule":
      return `${sentence(fault.message).slice(0, -1)}; Flux ${since} allows it`;
    case "type":
    case "pattern":
    case "bound":
      return `The value is allowed since Flux ${since}`;
  }
}

type Described = Pick<Finding, "code" | "problem" | "remedy">;

function described(fault: Fault, field: string, kind: string): Described {
  switch (fault.kind) {
    case "unknown":
      return {
        code: "UNKNOWN_FIELD",
        problem: `${kind} has no field ${quoted(field)} here.`,
        remedy: unknownRemedy(field, fault.known),
      };
    case "missing":
      return {
        code: "MISSING_FIELD",
        problem: `${kind} needs ${quoted(field)} here.`,
        remedy: "Add it.",
      };
    case "type":
      return invalid(`It is ${fault.received}.`, `Give ${fault.expected}.`);
    case "choice":
      return invalid(
        `${quoted(fault.received)} is not allowed.`,
        `Use one of ${fault.allowed.map(quoted).join(", ")}.`,
      );
    case "pattern":
      return patternFault(fault.pattern, fault.received);
    case "bound":
      return invalid("The value is out of bounds.", `Give ${fault.demand}.`);
    case "rule":
      return invalid(sentence(fault.message), `Change the object so that ${kind} accepts it.`);
  }
}

function invalid(problem: string, remedy: string): Described {
  return { code: "INVALID_FIELD", problem, remedy };
}

/** A pattern is shown, the value only when it is a duration: an address may hold a password. */
function patternFault(pattern: string, received: string): Described {
  const units = /\((ms\|s\|m(?:\|h)?)\)/.exec(pattern)?.[1];
  if (units === undefined) return invalid("The value has the wrong form.", `Match ${pattern}.`);
  return {
    code: "INVALID_DURATION",
    problem: `${quoted(received)} is not a duration that Flux takes here.`,
    remedy: `Write numbers with units (${units.replaceAll("|", ", ")}), for example "90s".`,
  };
}

function unknownRemedy(field: string, known: readonly string[]): string {
  const nearest = nearestName(field, known);
  if (nearest !== undefined) return `Did you mean ${quoted(nearest)}?`;
  return known.length === 0 ? "Leave it out." : `Use one of ${known.join(", ")}.`;
}

/** A message of Flux as a sentence. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return text.endsWith(".") ? text : `${text}.`;
}
