import { shortDecimal } from "./go-number.js";
import { unreadable } from "./refusal.js";
import { comment, entry, isCollection, isComment, map, placeOf } from "./tree.js";
import type { Comment, Entry, TreeMap, Value } from "./tree.js";

/**
 * Reads lines `KEY=value` as SOPS does: nothing is trimmed or unquoted, `\n` stands for a line end,
 * lines that begin with `#` are comments.
 *
 * @throws FleetError SOPS_FORMAT; no text of the document is repeated
 */
export function readDotenv(text: string): TreeMap {
  return map(
    text.split("\n").flatMap((line, index): readonly (Entry | Comment)[] => {
      if (line === "") return [];
      if (line.startsWith("#")) return [comment(line.slice(1))];
      const sign = line.indexOf("=");
      if (sign === -1) {
        const place = `line ${index + 1}`;
        throw unreadable(place, "The line has no `=`.", "Write KEY=value, or `#` before it.");
      }
      return [entry(line.slice(0, sign), line.slice(sign + 1).replaceAll("\\n", "\n"))];
    }),
  );
}

/** Writes lines `KEY=value`. @throws FleetError SOPS_FORMAT where a value has no place on a line */
export function writeDotenv(document: TreeMap): string {
  return document.items
    .map((item) => {
      if (isComment(item)) return `#${item.text}\n`;
      if (/[=\n]|^#/.test(item.key)) {
        throw unreadable(
          placeOf([item.key]),
          "The key has no place in a dotenv file.",
          "Rename it.",
        );
      }
      return `${item.key}=${onOneLine(item.key, item.value)}\n`;
    })
    .join("");
}

function onOneLine(key: string, value: Value): string {
  if (typeof value === "string") return value.replaceAll("\n", "\\n");
  if (typeof value === "number") return decimal(value);
  if (typeof value !== "object") return String(value);
  if (value !== null && !isCollection(value) && value.kind === "time") {
    return value.text.replace(/\.\d+/, "");
  }
  throw unreadable(placeOf([key]), "A dotenv file holds text only.", "Use YAML or JSON.");
}

function decimal(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const text = shortDecimal(value).toUpperCase();
  return /[.E]/.test(text) ? text : `${text}.0`;
}
