import { FleetError, type Finding } from "../../../errors.js";
import { refusal } from "./refusal.js";
import { ruleFindings, ruleKeys, secondRule, type EncryptionRule } from "./rule.js";
import { wholeSeconds } from "./timestamp.js";
import { entry, isComment, map, valueOf } from "./tree.js";
import type { Entry, TreeMap, Value } from "./tree.js";

/** The data key, or a share of it, as one age file for one recipient. */
export interface WrappedKey {
  readonly recipient: string;
  /** The age file, in armor. */
  readonly enc: string;
}

/** What stands below `sops` in an encrypted document. */
export interface Metadata {
  /** One group: each of its keys opens the document. Several: shares, of which `threshold` do. */
  readonly keyGroups: readonly (readonly WrappedKey[])[];
  readonly threshold: number;
  readonly rule: EncryptionRule;
  /** A rule over comments stands in place of `rule`: what is encrypted shows only by its form. */
  readonly byComments: boolean;
  readonly macOnlyEncrypted: boolean;
  /** RFC 3339, whole seconds. */
  readonly lastModified: string;
  /** Encrypted. */
  readonly mac: string;
  readonly version: string;
}

/** The kinds of keys that SOPS writes beside age. */
const otherKeys = ["kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp"] as const;

const commentRules = ["encrypted_comment_regex", "unencrypted_comment_regex"] as const;

/** The block that SOPS 3.13 writes, in its order. Written are documents with one group only. */
export function metadataTree(metadata: Metadata): TreeMap {
  const keys = metadata.keyGroups[0] ?? [];
  const items = keys.map(({ enc, recipient }) =>
    map([entry("enc", enc), entry("recipient", recipient)]),
  );
  const rules = Object.entries(ruleKeys).flatMap(([name, key]) => {
    const text = metadata.rule[name as keyof EncryptionRule];
    return text === undefined ? [] : [entry(key, text)];
  });
  const entries: Entry[] = [
    entry("age", { kind: "list", items }),
    entry("lastmodified", metadata.lastModified),
    entry("mac", metadata.mac),
    ...(metadata.macOnlyEncrypted ? [entry("mac_only_encrypted", true)] : []),
    ...rules,
    entry("version", metadata.version),
  ];
  return map(entries.sort((a, b) => (a.key < b.key ? -1 : 1)));
}

/**
 * Reads the block, in any order of keys; unknown keys are ignored, as SOPS does.
 *
 * @throws FleetError SOPS_METADATA, SOPS_RULE with everything that is wrong
 */
export function readMetadata(tree: TreeMap): Metadata {
  const findings: Finding[] = [];
  const text = (key: string, isRight: (text: string) => boolean): string => {
    const value = valueOf(tree, key);
    if (typeof value === "string" && isRight(value)) return value;
    findings.push(wrong(`sops.${key}`, value === undefined ? "is missing" : "cannot be read"));
    return "";
  };
  const lastModified = text("lastmodified", (time) => wholeSeconds(time) !== undefined);
  const mac = text("mac", (code) => code !== "");
  const version = text("version", (semver) =>
    /^(?:v?\d+\.\d+\.\d+(?:[-+].*)?|1\..*)$/.test(semver),
  );
  const keyGroups = groupsOf(tree, findings);
  const rule = ruleOf(tree, findings);
  if (findings.length > 0) throw new FleetError(findings);
  return {
    ...{ keyGroups, rule, mac, version, byComments: commentRulesIn(tree).length > 0 },
    threshold: Number(valueOf(tree, "shamir_threshold") ?? 0) || keyGroups.length,
    macOnlyEncrypted: isTrue(valueOf(tree, "mac_only_encrypted")),
    lastModified: wholeSeconds(lastModified) ?? "",
  };
}

/** The text has no SOPS metadata at all. */
export function notEncrypted(): Error {
  return refusal(
    "SOPS_NOT_ENCRYPTED",
    "sops",
    "The text has no SOPS metadata.",
    "Give text that SOPS encrypted, and its format.",
  );
}

function groupsOf(tree: TreeMap, findings: Finding[]): readonly (readonly WrappedKey[])[] {
  const flat = keysOf(tree, "sops.age", findings);
  const hasOthers = otherKeys.some((kind) => listOf(valueOf(tree, kind)).length > 0);
  if (flat.length > 0 || hasOthers) return [flat];
  const groups = listOf(valueOf(tree, "key_groups"));
  if (groups.length === 0 && valueOf(tree, "age") === undefined)
    findings.push(wrong("sops.age", "is missing"));
  return groups.map((group, index) => {
    const at = `sops.key_groups[${index}]`;
    if (isMap(group)) return keysOf(group, `${at}.age`, findings);
    findings.push(wrong(at, "cannot be read"));
    return [];
  });
}

function keysOf(tree: TreeMap, at: string, findings: Finding[]): readonly WrappedKey[] {
  return listOf(valueOf(tree, "age")).flatMap((item, index) => {
    const [recipient, enc] = isMap(item) ? [valueOf(item, "recipient"), valueOf(item, "enc")] : [];
    if (typeof recipient === "string" && typeof enc === "string") return [{ recipient, enc }];
    findings.push(wrong(`${at}[${index}]`, "cannot be read"));
    return [];
  });
}

function ruleOf(tree: TreeMap, findings: Finding[]): EncryptionRule {
  const rule: Record<string, string> = {};
  for (const [name, key] of Object.entries(ruleKeys)) {
    const value = valueOf(tree, key);
    if (typeof value === "string" && value !== "") rule[name] = value;
    else if (value !== undefined && value !== "") findings.push(wrong(`sops.${key}`, "is no text"));
  }
  const [overComments, another] = commentRulesIn(tree);
  const [overKeys] = Object.keys(rule) as (keyof EncryptionRule)[];
  const second = another ?? (overKeys && `sops.${ruleKeys[overKeys]}`);
  if (overComments !== undefined && second !== undefined) {
    findings.push(secondRule(second, overComments));
  }
  findings.push(...ruleFindings(rule, (name) => `sops.${ruleKeys[name]}`));
  return rule;
}

function commentRulesIn(tree: TreeMap): readonly string[] {
  const given = commentRules.filter((key) => (valueOf(tree, key) ?? "") !== "");
  return given.map((key) => `sops.${key}`);
}

function listOf(value: Value | undefined): readonly Value[] {
  if (typeof value !== "object" || value?.kind !== "list") return [];
  return value.items.filter((item): item is Value => !isComment(item));
}

function isMap(value: Value): value is TreeMap {
  return typeof value === "object" && value?.kind === "map";
}

/** A flat file has texts only. */
function isTrue(value: Value | undefined): boolean {
  return value === true || (typeof value === "string" && /^(?:1|t|T|true|True|TRUE)$/.test(value));
}

function wrong(path: string, what: string): Finding {
  return {
    code: "SOPS_METADATA",
    path,
    problem: `The field ${what}.`,
    remedy: "Restore the file from its history.",
  };
}
