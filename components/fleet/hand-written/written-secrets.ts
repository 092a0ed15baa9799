import type { Finding } from "../../../errors.js";
import { isOfKind } from "../../../graph/references/flux-kinds.js";
import { fieldsOf, valuesAt } from "../../../graph/references/references.js";
import { encryptionOf, holdsCiphertext, isCiphertext } from "../../../graph/secrets/encryption.js";
import { expectedFormat, isMarked } from "../../../graph/secrets/flux-formats.js";
import type { PlacedSecret, PlacedSource } from "../../../graph/secrets/placed-secrets.js";
import { hasPlainValues, isPlainValue } from "../../../graph/secrets/plain-findings.js";
import { quoted } from "../../../graph/values/names.js";
import type { WrittenObject, WrittenWhole } from "./directories.js";
import type { AppliedWrittenObject } from "./directory-audit.js";
import { documentValues } from "./document-values.js";
import type { WrittenSource } from "./kustomize-sources.js";
import { sealedText } from "./sealed-text.js";

/** What a Kustomization applies besides the objects that can be read in files. */
export interface AppliedFiles {
  /** For messages: `layer "base"`. */
  readonly part: string;
  /** `namespace/name` of the Flux Kustomization. */
  readonly kustomization: string;
  readonly whole: readonly WrittenWhole[];
  readonly sources: readonly WrittenSource[];
}

/** Everything that a cluster applies from hand-written files and that is a secret, or may be one. */
export function writtenSecrets(
  objects: readonly AppliedWrittenObject[],
  files: readonly AppliedFiles[],
  texts: ReadonlyMap<string, string>,
): readonly PlacedSecret[] {
  return [
    ...objects.flatMap((one): readonly PlacedSecret[] => {
      const { applier, file, kustomization } = one;
      // A patch of the program is looked at with the layer.
      const object = one.inGit ?? one.object;
      if (isOfKind(object, "Kustomization")) return patchesOf(one);
      const isSealed = object["sops"] !== undefined;
      const mayHold = isSealed || texts.get(file)?.includes("ENC[AES256_GCM,") === true;
      if (!mayHold && object.kind !== "Secret") return [];
      return [
        {
          ...{ kind: "object", part: applier, file, kustomization, object },
          ...(isSealed ? { encryption: encryptionOf(object["sops"]) } : {}),
          holdsCiphertext: mayHold && holdsCiphertext(object),
        },
      ];
    }),
    ...files.flatMap(({ part, kustomization, whole, sources }) => [
      ...whole.map(({ file, sops, changedBy }): PlacedSecret => ({
        ...{ kind: "whole", part, file, kustomization, encryption: encryptionOf(sops) },
        ...(changedBy === undefined ? {} : { changedBy }),
      })),
      ...sources.map((source): PlacedSecret => ({
        ...{ kind: "source", part, kustomization },
        ...sourceOf(source),
      })),
    ]),
  ];
}

/** The patches in a Flux Kustomization, which it makes before it decrypts. */
function patchesOf({ object, applier, file, kustomization }: AppliedWrittenObject): PlacedSecret[] {
  return valuesAt(object, "spec.patches[]").flatMap(({ value }) => {
    const { patch, target } = fieldsOf(value);
    const kind = fieldsOf(target)["kind"];
    if (typeof patch !== "string") return [];
    const source = examined({
      ...{ use: "inline-patch", file, listing: file, name: file, text: patch },
      ...(typeof kind === "string" ? { target: kind } : {}),
    });
    return [{ kind: "source", part: applier, kustomization, ...source }];
  });
}

/** Files that a kustomization file names and that are not there. */
export function missingSourceFindings(
  files: readonly AppliedFiles[],
  isRendered: (path: string) => boolean,
): readonly Finding[] {
  return files.flatMap(({ part, sources }) =>
    sources
      .filter(({ use, file, text }) => needed.has(use) && text === undefined && !isRendered(file))
      .map(({ listing, file }) => ({
        code: "UNREADABLE_DIRECTORY",
        path: `${part.charAt(0).toUpperCase()}${part.slice(1)}: ${listing}`,
        problem: `${quoted(file)} does not exist.`,
        remedy: "Mend the file; Flux applies nothing of a directory that it cannot build.",
      })),
  );
}

const needed: ReadonlySet<string> = new Set(["secret-file", "secret-env", "patch"]);

/** What was found out about a source, once for all clusters that apply it. */
type Known = Omit<PlacedSource, "kind" | "part" | "kustomization">;

const known = new WeakMap<WrittenSource, Known>();

function sourceOf(source: WrittenSource): Known {
  const found = known.get(source) ?? examined(source);
  known.set(source, found);
  return found;
}

function examined(source: WrittenSource): Known {
  const { use, file, name, listing, text = "", reason } = source;
  const isLiteral = use === "secret-literal";
  // A text that is encrypted whole as one value is no plain value either.
  const sealed = isLiteral ? undefined : sealedText(text);
  const expected = expectedFormat(use, name);
  return {
    ...{ use, file, name, listing },
    ...(sealed ?? {}),
    isMarked: expected !== undefined && isMarked(text, expected),
    isPlain: sealed === undefined && reason === undefined && tellsValues(source),
  };
}

/** Whether the text of a source is, or sets, a value of a Secret that can be read. */
function tellsValues({ use, text = "", target }: WrittenSource): boolean {
  switch (use) {
    case "secret-file":
      return text.trim() !== "";
    case "secret-env":
      return text.split("\n").some((line) => !line.trimStart().startsWith("#") && isPair(line));
    case "secret-literal":
      return isPair(text);
    case "patch":
    case "old-patch":
    case "inline-patch":
      return documentValues(text).some((one) => setsValue(one, target));
    case "config-file":
    case "config-env":
      return false;
    default:
      return unreachable(use);
  }
}

function isPair(line: string): boolean {
  const at = line.indexOf("=");
  return at > 0 && isPlainValue(line.slice(at + 1).trim());
}

/** A merge patch of a Secret, or operations (JSON 6902) on one, that set a readable value. */
function setsValue(patch: unknown, target: string | undefined): boolean {
  if (!Array.isArray(patch)) {
    const fields = fieldsOf(patch);
    const isOfSecret = (fields["kind"] ?? target) === "Secret";
    if (!isOfSecret || isCiphertext(fields["kind"])) return false;
    const metadata = { name: "", ...fieldsOf(fields["metadata"]) };
    return hasPlainValues({ ...fields, apiVersion: "v1", kind: "Secret", metadata });
  }
  if (target !== undefined && target !== "Secret") return false;
  return patch.map(fieldsOf).some(({ path, value }) => {
    const [, field, key] = /^\/(data|stringData)(\/.+)?$/.exec(String(path)) ?? [];
    if (field === undefined || value === undefined) return false;
    // Without a target nobody knows what is changed; ConfigMaps have `data`, too.
    if (target === undefined && field === "data") return false;
    return key === undefined
      ? Object.values(fieldsOf(value)).some(isPlainValue)
      : isPlainValue(value);
  });
}

/** The names of the keys of every Secret among these objects, by `namespace/name`. */
export function keyNames(
  objects: readonly WrittenObject[],
): readonly (readonly [string, readonly string[]])[] {
  return objects.flatMap((object): readonly (readonly [string, readonly string[]])[] => {
    const { apiVersion, kind, metadata } = object;
    const values = { ...fieldsOf(object["data"]), ...fieldsOf(object["stringData"]) };
    const names = Object.keys(values);
    // One without values is made by a generator, whose keys are not listed here.
    if (apiVersion !== "v1" || kind !== "Secret" || names.length === 0) return [];
    return [[`${metadata.namespace ?? ""}/${metadata.name}`, names.sort()]];
  });
}

function unreachable(use: never): never {
  throw new TypeError(`unknown use ${String(use)}`);
}
