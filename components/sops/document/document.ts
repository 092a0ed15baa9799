import { randomBytes } from "node:crypto";
import { FleetError, type Finding } from "../../../errors.js";
import { isPrintableString } from "../../../manifests/yaml-scalar.js";
import { identityLines } from "../identity-lines.js";
import { pluginFindings, recipientListFindings } from "../recipients.js";
import { unwrapDataKey, wrapDataKey } from "./age-wraps.js";
import { readPlain, sopsFormats, writePlain, type SopsFormat } from "./formats.js";
import { readEncrypted } from "./formats.js";
import { hoistComments } from "./hoist-comments.js";
import { readMetadata } from "./metadata.js";
import { randomNonces } from "./nonces.js";
import { openTree, sealTree } from "./sealed.js";
import { refusal, refuse, unreadable } from "./refusal.js";
import { compileRule, defaultRule, ruleFindings, ruleKeys, type EncryptionRule } from "./rule.js";
import type { TreeMap } from "./tree.js";

/** How a text is encrypted. Of the four rules at most one; without any, every value is. */
export interface EncryptOptions extends EncryptionRule {
  /** @default "yaml" */
  readonly format?: SopsFormat;
  /** age recipients, `age1…` or post-quantum `age1pq1…`; the identity of any one decrypts. */
  readonly recipients: readonly string[];
  /**
   * Names of age plugins, `["yubikey"]`, whose recipients are taken too. The data key is wrapped for
   * them by the `age` in the PATH, which runs `age-plugin-<name>`. @default none
   */
  readonly plugins?: readonly string[];
  /** A regular expression (Go); values below a key that matches are encrypted, all others are not. */
  readonly encryptedRegex?: string;
  /** A regular expression (Go); values below a key that matches are not encrypted. */
  readonly unencryptedRegex?: string;
  /** Values below a key with this ending are encrypted, all others are not. */
  readonly encryptedSuffix?: string;
  /** Values below a key with this ending are not encrypted. @default "_unencrypted" */
  readonly unencryptedSuffix?: string;
  /** Let plain values change without breaking the authentication code. @default false */
  readonly macOnlyEncrypted?: boolean;
}

/** How a text is decrypted. */
export interface DecryptOptions {
  /** @default "yaml" */
  readonly format?: SopsFormat;
  /** `AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…` or key files of age-keygen; all are tried. */
  readonly identities: string | readonly string[];
}

/**
 * Encrypts a text as SOPS 3.13 does, to a new data key, and reads it back before it returns. Key
 * names, comments outside of the rule, empty strings and `null` stay readable. Comments inside of
 * encrypted lists move to before the key of the list, because SOPS would refuse them.
 *
 * @throws FleetError INVALID_RECIPIENT, IDENTITY_AS_RECIPIENT, INVALID_ARGUMENT, SOPS_RULE,
 * SOPS_FORMAT, SOPS_ALREADY_ENCRYPTED, SOPS_CHECK_FAILED
 * @see https://getsops.io/docs/
 */
export async function encrypt(text: string | Uint8Array, options: EncryptOptions): Promise<string> {
  const { format = "yaml" } = options;
  refuse([...formatFindings(format), ...recipientsFindings(options), ...rulesFindings(options)]);
  requireText(text);
  return encryptDocuments(readPlain(text, format), format, options);
}

/** As {@link encrypt}, of documents that are read already; the options have no findings. */
export async function encryptDocuments(
  documents: readonly TreeMap[],
  format: SopsFormat,
  options: EncryptOptions,
): Promise<string> {
  const rule = givenRule(options);
  const isEncrypted = compileRule(rule);
  const dataKey = randomBytes(32);
  return sealTree(
    documents.map((document) => hoistComments(document, isEncrypted)),
    {
      ...{ format, dataKey, nonceOf: randomNonces },
      ...{ rule: format === "binary" && rule === defaultRule ? {} : rule },
      macOnlyEncrypted: options.macOnlyEncrypted ?? false,
      wraps: await wrapDataKey(dataKey, options.recipients, options.plugins),
      lastModified: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    },
  );
}

/**
 * Decrypts a text that SOPS or this library encrypted to age recipients. Every value and the
 * authentication code are verified before anything is returned.
 *
 * @throws FleetError INVALID_IDENTITY, INVALID_ARGUMENT, SOPS_FORMAT, SOPS_NOT_ENCRYPTED,
 * SOPS_METADATA, SOPS_RULE, SOPS_NO_IDENTITY, SOPS_VALUE_REFUSED, SOPS_MAC_MISMATCH
 * @see https://getsops.io/docs/
 */
export async function decrypt(text: string, options: DecryptOptions): Promise<string> {
  const { format = "yaml" } = options;
  const plain = writePlain(await decryptDocuments(text, options), format);
  if (typeof plain === "string") return plain;
  throw unreadable("data", "The content is not text.", "Use decryptBytes.");
}

/** Decrypts a text of format `binary` that holds any bytes. @throws FleetError as {@link decrypt} */
export async function decryptBytes(
  text: string,
  options: Omit<DecryptOptions, "format">,
): Promise<Uint8Array> {
  const documents = await decryptDocuments(text, { ...options, format: "binary" });
  return Buffer.from(writePlain(documents, "binary"));
}

/** The documents of an encrypted text. @throws FleetError as {@link decrypt} */
export async function decryptDocuments(
  text: string,
  { format = "yaml", identities }: DecryptOptions,
): Promise<readonly TreeMap[]> {
  const keys = identityLines(identities);
  refuse([...formatFindings(format), ...keys.findings]);
  requireText(text);
  const { documents, metadata } = readEncrypted(text, format);
  const read = readMetadata(metadata);
  const dataKey = await unwrapDataKey(read.keyGroups, read.threshold, keys.identities);
  if (dataKey === undefined) {
    throw refusal(
      "SOPS_NO_IDENTITY",
      "sops.age",
      "None of the identities opens the document.",
      "Give the identity of one of its recipients.",
    );
  }
  return openTree(documents, read, dataKey);
}

function givenRule(options: EncryptionRule): EncryptionRule {
  const names = Object.keys(ruleKeys) as (keyof EncryptionRule)[];
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length === 0) return defaultRule;
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

function rulesFindings(options: EncryptionRule): readonly Finding[] {
  return ruleFindings(options, (name) => name);
}

/** The findings of a list of recipients for documents: at least one. */
export function recipientsFindings({
  recipients,
  plugins = [],
}: Pick<EncryptOptions, "recipients" | "plugins">): readonly Finding[] {
  if (Array.isArray(recipients) && recipients.length > 0) {
    return [
      ...recipientListFindings(recipients, "recipients", { plugins }),
      ...pluginFindings(plugins, "plugins"),
    ];
  }
  return [
    {
      code: "INVALID_RECIPIENT",
      path: "recipients",
      problem: "There is no recipient.",
      remedy: "Give a list with at least one age recipient.",
    },
  ];
}

function formatFindings(format: unknown): readonly Finding[] {
  if ((sopsFormats as readonly unknown[]).includes(format)) return [];
  return [
    {
      code: "INVALID_ARGUMENT",
      path: "format",
      problem: "The format is not supported.",
      remedy: `Use one of ${sopsFormats.join(", ")}.`,
    },
  ];
}

function requireText(text: unknown): void {
  if (typeof text === "string" ? isPrintableString(text) : text instanceof Uint8Array) return;
  const finding: Finding = {
    code: "SOPS_FORMAT",
    path: "document",
    problem: "The text is not Unicode.",
    remedy: "Give a string without lone surrogates.",
  };
  throw new FleetError([finding]);
}
