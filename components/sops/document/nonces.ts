import { randomBytes } from "node:crypto";
import { derivedKey } from "./derived-key.js";

// SOPS itself writes with nonces of 32 bytes only, and fails on a file that has others.
const nonceLength = 32;

/** What a nonce is for: a value of the document, or its authentication code. */
export type NonceUse = "value" | "mac";

/** The nonce of one encryption, 32 bytes. One data key never sees a nonce twice. */
export type NonceOf = (
  use: NonceUse,
  place: string,
  type: string,
  text: string | Uint8Array,
) => Uint8Array;

/** Another nonce at every call. */
export const randomNonces: NonceOf = () => randomBytes(nonceLength);

/**
 * Nonces that are a pseudo-random function of everything that is encrypted under them: equal input
 * gives equal ciphertext, any other input another nonce. Without the data key nothing can be tested
 * against them. What they show is that a value went back to what it was at the same place.
 */
export function keyedNonces(dataKey: Uint8Array): NonceOf {
  const key = derivedKey(dataKey, "nonce-key/v1", []);
  return (use, place, type, text) => derivedKey(key, `nonce/v1/${use}`, [place, type, text]);
}
