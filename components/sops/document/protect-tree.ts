import { createHash, type Hash } from "node:crypto";
import type { Finding } from "../../../errors.js";
import { decryptLeaf, encryptLeaf, isEncryptedText, type LeafKey } from "./cipher.js";
import { textOf } from "./leaf-text.js";
import type { IsEncrypted } from "./rule.js";
import { isComment, placeOf } from "./tree.js";
import type { Comment, Leaf, TreeMap } from "./tree.js";
import { additionalData, containersOf, walk } from "./walk.js";

/** What a tree is protected with. */
export interface Protection {
  readonly dataKey: Uint8Array;
  readonly isEncrypted: IsEncrypted;
  /** The authentication code covers encrypted values only. */
  readonly macOnlyEncrypted: boolean;
}

/**
 * What is decrypted. Readers disagree on the value that a comment belongs to, so a rule over comments
 * cannot be followed. Without it a value is encrypted when it has the form of one: the code refuses
 * any other text in place of an encrypted one.
 */
export interface Opening extends Protection {
  readonly byComments: boolean;
}

/** Documents and the authentication code of all their plain values, as hexadecimal digits. */
export interface Protected {
  readonly documents: readonly TreeMap[];
  readonly mac: string;
}

/** Encrypts the values that the rule names. */
export function encryptTree(
  documents: readonly TreeMap[],
  protection: Protection & LeafKey,
): Protected {
  const { isEncrypted } = protection;
  const hash = macHash(protection);
  const encrypted = documents.map((document) =>
    walk(document, {
      leaf: (leaf, path) => {
        const isSecret = isEncrypted(path);
        if (isSecret || !protection.macOnlyEncrypted) hash.update(textOf(leaf).text);
        return isSecret ? encryptLeaf(leaf, protection, additionalData(path)) : leaf;
      },
      comment: (line, path) =>
        isEncrypted(path)
          ? { ...line, text: encryptLeaf(line, protection, additionalData(path)) }
          : line,
    }),
  );
  return { documents: encrypted, mac: digest(hash) };
}

/** Decrypts the values that the rule names; the findings name those that are not authentic. */
export function decryptTree(
  documents: readonly TreeMap[],
  protection: Opening,
): Protected & { readonly findings: readonly Finding[] } {
  const { dataKey, byComments } = protection;
  const isEncrypted = (text: unknown, path: readonly string[]): boolean =>
    byComments ? typeof text === "string" && isEncryptedText(text) : protection.isEncrypted(path);
  const hash = macHash(protection);
  const findings: Finding[] = [];
  const decrypted = documents.map((document, index) => {
    const place = (path: readonly string[]): string =>
      placeOf(path, documents.length > 1 ? index : undefined);
    const open = (token: Leaf, path: readonly string[]): Leaf | Comment => {
      const value =
        typeof token === "string" ? decryptLeaf(token, dataKey, additionalData(path)) : undefined;
      if (value !== undefined) return value;
      findings.push(refused(place(path), typeof token === "string" && isEncryptedText(token)));
      return "";
    };
    return walk(document, {
      leaf: (leaf, path) => {
        const isSecret = isEncrypted(leaf, path);
        const value = isSecret ? open(leaf, path) : leaf;
        // SOPS writes a comment inside a list as an item of it.
        const isValue = typeof value !== "object" || value.kind !== "comment";
        if (isValue && (isSecret || !protection.macOnlyEncrypted)) hash.update(textOf(value).text);
        return value;
      },
      comment: (line, path) => {
        if (!isEncrypted(line.text, path) || !isEncryptedText(line.text)) return line;
        const opened = openComment(line, path, document, dataKey);
        if (opened === undefined) findings.push(refused(place(path), true));
        return opened ?? line;
      },
    });
  });
  return { documents: decrypted, mac: digest(hash), findings };
}

/**
 * A comment between two values may belong to the one or the other; readers of YAML differ. So it is
 * tried at every mapping of its document.
 */
function openComment(
  line: Comment,
  path: readonly string[],
  document: TreeMap,
  dataKey: Uint8Array,
): Comment | undefined {
  for (const place of new Set([additionalData(path), ...containersOf(document)])) {
    const opened = decryptLeaf(line.text, dataKey, place);
    if (typeof opened === "object" && isComment(opened)) return opened;
  }
  return undefined;
}

function refused(path: string, isToken: boolean): Finding {
  return {
    code: "SOPS_VALUE_REFUSED",
    path,
    problem: isToken
      ? "The encrypted value was changed, or was encrypted for another place."
      : "A value that must be encrypted is not.",
    remedy: "Restore it from its history, or encrypt the document anew.",
  };
}

/** The start value keeps the two kinds of code apart. */
function macHash({ macOnlyEncrypted }: Protection): Hash {
  const hash = createHash("sha512");
  return macOnlyEncrypted ? hash.update(createHash("sha256").update("sops").digest()) : hash;
}

function digest(hash: Hash): string {
  return hash.digest("hex").toUpperCase();
}
