import { format, resolveConfig } from "prettier";
import { join } from "node:path";
import { root } from "../test-files.js";
import { lineDifference } from "./line-difference.js";
import type { Line } from "./line-files.js";
import { committedLines, updatedLines } from "./line-files.js";
import { readModules, readReleases } from "./read-crds.js";
import { banner } from "./type-files.js";

/**
 * What `api/lines` must hold, by path: definitions as committed, with those of the pinned modules
 * when the lab has extracted them, and those below `directory` when one is given.
 */
export async function lineTexts(
  directory: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  const modules = readModules();
  const releases = directory === undefined ? [] : readReleases(directory);
  const read = modules === undefined ? releases : [modules, ...releases];
  return lineFileTexts(updatedLines(committedLines(), read));
}

/** The files of some lines, newest first, by path. */
export async function lineFileTexts(
  lines: readonly Line[],
): Promise<Readonly<Record<string, string>>> {
  const sources = lines.map(({ line, flux, controllers }) => [
    line,
    { flux, controllers: sorted(controllers) },
  ]);
  const texts = [
    ["sources.json", JSON.stringify(Object.fromEntries(sources))],
    ["index.ts", indexText(lines)],
    ...lines.map(({ line, kinds }, index) => {
      const newer = lines[index - 1];
      const data = newer === undefined ? kinds : lineDifference(newer.kinds, kinds);
      return [`${line}.json`, JSON.stringify(sorted(data))] as const;
    }),
  ] as const;
  return formatted(texts.map(([name, text]) => [`api/lines/${name}`, text]));
}

/** Texts as Prettier writes them, by path. */
export async function formatted(
  texts: readonly (readonly [path: string, text: string])[],
): Promise<Readonly<Record<string, string>>> {
  const entries = texts.map(async ([path, text]) => {
    const options = await resolveConfig(join(root, path));
    return [path, await format(text, { ...options, filepath: join(root, path) })] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function indexText(lines: readonly Line[]): string {
  const name = (line: string): string => `line${line.replace(".", "_")}`;
  const imports = lines.map(({ line }) => `import ${name(line)} from "./${line}.json";`);
  const entries = lines.map(
    ({ line, flux }) => `{ line: "${line}", flux: "${flux}", data: ${name(line)} },`,
  );
  return `${banner}
${imports.join("\n")}

/** A Flux line, the release it was read from, and its file. */
export interface LineFile {
  readonly line: string;
  readonly flux: string;
  /** Every kind; for all but the first line only what differs from the line before. */
  readonly data: unknown;
}

/** The supported lines, newest first. */
export const lineFiles: readonly LineFile[] = [
  ${entries.join("\n")}
];
`;
}

/** The same data with the keys of every map in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
