import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import type { Shape } from "../../../graph/values/shapes.js";
import { shapeFindings } from "../../../graph/values/shapes.js";
import { fleetShape, partShapes } from "../shape.js";

const partLists = ["clusters", "layers", "tenants"] as const;

/**
 * The findings of a declaration whose types are wrong, as it may come from a data file or JavaScript.
 * Without any of these the declaration can be worked with as typed.
 */
export function declarationShapeFindings(declaration: unknown): readonly Finding[] {
  if (typeof declaration !== "object" || declaration === null) {
    return shapeFindings(declaration, fleetShape, "fleet");
  }
  const fields = declaration as Readonly<Record<string, unknown>>;
  const rest = Object.fromEntries(
    Object.entries(fields).filter(([key]) => !partLists.some((list) => list === key)),
  );
  return [
    ...shapeFindings(rest, fleetShape, ""),
    ...partLists.flatMap((list) => listFindings(fields[list], list, partShapes[list])),
  ];
}

function listFindings(
  parts: unknown,
  list: (typeof partLists)[number],
  shape: Shape,
): readonly Finding[] {
  if (parts === undefined && list !== "clusters") {
    return [];
  }
  if (!Array.isArray(parts)) {
    return shapeFindings(parts, { list: shape }, list);
  }
  return parts.flatMap((part: unknown, index) =>
    shapeFindings(part, shape, `${list}[${String(index)}]`).map((finding) => named(finding, part)),
  );
}

/** The same finding under the name of the part, which says more than its position. */
function named(finding: Finding, part: unknown): Finding {
  if (typeof part !== "object" || part === null || !("kind" in part) || !("name" in part)) {
    return finding;
  }
  const { kind, name } = part;
  if (typeof kind !== "string" || typeof name !== "string") {
    return finding;
  }
  const path = finding.path.replace(/^[a-z]+\[\d+\]\.(args\.)?/, `${partTitle(kind, name)}: `);
  return { ...finding, path };
}

/** How a part is called in findings, for example `Tenant "payments"`. */
export function partTitle(kind: string, name: string): string {
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${quoted(name)}`;
}
