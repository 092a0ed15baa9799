import { isInt64 } from "./go-number.js";
import { parseTimestamp } from "./timestamp.js";
import type { Leaf } from "./tree.js";

const words: ReadonlyMap<string, boolean | number | null> = new Map<
  string,
  boolean | number | null
>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const),
]);

const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const based: readonly (readonly [pattern: RegExp, prefix: string])[] = [
  [/^([-+]?)0[xX]([\da-fA-F]+)$/, "0x"],
  [/^([-+]?)0[oO]?([0-7]+)$/, "0o"],
  [/^([-+]?)0[bB]([01]+)$/, "0b"],
  [/^([-+]?)(0|[1-9]\d*)$/, ""],
];

/** What unquoted text means. */
export type Plain = { readonly value: Leaf | null } | { readonly tooLarge: true };

/**
 * What Go YAML, and so SOPS and Flux, makes of unquoted text: YAML 1.2 with the old octal numbers,
 * underscores in numbers, and timestamps. Readers of JavaScript differ in each of these.
 *
 * @see https://pkg.go.dev/go.yaml.in/yaml/v3
 */
export function resolvePlain(text: string): Plain {
  const word = words.get(text);
  if (word !== undefined) return { value: word };
  const first = text.charCodeAt(0);
  // Digits, signs and the point; everything else is a string.
  if (!((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46)) {
    return { value: text };
  }
  const time = parseTimestamp(text);
  if (time !== undefined) return { value: time };
  const digits = first === 46 ? text : text.replaceAll("_", "");
  const whole = first === 46 ? undefined : parseWhole(digits);
  if (whole !== undefined) {
    if (isInt64(whole)) return { value: whole };
    // SOPS has no type for what fits only without a sign.
    if (whole > 0n && whole < 2n ** 64n) return { tooLarge: true };
  }
  if (float.test(digits) && Number.isFinite(Number(digits))) return { value: Number(digits) };
  return { value: text };
}

function parseWhole(text: string): bigint | undefined {
  for (const [pattern, prefix] of based) {
    const [, sign, digits = ""] = pattern.exec(text) ?? [];
    if (sign !== undefined) {
      const size = BigInt(prefix + digits);
      return sign === "-" ? -size : size;
    }
  }
  return undefined;
}
