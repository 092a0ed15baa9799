import { lineChanges } from "../../api/history.js";
import { lineKinds, supportedLines } from "../../api/lines.js";
import { formatted } from "./api-files.js";
import { fileName, publicIndex, typeFile, typeIndex } from "./type-files.js";
import { versionsTable } from "./versions-table.js";

/** The types, the public names and the table that follow from the lines, by path. */
export async function typeTexts(): Promise<Readonly<Record<string, string>>> {
  const kinds = Object.values(lineKinds(supportedLines.at(-1) ?? ""));
  const names = kinds.map((kind) => kind.names.kind).sort();
  const changes = lineChanges();
  return formatted([
    ...kinds.map((kind) => {
      const path = `api/types/${fileName(kind.names.kind)}.ts`;
      return [path, typeFile(kind, changes)] as const;
    }),
    ["api/types/index.ts", typeIndex(names)],
    ["api/index.ts", publicIndex(names)],
    ["docs/flux-versions.md", versionsTable()],
  ]);
}
