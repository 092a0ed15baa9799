/** What a bech32 text holds. */
export interface Bech32 {
  /** The human-readable prefix. */
  readonly prefix: string;
  readonly bytes: Uint8Array;
}

const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

/**
 * Decodes bech32 as age uses it: no length limit, one letter case. Undefined when anything is wrong,
 * the checksum included.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki
 */
export function decodeBech32(text: string): Bech32 | undefined {
  const lower = text.toLowerCase();
  const separator = lower.lastIndexOf("1");
  if ((text !== lower && text !== text.toUpperCase()) || separator < 1) {
    return undefined;
  }
  const prefix = lower.slice(0, separator);
  const words = Array.from(lower.slice(separator + 1), (letter) => alphabet.indexOf(letter));
  if (words.length < 6 || words.includes(-1) || checksum(prefix, words) !== 1) {
    return undefined;
  }
  const bytes = toBytes(words.slice(0, -6));
  return bytes && { prefix, bytes };
}

function checksum(prefix: string, words: readonly number[]): number {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  const values = [
    ...codes.map((code) => code >> 5),
    0,
    ...codes.map((code) => code & 31),
    ...words,
  ];
  return values.reduce((sum, value) => {
    const top = sum >>> 25;
    const next = ((sum & 0x1ffffff) << 5) ^ value;
    return generator.reduce((mixed, term, bit) => ((top >> bit) & 1 ? mixed ^ term : mixed), next);
  }, 1);
}

/** Five-bit words as bytes; the padding must be shorter than a word and zero. */
function toBytes(words: readonly number[]): Uint8Array | undefined {
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const word of words) {
    buffer = ((buffer << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >> bits) & 0xff);
    }
  }
  return bits >= 5 || (buffer & ((1 << bits) - 1)) !== 0 ? undefined : Uint8Array.from(bytes);
}
