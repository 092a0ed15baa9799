import { createHmac } from "node:crypto";

/** A part of what a key is derived for. */
export type Field = string | Uint8Array;

const lengthBytes = 4;

/**
 * 32 bytes for one purpose, by HKDF-Expand with SHA-256 (RFC 5869). The fields are framed by their
 * lengths, so that no two lists of fields are the same bytes.
 *
 * @param key - 32 bytes that nobody can guess
 * @param purpose - a name with a version; keys for different purposes say nothing about each other
 */
export function derivedKey(key: Uint8Array, purpose: string, fields: readonly Field[]): Buffer {
  const parts = [purpose, ...fields];
  const size = parts.reduce((sum, part) => sum + lengthBytes + Buffer.byteLength(part), 1);
  const info = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    const length = Buffer.byteLength(part);
    at = info.writeUInt32BE(length, at);
    if (typeof part === "string") info.write(part, at, "utf8");
    else info.set(part, at);
    at += length;
  }
  // The counter of the first and only block.
  info[at] = 1;
  return createHmac("sha256", key).update(info).digest();
}

/** The start of a derivation, HKDF-Extract with SHA-256. */
export function extractedKey(salt: string, secret: Uint8Array): Buffer {
  return createHmac("sha256", salt).update(secret).digest();
}
