import type { Finding } from "../errors.js";
import { hasSetterMarker } from "../manifests/marker.js";
import { readMarkedText, valueAt } from "../manifests/marked-text.js";
import type { RememberedMarker } from "./marker-record.js";
import { partnersOf } from "./marker-record.js";

/**
 * Finds values of image automation that would be lost because the declared file has no marker there any more. A field
 * that leaves, one that is declared with the value of the head, and one whose declaration changed are meant so.
 *
 * @param atHead - the text that would be overwritten
 * @param declared - what would be written instead
 * @param remembered - the file's markers in our last commit
 */
export function droppedMarkers(
  path: string,
  atHead: string,
  declared: string,
  remembered: readonly RememberedMarker[],
): readonly Finding[] {
  if (!hasSetterMarker(atHead)) return [];
  const [before, after] = [readMarkedText(atHead), readMarkedText(declared)];
  if (before === undefined || after === undefined) {
    const problem = "The file at the head carries an image marker and cannot be read as YAML.";
    return [finding(path, problem, "Mend or remove the file in a commit of its own.")];
  }
  const kept = new Set(after.fields.map(({ marker }) => marker));
  const known = partnersOf(before.fields, remembered);
  return before.fields.flatMap(({ marker, value, place }, index) => {
    if (kept.has(marker)) return [];
    const next = valueAt(after, place);
    const wasDeclared = known[index]?.declared;
    const isMeant = wasDeclared !== undefined && next !== wasDeclared;
    if (isMeant || String(next) === value) return [];
    const problem =
      `The value behind the image marker "${marker}" is ${JSON.stringify(value)}; ` +
      "without the marker it would be overwritten.";
    return [finding(path, problem, `Keep the marker, or declare ${JSON.stringify(value)}.`)];
  });
}

function finding(path: string, problem: string, remedy: string): Finding {
  return { code: "MARKER_FILE", path, problem, remedy };
}
