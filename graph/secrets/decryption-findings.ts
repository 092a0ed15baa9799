import type { Finding } from "../../errors.js";
import { objectTitle } from "../objects.js";
import { fieldsOf } from "../references/references.js";
import { quoted } from "../values/names.js";
import { holdsCiphertext } from "./encryption.js";
import type {
  PlacedSecret,
  PlacedSecretObject,
  PlacedWholeSecret,
  SecretCluster,
} from "./placed-secrets.js";
import {
  changingField,
  decryptionFieldOf,
  decryptionOf,
  secretPlaceOf,
  substitutes,
} from "./placed-secrets.js";
import { sourceFindings } from "./source-findings.js";

/** The findings about what is encrypted and would reach a cluster as ciphertext, or not at all. */
export function decryptionFindings(cluster: SecretCluster): readonly Finding[] {
  return cluster.secrets.flatMap((secret) => {
    const kustomization = cluster.kustomizations.get(secret.kustomization);
    const isDecrypted = decryptionOf(kustomization) !== undefined;
    switch (secret.kind) {
      case "source":
        return sourceFindings(secret, isDecrypted);
      case "whole":
        return wholeFindings(secret, isDecrypted, changingField(kustomization));
      case "object":
        return objectFindings(secret, isDecrypted, substitutes(kustomization));
      default:
        return unreachable(secret);
    }
  });
}

function objectFindings(
  secret: PlacedSecretObject,
  isDecrypted: boolean,
  isSubstituted: boolean,
): readonly Finding[] {
  const { object, encryption } = secret;
  const path = `${secretPlaceOf(secret)}: ${objectTitle(object)}`;
  // Controllers of other projects decrypt these themselves, on the cluster.
  if (object.kind === "SopsSecret") return [];
  if (encryption?.hasMac !== true) {
    if (encryption === undefined && !secret.holdsCiphertext) return [];
    return [
      {
        code: "ENCRYPTED_UNRECOGNISED",
        path,
        problem: `It holds encrypted values, and no \`${encryption === undefined ? "sops" : "sops.mac"}\` by which Flux would know.`,
        remedy: `Encrypt the whole file anew with \`sops\`. ${fate(object)}`,
      },
    ];
  }
  if (isLeftEncrypted(object)) {
    // Without a word on a kind of others it is what somebody wants.
    if (object.kind !== "Secret") return [];
    return [
      {
        code: "ENCRYPTED_NOT_DECRYPTED",
        path: `${path}: metadata.annotations`,
        problem: "The annotation kustomize.toolkit.fluxcd.io/decrypt keeps Flux from decrypting.",
        remedy: `Remove the annotation. ${fate(object)}`,
      },
    ];
  }
  if (!isDecrypted) {
    return [
      {
        code: "ENCRYPTED_NOT_DECRYPTED",
        path,
        problem: `It is encrypted, and Kustomization ${quoted(secret.kustomization)} does not decrypt.`,
        remedy: `Set ${decryptionFieldOf(secret)}. ${fate(object)}`,
      },
    ];
  }
  return holdsCiphertext(object["stringData"]) ? [stringDataFinding(path, isSubstituted)] : [];
}

/** What becomes of ciphertext that Flux does not decrypt, as a sentence. */
function fate(object: PlacedSecretObject["object"]): string {
  const isRefused = object.kind === "Secret" && object["stringData"] === undefined;
  return isRefused
    ? "Flux refuses the Secret, and with it everything of the Kustomization."
    : "Flux applies the ciphertext as it stands and reports Ready.";
}

function isLeftEncrypted({ metadata }: PlacedSecretObject["object"]): boolean {
  const choice = fieldsOf(metadata.annotations)["kustomize.toolkit.fluxcd.io/decrypt"];
  return typeof choice === "string" && choice.toLowerCase() === "disabled";
}

function stringDataFinding(path: string, isSubstituted: boolean): Finding {
  const also = isSubstituted
    ? " Besides, Flux takes `${...}` in a decrypted value for a variable."
    : "";
  return {
    code: "ENCRYPTED_STRING_DATA",
    path: `${path}: stringData`,
    problem: `Values are encrypted below stringData, where nothing stops ciphertext.${also}`,
    remedy:
      "Put them below data, in base64, before encrypting: should decryption ever be lost, Flux applies ciphertext below stringData and reports Ready; below data it refuses.",
    severity: "warning",
  };
}

function wholeFindings(
  secret: PlacedWholeSecret,
  isDecrypted: boolean,
  field: string | undefined,
): readonly Finding[] {
  const path = secretPlaceOf(secret);
  const remedy = "Encrypt it anew with `--encrypted-regex '^(data|stringData)$'`";
  if (!isDecrypted || !secret.encryption.hasMac) {
    return [
      {
        code: "ENCRYPTED_NOT_DECRYPTED",
        path,
        problem: isDecrypted
          ? "Even its kind is encrypted, and there is no `sops.mac` by which Flux would know."
          : `Even its kind is encrypted, and Kustomization ${quoted(secret.kustomization)} does not decrypt.`,
        remedy: `${remedy}, and set ${decryptionFieldOf(secret)}: nothing of the Kustomization is applied.`,
      },
    ];
  }
  const changedBy =
    field === undefined
      ? secret.changedBy
      : `${field} of Kustomization ${quoted(secret.kustomization)}`;
  return [
    changedBy === undefined
      ? {
          code: "ENCRYPTED_WHOLE",
          path,
          problem: "Even kind and name are encrypted, so nobody can review what it is.",
          remedy: `${remedy}: references to it cannot be followed, and Flux fails as soon as a prefix or Namespace is added.`,
          severity: "warning",
        }
      : {
          code: "ENCRYPTED_WHOLE",
          path,
          problem: `Even kind and name are encrypted, and ${changedBy} adds to it before Flux decrypts.`,
          remedy: `${remedy}: Flux cannot decrypt what was changed, and applies nothing of the Kustomization.`,
        },
  ];
}

function unreachable(secret: never): never {
  throw new TypeError(`unknown kind ${(secret as PlacedSecret).kind}`);
}
