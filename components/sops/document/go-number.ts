/** Numbers as Go prints them: what is hashed, and what is written, must be the same text. */

/** Never an exponent, as SOPS encrypts and hashes a float: `1e21` is a one with 21 zeros. */
export function plainDecimal(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const { sign, digits, exponent } = shortest(value);
  const point = exponent + 1;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** An exponent of two digits or more where the number is very small, or a million and more. */
export function shortDecimal(value: number): string {
  const { sign, digits, exponent } = shortest(value);
  if (exponent >= -4 && exponent < 6) return plainDecimal(value);
  const size = String(Math.abs(exponent)).padStart(2, "0");
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${sign}${digits.slice(0, 1)}${fraction}e${exponent < 0 ? "-" : "+"}${size}`;
}

/** The number of a text that {@link plainDecimal} made; undefined for any other text. */
export function parseDecimal(text: string): number | undefined {
  if (text === "NaN") return NaN;
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
}

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** Whether a whole number fits Go's `int`. */
export function isInt64(value: bigint): boolean {
  return value >= smallest && value <= largest;
}

/** The fewest digits that read back as the same number, and the exponent of the first. */
function shortest(value: number): { sign: string; digits: string; exponent: number } {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa = "", exponent = ""] = Math.abs(value).toExponential().split("e");
  return { sign, digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}
