/**
 * Scalars as Go YAML v2 and v3, PyYAML, `yaml` (1.2 and 1.1) and `js-yaml` all read them back
 * unchanged. Plain style is used only where every one of them sees a string; otherwise double quotes.
 */

// Starts with a letter or "/", so no number, date or indicator. No "#" and no space, so ":" means
// something only at the end.
const wordPattern = /^[A-Za-z/][\w./@+=:-]*$/;

// A Go duration, a binary quantity, a version: numbers to no reader.
const quantityPattern = /^(?:(?:\d+(?:ms|s|m|h))+|\d+[KMGT]i|\d+\.\d+\.\d+)$/;

// Words that some reader takes for a boolean, for null or for a number: `yaml` 1.1 sees one in
// `e12`, and half a commit id looks like that.
const reservedPattern = /^(?:y|n|yes|no|on|off|true|false|null|e[-+]?[\d_]+)$/i;
const longestReservedWord = 5;

// Printable ASCII without the three characters that need thought: quote, backslash, dollar.
const quotablePattern = /^[ !#%-[\]-~]*$/;

// Invisible, direction-changing, private and non-characters are escaped although YAML allows some
// of them raw: a reviewer must see them. Above U+FFFF as Go YAML does. Everything else stays readable.
// A fixed list, because what a Unicode property matches changes from one Node version to the next.
const unseen =
  "[\\u034f]|[\\u17b4-\\u17b5]|[\\u180b-\\u180f]|[\\ufe00-\\ufe0f]|" +
  "[\\x7f-\\xa0\\xad\\u061c\\u115f\\u1160\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000" +
  "\\u3164\\ud800-\\uf8ff\\ufeff\\uffa0\\ufff0-\\uffff]";
const escapePattern = new RegExp(
  `\\$(?=imagepolicy)|[\\ud800-\\udbff][\\udc00-\\udfff]|[\\0-\\x1f"\\\\]|${unseen}`,
  "g",
);

// A literal block is kept for text that cannot be misread by eye or by an editor: no control or
// invisible character, no space before a line end, no blank first line, at most one final line end.
const notLiteralPattern = new RegExp(
  `^[ \\t\\n]|[ \\t](?:\\n|$)|\\n\\n$|\\$imagepolicy|[\\0-\\x08\\x0b-\\x1f]|${unseen}`,
);

const loneSurrogatePattern = /[\ud800-\udfff]/u;

const shortEscapes: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** Whether every reader carries the text: UTF-8, and so YAML, has no lone surrogates. */
export function isPrintableString(text: string): boolean {
  return !loneSurrogatePattern.test(text);
}

const codes = { zero: 48, nine: 57, colon: 58, E: 69, e: 101 } as const;

/** Whether the text may stand without quotes. */
export function isPlain(text: string): boolean {
  if (text === "") return false;
  const first = text.charCodeAt(0);
  if (first >= codes.zero && first <= codes.nine) return quantityPattern.test(text);
  if (!wordPattern.test(text) || text.charCodeAt(text.length - 1) === codes.colon) return false;
  const mayBeNumber = first === codes.e || first === codes.E;
  return (text.length > longestReservedWord && !mayBeNumber) || !reservedPattern.test(text);
}

/** Plain or double-quoted, on one line whatever its length. `undefined` when no reader carries it. */
export function printString(text: string): string | undefined {
  if (isPlain(text)) return text;
  if (quotablePattern.test(text)) return `"${text}"`;
  if (!isPrintableString(text)) return undefined;
  return `"${text.replace(escapePattern, escapeCharacter)}"`;
}

/** Whether the text has several lines and may stand in a literal block. */
export function isLiteral(text: string): boolean {
  return text.includes("\n") && !notLiteralPattern.test(text);
}

/** A literal block from its header on, without the final line end; `indent` precedes each line. */
export function printLiteral(text: string, indent: string): string {
  const ends = text.endsWith("\n");
  const body = ends ? text.slice(0, -1) : text;
  return `${ends ? "|" : "|-"}\n${indent}${body.replace(/\n(?!\n)/g, `\n${indent}`)}`;
}

/**
 * The number as every reader reads it: integers exact, floats with a point and a signed exponent
 * (PyYAML takes `1e-7` for a string). `undefined` when it is NaN, infinite, negative zero or an
 * integer beyond 2^53 - 1, of which JavaScript no longer knows the last digits.
 */
export function printNumber(value: number): string | undefined {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? undefined : String(value);
  if (!Number.isFinite(value) || Number.isInteger(value)) return undefined;
  const text = String(value);
  return text.includes(".") ? text : text.replace("e", ".0e");
}

function escapeCharacter(match: string): string {
  const short = shortEscapes[match];
  if (short !== undefined) return short;
  const code = match.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).toUpperCase().padStart(width, "0");
}
