import type { Finding } from "../../../errors.js";
import { nameFindings, quoted } from "../../../graph/values/names.js";
import type { FleetModel } from "../model.js";
import { partTitle } from "./shape-validation.js";

/**
 * The findings of the declared order of rings: with it every cluster is in one of them, and each of
 * them has a cluster. That no cluster is in two follows from its having one `ring`.
 */
export function ringListFindings({ declaration, clusters, index }: FleetModel): readonly Finding[] {
  const { rings } = declaration;
  if (rings === undefined) {
    return [];
  }
  const finding = (path: string, problem: string, remedy: string): Finding => {
    return { code: "RING_MISMATCH", path, problem, remedy };
  };
  const listed = rings.flatMap((ring, position): readonly Finding[] => {
    const path = `rings[${String(position)}]`;
    const invalid = nameFindings(ring, path);
    if (invalid.length > 0) return invalid;
    if (rings.indexOf(ring) < position) {
      return [finding(path, `Ring ${quoted(ring)} is listed twice.`, "List it once.")];
    }
    return index.rings.includes(ring)
      ? []
      : [
          finding(
            path,
            `No cluster is in ring ${quoted(ring)}.`,
            "Put a cluster into it, or remove it.",
          ),
        ];
  });
  const strangers = clusters
    .filter(({ ring }) => !rings.includes(ring))
    .map(({ name, ring, part }) =>
      finding(
        `${partTitle("cluster", name)}: ring`,
        part.args.ring === undefined
          ? `Its ring is its environment ${quoted(ring)}, which \`rings\` does not list.`
          : `Ring ${quoted(ring)} is not in \`rings\`.`,
        `Use one of ${rings.map((one) => quoted(one)).join(", ")}, or list it in \`rings\`.`,
      ),
    );
  return [...listed, ...strangers];
}
