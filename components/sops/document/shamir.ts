/**
 * Puts a secret together that was shared out over GF(256), the field of AES. Each share is the value
 * of one polynomial per byte, its last byte the place; the secret is the value at 0. Undefined when
 * the shares cannot belong together; whether they do, only the use of the secret shows.
 *
 * @see https://en.wikipedia.org/wiki/Shamir%27s_secret_sharing
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array | undefined {
  const places = shares.map((share) => share.at(-1) ?? 0);
  const length = shares[0]?.length ?? 0;
  const isUsable = shares.length >= 2 && length >= 2 && !places.includes(0);
  if (!isUsable || new Set(places).size < places.length) return undefined;
  if (shares.some((share) => share.length !== length)) return undefined;
  // Lagrange at 0; subtraction is XOR.
  const weights = places.map((place) =>
    places.reduce(
      (weight, other) =>
        other === place ? weight : multiply(weight, multiply(other, inverse(other ^ place))),
      1,
    ),
  );
  return Uint8Array.from({ length: length - 1 }, (_, at) =>
    shares.reduce((sum, share, i) => sum ^ multiply(share[at] ?? 0, weights[i] ?? 0), 0),
  );
}

/** Product modulo x^8 + x^4 + x^3 + x + 1. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = a;
  for (let bit = 0; bit < 8; bit++) {
    product ^= shifted * ((b >> bit) & 1);
    shifted = (shifted << 1) ^ (shifted & 0x80 ? 0x11b : 0);
  }
  return product;
}

/** The 254th power: 255 of them make a full circle. */
function inverse(a: number): number {
  let power = 1;
  for (let i = 0; i < 254; i++) power = multiply(power, a);
  return power;
}
