import type { Finding } from "../errors.js";
import { inPathOrder } from "../errors.js";
import { compareWithHead } from "./compare.js";
import type { Comparison, Declaration, Edit, Permissions } from "./compare.js";
import { diffFields } from "./diff.js";
import { droppedMarkers } from "./dropped-markers.js";
import type { HeadReader } from "./head.js";
import { readMarkerTexts } from "./marker-texts.js";
import { settleMarkers } from "./markers.js";

/** A comparison with every reason against it, edits named with their commits. */
export interface ChangePlan extends Comparison {
  /** Texts at the head of the files that change or go, for a diff. */
  readonly before: ReadonlyMap<string, string>;
}

/** Further edits are only listed by path. */
const describedEdits = 50;

/**
 * Compares what is declared with a head that was read, and looks into the texts at the head:
 * who edited an owned file and how, and what image automation wrote, which stays. Writes nothing and
 * throws no finding; anything in `findings` without severity `warning` forbids the commit.
 */
export async function planChange(
  reader: HeadReader,
  declaration: Declaration,
  permissions: Permissions = {},
): Promise<ChangePlan> {
  const { head } = reader;
  const markers = settleMarkers(declaration, head, await readMarkerTexts(reader, declaration));
  const comparison = compareWithHead(declaration, head, permissions, markers);
  const { change, edits } = comparison;
  const before = await reader.readTexts([
    ...[...change.changed, ...change.removed, ...change.unknown],
    ...edits.map(({ path }) => path),
  ]);
  const findings: Finding[] = [...comparison.findings];
  for (const path of change.changed) {
    const [was, is] = [before.get(path) ?? "", comparison.writes.get(path) ?? ""];
    findings.push(...droppedMarkers(path, was, is, head.published?.markers?.[path] ?? []));
  }
  findings.push(...(await describeEdits(reader, edits, before)));
  return { ...comparison, findings: inPathOrder(findings), before };
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
