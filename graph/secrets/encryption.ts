import { fieldsOf } from "../references/references.js";

/** What stands below `sops` in something encrypted, as far as it says who can open it. */
export interface Encryption {
  /** Each group holds a share of the key; nearly always there is one. */
  readonly groups: readonly KeyGroup[];
  /** How many groups must be opened. */
  readonly threshold: number;
  /** Whether it has a `mac`, without which Flux does not take it for encrypted. */
  readonly hasMac: boolean;
}

/** Keys of which any one opens the group. */
export interface KeyGroup {
  /** age recipients. */
  readonly recipients: readonly string[];
  /** Whether a key of a service or of PGP opens it too: who has that is not known here. */
  readonly hasOthers: boolean;
}

/** Keys that SOPS writes beside age. */
const otherKinds = ["kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "pgp"] as const;

/** Reads the value of `sops`; what is not there is left out, and nothing is refused. */
export function encryptionOf(sops: unknown): Encryption {
  const fields = fieldsOf(sops);
  const listed = listOf(fields["key_groups"]).map(groupOf);
  const flat = groupOf(fields);
  const isFlat = flat.recipients.length > 0 || flat.hasOthers || listed.length === 0;
  const groups = isFlat ? [flat] : listed;
  const threshold = Number(fields["shamir_threshold"] ?? 0);
  return {
    groups,
    threshold: isFlat ? 1 : threshold > 0 ? threshold : groups.length,
    hasMac: isText(fields["mac"]),
  };
}

/** Every age recipient, once, in order. */
export function recipientsOf({ groups }: Encryption): readonly string[] {
  return [...new Set(groups.flatMap(({ recipients }) => recipients))];
}

/** Whether identities with these recipients open it; undefined when keys of others may, too. */
export function opens(
  recipients: ReadonlySet<string>,
  encryption: Encryption,
): boolean | undefined {
  const { groups, threshold } = encryption;
  const own = groups.filter((group) => group.recipients.some((one) => recipients.has(one)));
  if (own.length >= threshold) return true;
  const possible = groups.filter((group) => group.hasOthers && !own.includes(group));
  return own.length + possible.length >= threshold ? undefined : false;
}

/** Whether a text is one encrypted value. */
export function isCiphertext(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("ENC[AES256_GCM,");
}

/** Whether any value inside is encrypted. */
export function holdsCiphertext(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isCiphertext(value);
  return Object.values(value).some(holdsCiphertext);
}

function groupOf(value: unknown): KeyGroup {
  const fields = fieldsOf(value);
  return {
    recipients: listOf(fields["age"]).flatMap((key) => {
      const { recipient } = fieldsOf(key);
      return isText(recipient) ? [recipient] : [];
    }),
    hasOthers: otherKinds.some((kind) => listOf(fields[kind]).length > 0),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
