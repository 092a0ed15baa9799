import type { Encryption } from "../../../graph/secrets/encryption.js";
import { encryptionOf } from "../../../graph/secrets/encryption.js";
import type { TextFormat } from "../../../graph/secrets/flux-formats.js";
import { fieldsOf } from "../../../graph/references/references.js";
import { documentValues } from "./document-values.js";

/** A text that SOPS encrypted. */
export interface SealedText {
  readonly format: TextFormat;
  readonly encryption: Encryption;
}

/** What SOPS made of a text, whatever the name of its file; undefined when it is not encrypted. */
export function sealedText(text: string): SealedText | undefined {
  if (!text.includes("sops")) return undefined;
  return sealedDocument(text) ?? sealedLines(text);
}

function sealedDocument(text: string): SealedText | undefined {
  const isJson = text.trimStart().startsWith("{");
  for (const value of valuesIn(text, isJson)) {
    const fields = fieldsOf(value);
    if (Object.keys(fieldsOf(fields["sops"])).length === 0) continue;
    const encryption = encryptionOf(fields["sops"]);
    if (!isJson) return { format: "yaml", encryption };
    // A binary file is JSON with one value; `sops` itself tells the two apart by the name only.
    const isBinary = Object.keys(fields).every((key) => key === "data" || key === "sops");
    return { format: isBinary ? "binary" : "json", encryption };
  }
  return undefined;
}

function valuesIn(text: string, isJson: boolean): readonly unknown[] {
  if (!isJson) return documentValues(text);
  try {
    return [JSON.parse(text)];
  } catch {
    return []; // not a document at all
  }
}

/** dotenv and INI: one line for each field of the metadata. */
function sealedLines(text: string): SealedText | undefined {
  const isIni = /^\[sops\]\s*$/m.test(text);
  const lead = isIni ? "" : "sops_";
  const fields = new Map<string, string>();
  for (const [, key = "", value = ""] of text.matchAll(/^([\w-]+)\s*=\s*(.*?)\s*$/gm)) {
    if (key.startsWith(lead)) fields.set(key.slice(lead.length), value.replace(/^"(.*)"$/, "$1"));
  }
  if (!fields.has("mac") && !fields.has("lastmodified")) return undefined;
  const age = [...fields].flatMap(([key, recipient]) =>
    /^age__list_\d+__map_recipient$/.test(key) ? [{ recipient }] : [],
  );
  const others = [...fields.keys()].flatMap(
    (key) => /^(kms|gcp_kms|azure_kv|hc_vault|hckms|pgp)__list_/.exec(key)?.[1] ?? [],
  );
  const encryption = encryptionOf({
    age,
    ...Object.fromEntries(others.map((kind) => [kind, [{}]])),
    mac: fields.get("mac"),
  });
  return { format: isIni ? "ini" : "dotenv", encryption };
}
