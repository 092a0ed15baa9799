import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "../errors.js";
import { root } from "./test-files.js";

/** One row of the table in `docs/errors.md`. */
export interface ErrorRow {
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
}

/** The rows of a text of `docs/errors.md`. */
export function readErrorRows(text: string): readonly ErrorRow[] {
  const rows = text.matchAll(/^\| `([A-Z0-9_]+)` *\| (.*?) *\| (.*?) *\|$/gm);
  return [...rows].map(([, code = "", meaning = "", remedy = ""]) => ({ code, meaning, remedy }));
}

/**
 * The text of `docs/errors.md` with the codes and meanings of `errors.ts`. Remedies are written by
 * hand and kept; a new code gets an empty one, which a test refuses.
 */
export function errorsTable(): string {
  const current = readFileSync(join(root, "docs/errors.md"), "utf8");
  const remedies = new Map(readErrorRows(current).map(({ code, remedy }) => [code, remedy]));
  const introduction = current.slice(0, current.indexOf("| Code"));
  const rows = Object.entries(errorCodes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, meaning]) => `| \`${code}\` | ${meaning} | ${remedies.get(code) ?? ""} |`);
  return [`${introduction}| Code | Meaning | Remedy |`, "| --- | --- | --- |", ...rows, ""].join(
    "\n",
  );
}
