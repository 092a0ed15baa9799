import { createCipheriv, createDecipheriv } from "node:crypto";
import { leafOf, textOf } from "./leaf-text.js";
import type { NonceOf, NonceUse } from "./nonces.js";
import type { Comment, Leaf } from "./tree.js";

// Every character counts: a token is exactly what SOPS writes, to the last bit of its base64.
const base64 = "[A-Za-z0-9+/]+={0,2}";
const pattern = new RegExp(
  `^ENC\\[AES256_GCM,data:(${base64}),iv:(${base64}),tag:(${base64}),type:([a-z]+)\\]$`,
);
const tagLength = 16;

/** What values are encrypted with. */
export interface LeafKey {
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
  readonly nonceOf: NonceOf;
}

/** Encrypts a value to the place of its keys. Empty text stays empty, as SOPS leaves it. */
export function encryptLeaf(
  leaf: Leaf | Comment,
  { dataKey, nonceOf }: LeafKey,
  place: string,
  use: NonceUse = "value",
): string {
  const { type, text } = textOf(leaf);
  if (text.length === 0) return "";
  const iv = Buffer.from(nonceOf(use, place, type, text));
  const cipher = createCipheriv("aes-256-gcm", dataKey, iv);
  cipher.setAAD(Buffer.from(place));
  const data = typeof text === "string" ? cipher.update(text, "utf8") : cipher.update(text);
  cipher.final();
  const [written, nonce, tag] = [data, iv, cipher.getAuthTag()].map((part) =>
    part.toString("base64"),
  );
  return `ENC[AES256_GCM,data:${written ?? ""},iv:${nonce ?? ""},tag:${tag ?? ""},type:${type}]`;
}

/** Whether text is an encrypted value. */
export function isEncryptedText(text: string): boolean {
  return pattern.test(text);
}

/** The value of a token; undefined when it is not authentic here, or is no token at all. */
export function decryptLeaf(
  token: string,
  dataKey: Uint8Array,
  place: string,
): Leaf | Comment | undefined {
  if (token === "") return "";
  const [, data = "", iv = "", tag = "", type = ""] = pattern.exec(token) ?? [];
  const [ciphertext, nonce, authTag] = [bytesOf(data), bytesOf(iv), bytesOf(tag)];
  if (!ciphertext || !nonce || !authTag) return undefined;
  if (authTag.length !== tagLength || nonce.length < 12 || nonce.length > 64) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", dataKey, nonce, { authTagLength: tagLength });
    decipher.setAAD(Buffer.from(place)).setAuthTag(authTag);
    return leafOf(type, Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch {
    return undefined;
  }
}

/** The bytes of base64 that is written the one right way. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : undefined;
}
