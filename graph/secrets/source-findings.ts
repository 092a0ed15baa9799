import type { Finding } from "../../errors.js";
import { quoted } from "../values/names.js";
import type { TextFormat } from "./flux-formats.js";
import { expectedFormat, formatTitles } from "./flux-formats.js";
import type { PlacedSource } from "./placed-secrets.js";
import { decryptionFieldOf, secretPlaceOf } from "./placed-secrets.js";

const silent = "Flux deploys the ciphertext without a word and reports Ready.";

/**
 * The findings about files that a kustomization file names. kustomize-controller decrypts `files`
 * and `envs` of a secretGenerator and `path` of `patches` before the build, and nothing else.
 */
export function sourceFindings(source: PlacedSource, isDecrypted: boolean): readonly Finding[] {
  const { encryption, format, listing, use, kustomization } = source;
  if (encryption === undefined || format === undefined) return [];
  const path = secretPlaceOf(source);
  const expected = expectedFormat(use, source.name);
  const isMeant = expected === format && source.isMarked;
  const unseen = (problem: string, remedy: string): readonly Finding[] => [
    { code: "ENCRYPTED_UNRECOGNISED", path, problem, remedy },
  ];
  if (expected === undefined) {
    return unseen(
      `It is encrypted, and ${listing} names it ${useTitle(source)}, of which Flux decrypts no file.`,
      remedyOf(source),
    );
  }
  if (!isDecrypted) {
    return [
      {
        code: "ENCRYPTED_NOT_DECRYPTED",
        path,
        problem: `It is encrypted, and Kustomization ${quoted(kustomization)} does not decrypt.`,
        remedy: `Set ${decryptionFieldOf(source)}. ${silent}`,
      },
    ];
  }
  if (isMeant) return [];
  if (expected !== format) {
    return unseen(
      `It was encrypted as ${formatTitles[format]}, and by ${quoted(source.name)} Flux reads it as ${formatTitles[expected]}.`,
      `Give it ${endingOf(use, format)}. Otherwise Flux does not see that it is encrypted: what is deployed is ciphertext, or nothing.`,
    );
  }
  return unseen(
    `It is encrypted, and its \`mac\` is not written as Flux looks for it (\`${writtenMac(format)}\`).`,
    `Let \`sops\` write the file: \`sops rotate -i\`, and no formatter after it. ${silent}`,
  );
}

function remedyOf({ use }: PlacedSource): string {
  switch (use) {
    case "config-file":
    case "config-env":
      return `Use a secretGenerator. ${silent}`;
    case "secret-literal":
      return `Put it into a file of its own and name it in \`files\` or \`envs\`. ${silent}`;
    case "old-patch":
    case "inline-patch":
    case "patch":
    case "secret-file":
    case "secret-env":
      return "Put it into a file of its own and name it as `path` in `patches`. Flux merges the ciphertext into the object, which then fails to decrypt, or is applied so.";
    default:
      return unreachable(use);
  }
}

/** How a kustomization file uses it, for messages. */
function useTitle({ use }: PlacedSource): string {
  switch (use) {
    case "config-file":
    case "config-env":
      return "in a configMapGenerator";
    case "secret-literal":
      return "among literals";
    case "old-patch":
      return "in patchesStrategicMerge or patchesJson6902";
    case "inline-patch":
      return "as text of a patch";
    case "patch":
      return "in patches";
    case "secret-file":
    case "secret-env":
      return "in a secretGenerator";
    default:
      return unreachable(use);
  }
}

function endingOf(use: PlacedSource["use"], format: TextFormat): string {
  const endings = { yaml: ".yaml", json: ".json", dotenv: ".env", ini: ".ini", binary: "" };
  const ending = endings[format];
  const what = use === "secret-file" ? "key" : "name";
  return ending === "" ? `a ${what} without a known ending` : `a ${what} that ends ${ending}`;
}

function writtenMac(format: TextFormat): string {
  if (format === "yaml") return "mac: ENC[";
  if (format === "dotenv") return "sops_mac=ENC[";
  return format === "ini" ? "[sops]" : '"mac": "ENC[';
}

function unreachable(use: never): never {
  throw new TypeError(`unknown use ${String(use)}`);
}
