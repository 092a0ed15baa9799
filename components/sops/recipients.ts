import type { Finding } from "../../errors.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import { quoted } from "../../graph/values/names.js";
import { decodeBech32, type Bech32 } from "./bech32.js";

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

/** Which recipients are taken beside X25519 and ML-KEM-768 with X25519. */
export interface RecipientKinds {
  /** Names of age plugins, whose recipients are `age1<name>1…`. @default none */
  readonly plugins?: readonly string[] | undefined;
}

/** The name of the plugin that a recipient needs; undefined when age itself knows its kind. */
export function pluginOf(recipient: string): string | undefined {
  const [, name] = /^age1(.+)$/.exec(decodeBech32(recipient)?.prefix ?? "") ?? [];
  return name === "pq" ? undefined : name;
}

/** The findings of names of age plugins. */
export function pluginFindings(plugins: readonly unknown[], path: string): readonly Finding[] {
  return plugins.flatMap((plugin, index): readonly Finding[] =>
    isUnknown(plugin) || (typeof plugin === "string" && /^[a-z0-9+._-]+$/.test(plugin))
      ? []
      : [
          {
            code: "INVALID_NAME",
            path: `${path}[${String(index)}]`,
            problem: `${quoted(plugin)} is not the name of an age plugin.`,
            remedy: "Give what stands between age1 and 1 in its recipients, for example yubikey.",
          },
        ],
  );
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

function recipientProblem(recipient: unknown, kinds: RecipientKinds): string | undefined {
  if (typeof recipient !== "string" || recipient !== recipient.toLowerCase()) {
    return "is not an age recipient";
  }
  const decoded = decodeBech32(recipient);
  if (decoded === undefined) {
    return "is not an age recipient: its checksum or a character is wrong";
  }
  if (decoded.prefix === "age1pq" || decoded.prefix === "age") {
    return keyProblem(decoded);
  }
  const plugin = pluginOf(recipient);
  if (plugin === undefined) {
    return "is not an age recipient";
  }
  return kinds.plugins?.includes(plugin) === true
    ? undefined
    : `needs the age plugin ${quoted(plugin)}, which is not allowed here`;
}

function keyProblem(decoded: Bech32): string | undefined {
  if (decoded.prefix === "age1pq") {
    const isRight = decoded.bytes.length === postQuantumLength;
    return isRight ? undefined : "is not a post-quantum age recipient";
  }
  if (decoded.bytes.length !== 32) {
    return "is not an X25519 age recipient";
  }
  const point = Buffer.from(decoded.bytes);
  point[31] = (point[31] ?? 0) & 0x7f;
  return weakPoints.has(point.toString("hex")) ? "is a key that protects nothing" : undefined;
}
