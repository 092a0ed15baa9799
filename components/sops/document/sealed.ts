import { FleetError } from "../../../errors.js";
import { decryptLeaf, encryptLeaf, type LeafKey } from "./cipher.js";
import { readEncrypted, writeEncrypted, type SopsFormat } from "./formats.js";
import { metadataTree, readMetadata, type Metadata, type WrappedKey } from "./metadata.js";
import { decryptTree, encryptTree } from "./protect-tree.js";
import { refusal, refuse } from "./refusal.js";
import { compileRule, type EncryptionRule } from "./rule.js";
import { sameValue } from "./same-value.js";
import type { TreeMap } from "./tree.js";

/** The version of SOPS whose files these are. */
const sopsVersion = "3.13.2";

/** What a document is sealed with. */
export interface Seal extends LeafKey {
  readonly format: SopsFormat;
  /** The data key, wrapped for each recipient. */
  readonly wraps: readonly WrappedKey[];
  /** Empty for the default of SOPS. */
  readonly rule: EncryptionRule;
  readonly macOnlyEncrypted: boolean;
  /** RFC 3339, whole seconds. */
  readonly lastModified: string;
}

/**
 * Encrypts documents and writes them; the text leaves only after it was read back and found equal.
 *
 * @throws FleetError SOPS_CHECK_FAILED, SOPS_RULE
 */
export function sealTree(documents: readonly TreeMap[], seal: Seal): string {
  const { format, lastModified } = seal;
  const protection = { ...seal, isEncrypted: compileRule(seal.rule) };
  const { documents: encrypted, mac } = encryptTree(documents, protection);
  const metadata: Metadata = {
    ...{ rule: seal.rule, byComments: false },
    ...{ macOnlyEncrypted: seal.macOnlyEncrypted, lastModified },
    ...{ keyGroups: [seal.wraps], threshold: 1, version: sopsVersion },
    mac: encryptLeaf(mac, seal, lastModified, "mac"),
  };
  const text = writeEncrypted(encrypted, metadataTree(metadata), format);
  checkSealed(text, documents, seal);
  return text;
}

/**
 * Decrypts documents and verifies every value and the authentication code.
 *
 * @throws FleetError SOPS_VALUE_REFUSED with every value, SOPS_MAC_MISMATCH
 */
export function openTree(
  documents: readonly TreeMap[],
  metadata: Metadata,
  dataKey: Uint8Array,
): readonly TreeMap[] {
  const { rule, byComments, macOnlyEncrypted, lastModified } = metadata;
  const protection = { dataKey, byComments, macOnlyEncrypted, isEncrypted: compileRule(rule) };
  const opened = decryptTree(documents, protection);
  refuse(opened.findings);
  if (decryptLeaf(metadata.mac, dataKey, lastModified) !== opened.mac) {
    throw refusal(
      "SOPS_MAC_MISMATCH",
      "sops.mac",
      "Values were changed, moved, added or removed after the document was encrypted.",
      "Restore it from its history, or encrypt the document anew.",
    );
  }
  return opened.documents;
}

/** Reads what was written as any reader would, and compares. */
function checkSealed(text: string, documents: readonly TreeMap[], seal: Seal): void {
  if (/AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{40}/.test(text)) {
    throw refusal(
      "SOPS_RULE",
      "document",
      "An age identity would stay readable.",
      "Change the rule, so that the identity is encrypted.",
    );
  }
  const marker = { yaml: "\n    mac: ENC[", dotenv: "\nsops_mac=ENC[" };
  const mark = seal.format in marker ? marker[seal.format as "yaml"] : '"mac": "ENC[';
  let cause: unknown;
  try {
    const written = readEncrypted(text, seal.format);
    const opened = openTree(written.documents, readMetadata(written.metadata), seal.dataKey);
    const isSame =
      opened.length === documents.length &&
      opened.every((document, index) => sameValue(document, documents[index] ?? null));
    if (isSame && text.includes(mark)) return;
  } catch (thrown) {
    cause = thrown;
  }
  const [finding] = FleetError.is(cause) ? cause.findings : [];
  throw refusal(
    "SOPS_CHECK_FAILED",
    finding?.path ?? "document",
    "The encrypted text does not read back as what was encrypted; it was thrown away.",
    "Report this, and write the value in another form.",
  );
}
