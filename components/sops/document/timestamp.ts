import type { Time } from "./tree.js";

// The forms that Go YAML takes for a timestamp: date, date and time with or without an offset.
const pattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/;

/** The point in time that Go YAML reads from unquoted text; undefined when it reads something else. */
export function parseTimestamp(text: string): Time | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, year = "", month = "", day = "", mark, hour = "0", minute = "0", second = "0"] = found;
  const [fraction = "", offset] = found.slice(8);
  // A blank stands before a time without an offset only, a `T` before one with an offset only.
  if (mark !== undefined && (mark === " ") !== (offset === undefined)) return undefined;
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const zone = zoneOf(offset ?? "Z");
  if (zone === undefined) return undefined;
  const two = (digits: string): string => digits.padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  const parts = fraction.slice(0, 9).replace(/0+$/, "");
  const time = `${two(hour)}:${two(minute)}:${two(second)}${parts === "" ? "" : `.${parts}`}`;
  return { kind: "time", text: `${date}T${time}${zone}` };
}

/** A time of RFC 3339 without fractions, as Go prints it after reading; undefined for other text. */
export function wholeSeconds(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[-+]\d\d:\d\d)$/.test(text)) return undefined;
  return parseTimestamp(text)?.text.replace(/\.\d+/, "");
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The offset as Go prints it, `Z` for none. */
function zoneOf(offset: string): string | undefined {
  if (offset === "Z") return "Z";
  const [hours = "", minutes = ""] = offset.slice(1).split(":");
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return Number(hours) === 0 && Number(minutes) === 0 ? "Z" : offset;
}
