import { bech32 } from "@scure/base";

/** What a bech32 text holds. */
export interface Bech32 {
  /** The human-readable prefix. */
  readonly prefix: string;
  readonly bytes: Uint8Array;
}

/**
 * Decodes bech32 as age uses it: no length limit, one letter case. Undefined when anything is wrong,
 * the checksum included. The library's own errors quote the text, which may be an identity.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki
 */
export function decodeBech32(text: string): Bech32 | undefined {
  const decoded = bech32.decodeUnsafe(text, false);
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words);
  return bytes ? { prefix: decoded.prefix, bytes } : undefined;
}
