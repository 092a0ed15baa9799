import { createPrivateKey, createPublicKey } from "node:crypto";
import type { Finding } from "../../errors.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import { quoted } from "../../graph/values/names.js";
import { decodeBech32 } from "./bech32.js";
import { keyLines } from "./identity-lines.js";

/** Points of small order: a key agreed with one of them is known to everybody. */
const weakPoints: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** Bytes of an ML-KEM-768 and an X25519 public key. */
const postQuantumLength = 1184 + 32;

/** DER of an X25519 private key up to the key itself (RFC 8410). */
const privateKeyHeader = Buffer.from("302e020100300506032b656e04220420", "hex");

/** Which recipients are taken beside X25519. */
export interface RecipientKinds {
  /** ML-KEM-768 with X25519, `age1pq1…`; read by sops 3.12, Flux 2.9 and later. @default false */
  readonly postQuantum?: boolean;
}

/** The findings of text that should be an age recipient. A private key is never repeated. */
export function recipientFindings(
  recipient: unknown,
  path: string,
  kinds: RecipientKinds = {},
): readonly Finding[] {
  if (isUnknown(recipient)) {
    return [];
  }
  if (typeof recipient === "string" && /age-secret-key-|age-plugin-/i.test(recipient)) {
    return [
      {
        code: "IDENTITY_AS_RECIPIENT",
        path,
        problem: "A private age key stands where the public one belongs (its text is not shown).",
        remedy: "Give the recipient, age1…; replace the private key, because it may be disclosed.",
      },
    ];
  }
  const problem = recipientProblem(recipient, kinds);
  if (problem === undefined) {
    return [];
  }
  return [
    {
      code: "INVALID_RECIPIENT",
      path,
      problem: `${quoted(recipient)} ${problem}.`,
      remedy: "Give the public key as age-keygen prints it: age1 and 58 lowercase characters.",
    },
  ];
}

/** The findings of a list of recipients, each and together. */
export function recipientListFindings(
  recipients: readonly unknown[],
  path: string,
  kinds: RecipientKinds = {},
): readonly Finding[] {
  const seen = new Set<unknown>();
  return recipients.flatMap((recipient, index) => {
    const at = `${path}[${String(index)}]`;
    const findings = recipientFindings(recipient, at, kinds);
    if (findings.length === 0 && !isUnknown(recipient) && seen.has(recipient)) {
      return [
        {
          code: "INVALID_RECIPIENT" as const,
          path: at,
          problem: `${quoted(recipient)} is listed twice.`,
          remedy: "List each recipient once.",
        },
      ];
    }
    seen.add(recipient);
    return findings;
  });
}

/**
 * The findings of the identity installed on a cluster: read line by line as kustomize-controller
 * does, and one of its keys must be that of the recipient. Nothing of it is ever shown.
 */
export function identityFindings(
  identity: unknown,
  recipient: unknown,
  path: string,
): readonly Finding[] {
  if (isUnknown(identity)) {
    return [];
  }
  const points = (typeof identity === "string" ? keyLines(identity) : []).map(publicPoint);
  if (points.length === 0 || points.includes(undefined)) {
    return [
      {
        code: "INVALID_IDENTITY",
        path,
        problem: "The text is not an age identity (it is not shown).",
        remedy:
          "Give AGE-SECRET-KEY-1… or a key file of age-keygen, without blanks around its lines.",
      },
    ];
  }
  if (recipientFindings(recipient, path).length > 0 || isUnknown(recipient)) {
    return [];
  }
  const expected = Buffer.from(decodeBech32(String(recipient))?.bytes ?? []).toString("hex");
  if (points.includes(expected)) {
    return [];
  }
  return [
    {
      code: "INVALID_IDENTITY",
      path,
      problem: `The identity is not that of recipient ${quoted(recipient)}.`,
      remedy: "Give the identity and the recipient of one key pair.",
    },
  ];
}

function recipientProblem(recipient: unknown, kinds: RecipientKinds): string | undefined {
  if (typeof recipient !== "string" || recipient !== recipient.toLowerCase()) {
    return "is not an age recipient";
  }
  if (kinds.postQuantum === true && recipient.startsWith("age1pq1")) {
    const key = decodeBech32(recipient);
    const isRight = key?.prefix === "age1pq" && key.bytes.length === postQuantumLength;
    return isRight ? undefined : "is not a post-quantum age recipient";
  }
  if (recipient.startsWith("age1pq1") || recipient.startsWith("age1tag")) {
    return "is not an X25519 recipient, the only kind supported";
  }
  const decoded = decodeBech32(recipient);
  if (decoded === undefined) {
    return "is not an age recipient: its checksum or a character is wrong";
  }
  if (decoded.prefix !== "age" || decoded.bytes.length !== 32) {
    return "is not an X25519 age recipient";
  }
  const point = Buffer.from(decoded.bytes);
  point[31] = (point[31] ?? 0) & 0x7f;
  return weakPoints.has(point.toString("hex")) ? "is a key that protects nothing" : undefined;
}

/** The public key of an identity in hexadecimal digits; undefined when it is no X25519 identity. */
function publicPoint(identity: string): string | undefined {
  const decoded = /^AGE-SECRET-KEY-1/.test(identity) ? decodeBech32(identity) : undefined;
  if (decoded?.prefix !== "age-secret-key-" || decoded.bytes.length !== 32) {
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
