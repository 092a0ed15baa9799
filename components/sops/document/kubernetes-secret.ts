import type { Finding } from "../../../errors.js";
import { decryptDocuments, encryptDocuments, recipientsFindings } from "./document.js";
import type { DecryptOptions, EncryptOptions } from "./document.js";
import { refuse } from "./refusal.js";
import { metadataFindings, secretFindings } from "./secret-validation.js";
import { entry, isCollection, map } from "./tree.js";
import type { TreeMap, Value } from "./tree.js";

/** A Secret of Kubernetes, as a manifest. */
export interface KubernetesSecret {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** @default "Opaque", by Kubernetes */
  readonly type?: string;
  readonly immutable?: boolean;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
  /** Values as text; they win over `data`, as in Kubernetes. */
  readonly stringData?: Readonly<Record<string, string>>;
}

/** How a Secret is encrypted. What is encrypted is not a choice. */
export type EncryptSecretOptions = Pick<EncryptOptions, "recipients" | "plugins">;

/** How a Secret is decrypted. */
export type DecryptSecretOptions = Pick<DecryptOptions, "identities">;

/** What of a Secret is encrypted: Flux reads the kind before it decrypts, people review the rest. */
export const secretRule = { encryptedRegex: "^(data|stringData)$" } as const;

/**
 * A Secret as an encrypted manifest for Git: everything below `data` encrypted, the rest readable.
 * `stringData` becomes `data`, because under `stringData` a Kustomization without decryption would
 * apply the ciphertext without a word. The text is read back before it returns.
 *
 * @throws FleetError INVALID_SECRET, INVALID_RECIPIENT, IDENTITY_AS_RECIPIENT, SOPS_CHECK_FAILED
 * @see https://fluxcd.io/flux/guides/mozilla-sops/
 */
export async function encryptSecret(
  secret: KubernetesSecret,
  options: EncryptSecretOptions,
): Promise<string> {
  refuse([...recipientsFindings(options), ...gitSecretFindings(secret)]);
  const { recipients, plugins = [] } = options;
  return encryptDocuments([secretTree(secret)], "yaml", { recipients, plugins, ...secretRule });
}

/** The findings of a Secret that is to be encrypted for Git. */
export function gitSecretFindings(secret: unknown): readonly Finding[] {
  return [...secretFindings(secret), ...metadataFindings(secret)];
}

/** The document of a Secret without findings: all values under `data`, equal Secrets equal trees. */
export function secretTree(secret: KubernetesSecret): TreeMap {
  return treeOf(withDataOnly(secret), ["apiVersion", "kind", "metadata"]);
}

/**
 * The Secret of an encrypted manifest, all its values under `data`.
 *
 * @throws FleetError INVALID_SECRET, and as `decrypt`
 */
export async function decryptSecret(
  text: string,
  { identities }: DecryptSecretOptions,
): Promise<KubernetesSecret> {
  const documents = await decryptDocuments(text, { identities });
  const [first] = documents;
  const secret = documents.length === 1 && first ? plainOf(first) : undefined;
  const findings: readonly Finding[] = secretFindings(secret);
  refuse(findings);
  return withDataOnly(secret as KubernetesSecret); // it has no findings
}

function withDataOnly({ stringData = {}, data = {}, ...rest }: KubernetesSecret): KubernetesSecret {
  const encoded = Object.entries(stringData).map(
    ([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")] as const,
  );
  return { ...rest, data: Object.fromEntries([...Object.entries(data), ...encoded]) };
}

/** Keys sorted, some first, so that equal Secrets are equal texts. */
function treeOf(value: object, first: readonly string[]): TreeMap {
  const rank = (key: string): number => (first.includes(key) ? first.indexOf(key) : first.length);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return map(
    sorted.map(([key, inner]: [string, unknown]) => {
      if (typeof inner !== "object") return entry(key, inner as string | boolean);
      return entry(key, treeOf(inner as object, key === "metadata" ? ["name", "namespace"] : []));
    }),
  );
}

function plainOf(value: Value): unknown {
  if (!isCollection(value)) {
    return typeof value === "object" && value?.kind === "time" ? value.text : value;
  }
  if (value.kind === "list") {
    return value.items.flatMap((item) =>
      typeof item === "object" && item?.kind === "comment" ? [] : [plainOf(item)],
    );
  }
  return Object.fromEntries(
    value.items.flatMap((item) => (item.kind === "entry" ? [[item.key, plainOf(item.value)]] : [])),
  );
}
