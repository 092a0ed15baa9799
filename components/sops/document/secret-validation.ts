import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import { isPlainObject } from "../../../manifests/printable.js";
import { isPrintableString } from "../../../manifests/yaml-scalar.js";

const fields = ["apiVersion", "data", "immutable", "kind", "metadata", "stringData", "type"];
const metadataFields = ["name", "namespace", "labels", "annotations"];
const keyPattern = /^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}$/;
const mostBytes = 1024 * 1024;

/** What an API server would refuse in a Secret. No value is ever shown. */
export function secretFindings(secret: unknown): readonly Finding[] {
  if (!isPlainObject(secret) || secret.apiVersion !== "v1" || secret.kind !== "Secret") {
    return [invalid("secret", "It is not a Secret.", 'Give apiVersion "v1" and kind "Secret".')];
  }
  const { metadata, data, stringData, type, immutable } = secret;
  const unknown = Object.keys(secret).filter((field) => !fields.includes(field));
  const isNamed = isPlainObject(metadata) && isName(metadata.name);
  const size = bytesIn(data, "base64") + bytesIn(stringData, "utf8");
  return [
    ...unknown.map((field) => invalid(quoted(field), "A Secret has no such field.", "Remove it.")),
    ...when(!isNamed, "metadata.name", "The name is missing.", "Name the Secret."),
    ...when(type !== undefined && !isText(type), "type", "The type is no text.", "Give a text."),
    ...when(
      immutable !== undefined && typeof immutable !== "boolean",
      ...(["immutable", "It is neither true nor false.", "Give it as a boolean."] as const),
    ),
    ...valueFindings(data, "data", isBase64, "base64"),
    ...valueFindings(stringData, "stringData", isPrintableString, "Unicode text"),
    ...when(size > mostBytes, "data", "The values exceed 1 MiB.", "Split the Secret."),
  ];
}

/** What the metadata of a Secret for Git must not be. */
export function metadataFindings(secret: unknown): readonly Finding[] {
  const metadata = isPlainObject(secret) ? secret.metadata : undefined;
  if (!isPlainObject(metadata)) return [];
  const { namespace, labels = {}, annotations = {} } = metadata;
  const unknown = Object.keys(metadata).filter((field) => !metadataFields.includes(field));
  const decrypt = isPlainObject(annotations)
    ? annotations["kustomize.toolkit.fluxcd.io/decrypt"]
    : undefined;
  const isSkipped = typeof decrypt === "string" && decrypt.toLowerCase() === "disabled";
  return [
    ...unknown.map((field) =>
      invalid(`metadata.${quoted(field)}`, "The field is not for Git.", "Remove it."),
    ),
    ...when(
      namespace !== undefined && !isName(namespace),
      ...(["metadata.namespace", "The namespace is no name.", "Give a name."] as const),
    ),
    ...when(!areTexts(labels), "metadata.labels", "A label is no text.", "Give texts only."),
    ...when(
      !areTexts(annotations),
      ...(["metadata.annotations", "An annotation is no text.", "Give texts only."] as const),
    ),
    // The rule looks at every key on the way to a value, so it would hide these.
    ...["labels", "annotations"].flatMap((field) =>
      ["data", "stringData"].flatMap((key) =>
        when(
          isPlainObject(metadata[field]) && Object.hasOwn(metadata[field], key),
          `metadata.${field}.${key}`,
          "Under this name its text would be encrypted.",
          "Rename the key.",
        ),
      ),
    ),
    ...when(
      isSkipped,
      "metadata.annotations",
      "The annotation kustomize.toolkit.fluxcd.io/decrypt keeps Flux from decrypting.",
      "Remove the annotation.",
    ),
  ];
}

function valueFindings(
  values: unknown,
  field: string,
  isRight: (text: string) => boolean,
  form: string,
): readonly Finding[] {
  if (values === undefined) return [];
  if (!isPlainObject(values)) {
    return [invalid(field, "It is not a mapping.", "Give keys and texts.")];
  }
  return Object.entries(values).flatMap(([key, value]) => {
    const isKey = keyPattern.test(key);
    const at = `${field}.${isKey ? key : quoted(key)}`;
    const isValue = typeof value === "string" && isRight(value);
    return [
      ...when(!isKey, at, "The key is not allowed.", "Use letters, digits, `-`, `_` and `.` only."),
      ...when(!isValue, at, `The value is not ${form} (it is not shown).`, `Give it as ${form}.`),
    ];
  });
}

function isName(value: unknown): boolean {
  return isText(value) && value !== "";
}

function isText(value: unknown): boolean {
  return typeof value === "string" && isPrintableString(value);
}

function areTexts(values: unknown): boolean {
  return (
    isPlainObject(values) &&
    Object.entries(values).every(([key, value]) => isPrintableString(key) && isText(value))
  );
}

function isBase64(text: string): boolean {
  return Buffer.from(text, "base64").toString("base64") === text;
}

function bytesIn(values: unknown, encoding: "base64" | "utf8"): number {
  if (!isPlainObject(values)) return 0;
  const texts = Object.values(values).filter((value) => typeof value === "string");
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text, encoding), 0);
}

function when(isWrong: boolean, path: string, problem: string, remedy: string): Finding[] {
  return isWrong ? [invalid(path, problem, remedy)] : [];
}

function invalid(path: string, problem: string, remedy: string): Finding {
  return { code: "INVALID_SECRET", path, problem, remedy };
}
