import type { Finding } from "../../errors.js";
import { quoted } from "../values/names.js";
import { opens } from "./encryption.js";
import type { SecretCluster } from "./placed-secrets.js";
import { decryptionOf, secretPlaceOf } from "./placed-secrets.js";

/** Entries of a decryption Secret that kustomize-controller reads, besides `.agekey` and `.asc`. */
const serviceKeys: ReadonlySet<string> = new Set([
  "sops.aws-kms",
  "sops.azure-kv",
  "sops.gcp-kms",
  "sops.vault-token",
]);

/** The findings about what Kustomizations are given to decrypt with. */
export function keyFindings(cluster: SecretCluster): readonly Finding[] {
  return [...ignoredKeys(cluster), ...withoutKey(cluster)];
}

/** Secrets whose entries have names that Flux passes over. */
function ignoredKeys({ kustomizations, keys }: SecretCluster): readonly Finding[] {
  return [...kustomizations].flatMap(([name, kustomization]): readonly Finding[] => {
    const secret = decryptionOf(kustomization)?.secret;
    const entries = secret === undefined ? undefined : keys.get(secret);
    if (secret === undefined || entries === undefined || entries.some(isRead)) return [];
    const named = entries.length === 0 ? "none" : entries.map((entry) => quoted(entry)).join(", ");
    return [
      {
        code: "DECRYPTION_KEYS_IGNORED",
        path: `Kustomization ${name}: spec.decryption.secretRef`,
        problem: `Secret ${quoted(secret)} has no entry that Flux takes for a key (it has ${named}).`,
        remedy:
          "Give an age identity a name that ends .agekey, a PGP key one that ends .asc: Flux passes over every other without a word, and then finds no key.",
      },
    ];
  });
}

function isRead(entry: string): boolean {
  return /\.(?:agekey|asc)$/.test(entry) || serviceKeys.has(entry);
}

/** Kustomizations that decrypt, and name no key for what only age opens. */
function withoutKey(cluster: SecretCluster): readonly Finding[] {
  if (cluster.hasGlobalKey) return [];
  const found = new Map<string, Finding>();
  for (const secret of cluster.secrets) {
    const { kustomization, encryption } = secret;
    const decryption = decryptionOf(cluster.kustomizations.get(kustomization));
    if (encryption === undefined || decryption === undefined) continue;
    const isOnlyAge = opens(new Set(), encryption) === false;
    if (decryption.secret !== undefined || !isOnlyAge || found.has(kustomization)) continue;
    found.set(kustomization, {
      code: "DECRYPTION_WITHOUT_KEY",
      path: `Kustomization ${kustomization}: spec.decryption`,
      problem: `It names no secretRef, and ${quoted(secretPlaceOf(secret))} is encrypted to age only.`,
      remedy:
        "Name the Secret with the identity, `sops-age` for that of the cluster: a ServiceAccount opens keys of cloud services only, and Flux would apply nothing of the Kustomization.",
    });
  }
  return [...found.values()];
}
