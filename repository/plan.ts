import { hasSetterMarker } from "../manifests/marker.js";
import type { Finding } from "../errors.js";
import { inPathOrder } from "../errors.js";
import { compareWithHead } from "./compare.js";
import type { Comparison, Declaration, Edit, Permissions } from "./compare.js";
import { diffFields } from "./diff.js";
import type { HeadReader } from "./head.js";

/** A comparison with every reason against it, edits named with their commits. */
export interface ChangePlan extends Comparison {
  /** Texts at the head of the files that change or go, for a diff. */
  readonly before: ReadonlyMap<string, string>;
}

/** Further edits are only listed by path. */
const describedEdits = 50;

/**
 * Compares what is declared with a head that was read, and looks into the texts at the head:
 * who edited an owned file and how, and whether a marker would be overwritten. Writes nothing and
 * throws no finding; anything in `findings` without severity `warning` forbids the commit.
 */
export async function planChange(
  reader: HeadReader,
  declaration: Declaration,
  permissions: Permissions = {},
): Promise<ChangePlan> {
  const comparison = compareWithHead(declaration, reader.head, permissions);
  const { change, edits } = comparison;
  const before = await reader.readTexts([
    ...[...change.changed, ...change.removed, ...change.unknown],
    ...edits.map(({ path }) => path),
  ]);
  const findings: Finding[] = [...comparison.findings];
  for (const path of change.changed) {
    if (hasSetterMarker(before.get(path) ?? "")) findings.push(markerFile(path));
  }
  findings.push(...(await describeEdits(reader, edits, before)));
  return { ...comparison, findings: inPathOrder(findings), before };
}

function markerFile(path: string): Finding {
  return {
    code: "MARKER_FILE",
    path,
    problem: "The file at the head carries an image marker, whose value would be overwritten.",
    remedy: "Keep this file out of the fleet, or remove the marker in a commit of its own.",
  };
}

async function describeEdits(
  reader: HeadReader,
  edits: readonly Edit[],
  texts: ReadonlyMap<string, string>,
): Promise<readonly Finding[]> {
  const written = reader.head.published?.paths ?? {};
  const blobs = edits.flatMap(({ path }) => written[path] ?? []);
  const originals = blobs.length === 0 ? new Map<string, string>() : await reader.readBlobs(blobs);
  const findings: Finding[] = [];
  for (const [index, { path, kind }] of edits.entries()) {
    const touch = index < describedEdits ? await reader.lastTouch(path) : undefined;
    const by =
      touch === undefined
        ? ""
        : ` by ${touch.author} in ${touch.commit.slice(0, 10)} on ${touch.date}` +
          ` (${JSON.stringify(touch.subject.slice(0, 100))})`;
    const original = originals.get(written[path] ?? "");
    const lines = diffFields(original, texts.get(path), { limit: 8 });
    const what = lines.length === 0 ? "" : ` ${lines.join("; ")}.`;
    findings.push({
      code: "HUMAN_EDIT",
      path,
      problem: `This owned file was ${kind}${by}.${what}`,
      remedy: `Change the program to match, or add "${path}" to restore to overwrite the edit.`,
    });
  }
  return findings;
}
