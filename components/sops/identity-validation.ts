import { createPrivateKey, createPublicKey } from "node:crypto";
import type { Finding } from "../../errors.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import { quoted } from "../../graph/values/names.js";
import { decodeBech32 } from "./bech32.js";
import { invalidIdentity, isIdentity, keyLines } from "./identity-lines.js";
import { identityRecipients } from "./identity-recipients.js";
import { recipientFindings } from "./recipients.js";

/** DER of an X25519 private key up to the key itself (RFC 8410). */
const privateKeyHeader = Buffer.from("302e020100300506032b656e04220420", "hex");

/**
 * The findings of the identity installed on a cluster: read line by line as kustomize-controller
 * does, and one of its keys must be that of the recipient. Nothing of it is ever shown. Of a
 * post-quantum recipient only the kind is looked at; {@link pairFindings} does the rest.
 */
export function identityFindings(
  identity: unknown,
  recipient: unknown,
  path: string,
): readonly Finding[] {
  if (isUnknown(identity)) {
    return [];
  }
  const lines = typeof identity === "string" ? keyLines(identity) : [];
  if (lines.length === 0 || !lines.every(isIdentity)) {
    return [invalidIdentity(path)];
  }
  if (recipientFindings(recipient, path).length > 0 || isUnknown(recipient)) {
    return [];
  }
  const text = String(recipient);
  const expected = Buffer.from(decodeBech32(text)?.bytes ?? []).toString("hex");
  const isOf = (line: string): boolean =>
    text.startsWith("age1pq1") ? isPostQuantum(line) : publicPoint(line) === expected;
  return lines.some(isOf) ? [] : [notItsPair(text, path)];
}

/** As {@link identityFindings}, and proves post-quantum pairs too, which only age itself can. */
export async function pairFindings(
  identity: unknown,
  recipient: unknown,
  path: string,
): Promise<readonly Finding[]> {
  const findings = identityFindings(identity, recipient, path);
  const isOpen = typeof identity === "string" && typeof recipient === "string";
  if (findings.length > 0 || !isOpen || !recipient.startsWith("age1pq1")) {
    return findings;
  }
  const held = await identityRecipients({ ".agekey": identity });
  return held.includes(recipient) ? [] : [notItsPair(recipient, path)];
}

function notItsPair(recipient: string, path: string): Finding {
  return {
    code: "INVALID_IDENTITY",
    path,
    problem: `The identity is not that of recipient ${quoted(recipient)}.`,
    remedy: "Give the identity and the recipient of one key pair.",
  };
}

function isPostQuantum(identity: string): boolean {
  return identity.startsWith("AGE-SECRET-KEY-PQ-1");
}

/** The public key of an X25519 identity in hexadecimal digits; undefined when it is of another kind. */
function publicPoint(identity: string): string | undefined {
  const decoded = isPostQuantum(identity) ? undefined : decodeBech32(identity);
  if (decoded === undefined) {
    return undefined;
  }
  const key = createPrivateKey({
    key: Buffer.concat([privateKeyHeader, decoded.bytes]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return x === undefined ? undefined : Buffer.from(x, "base64url").toString("hex");
}
