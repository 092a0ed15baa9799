import { resolvePlain } from "./yaml-plain.js";

// Words that YAML 1.1 takes for a boolean, and numbers of base 60: quoted although Go reads strings.
const oldBoolean = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
const base60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;

// What Go YAML escapes, and the line ends of Unicode, which it would write raw.
const special = /(?![\t\n])\p{Cc}|[\u2028\u2029\ufeff\ufffe\uffff]|[\u{10000}-\u{10ffff}]/u;
const escaped = new RegExp(`["\\\\\\t\\n]|${special.source}`, "gu");

// An indicator at the start, ": " and " #" anywhere, a colon at the end.
const indicator = /^(?:[#,[\]{}&*!|>'"%@`]|---|\.\.\.|[?:-](?:[ \t\n]|$))|:(?:[ \t\n]|$)|[ \t\n]#/;

// Longer than every word that means something else, and without what could be more than a string.
const everyday = /^[A-Za-z][!-~]{4,}[!-9;-~]$/;

const shortEscapes: Readonly<Record<string, string>> = {
  ...{ "\0": "\\0", "\x07": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v" },
  ...{ "\f": "\\f", "\r": "\\r", "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N" },
  ...{ "\u2028": "\\L", "\u2029": "\\P" },
};

/** Whether the text has several lines that may stand in a literal block. */
export function isBlock(text: string, isHintable: boolean): boolean {
  if (!text.includes("\n") || special.test(text) || / \n| $|^\n*$|^[ \n]*\t/.test(text))
    return false;
  return isHintable || !/^[ \n]/.test(text);
}

/** The header of a literal block: its indentation if that is not plain, and the line ends at its end. */
export function blockHeader(text: string): string {
  const hint = /^[ \n]/.test(text) ? "4" : "";
  if (!text.endsWith("\n")) return `|${hint}-`;
  return `|${hint}${text.endsWith("\n\n") ? "+" : ""}`;
}

/** A string on one line, in the style that SOPS writes: plain, single or double quotes. */
export function quoteString(text: string): string {
  if (everyday.test(text)) return text;
  if (!resolvesToString(text) || special.test(text) || /[\t\n]/.test(text))
    return doubleQuoted(text);
  if (/^ | $/.test(text) || indicator.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return text;
}

function resolvesToString(text: string): boolean {
  const read = resolvePlain(text);
  const isString = "value" in read && typeof read.value === "string";
  // As a key, a plain `<<` would merge.
  return isString && text !== "<<" && !oldBoolean.test(text) && !base60.test(text);
}

function doubleQuoted(text: string): string {
  return `"${text.replace(escaped, escape)}"`;
}

function escape(match: string): string {
  const short = shortEscapes[match];
  if (short !== undefined) return short;
  const code = match.codePointAt(0) ?? 0;
  const hex = (width: number): string => code.toString(16).toUpperCase().padStart(width, "0");
  if (code <= 0xff) return `\\x${hex(2)}`;
  return code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
