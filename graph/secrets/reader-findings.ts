import type { Finding } from "../../errors.js";
import { quoted, someNames } from "../values/names.js";
import type { Encryption } from "./encryption.js";
import { opens, recipientsOf } from "./encryption.js";
import type { PlacedSecret, SecretCluster } from "./placed-secrets.js";
import { decryptionOf, secretPlaceOf } from "./placed-secrets.js";

/** Whose a recipient is, beside the clusters'. */
export interface Readers {
  readonly breakGlass: readonly string[];
  /** Recipients of identities that are not a cluster's, such as a tenant's own. */
  readonly others: ReadonlySet<string>;
}

/** One encrypted file and where it is applied. */
interface EncryptedFile {
  readonly path: string;
  readonly encryption: Encryption;
  readonly uses: { readonly cluster: SecretCluster; readonly secret: PlacedSecret }[];
}

/**
 * The findings about who can read what is encrypted: each cluster that applies a file, whoever breaks
 * the glass, and nobody else. What the identity of a Kustomization is, is not always known.
 */
export function readerFindings(
  clusters: readonly SecretCluster[],
  readers: Readers,
): readonly Finding[] {
  const files = encryptedFiles(clusters);
  if (files.length === 0) return [];
  const owners = ownersOf(clusters);
  return [
    ...sharedIdentities(owners),
    ...files.flatMap((file) => [
      ...unreadable(file),
      ...strangers(file, owners, readers),
      ...withoutBreakGlass(file, owners, readers),
    ]),
  ];
}

function encryptedFiles(clusters: readonly SecretCluster[]): readonly EncryptedFile[] {
  const files = new Map<string, EncryptedFile>();
  for (const cluster of clusters) {
    for (const secret of cluster.secrets) {
      const { encryption } = secret;
      if (encryption === undefined || recipientsOf(encryption).length === 0) continue;
      const path = secretPlaceOf(secret);
      // Documents of one file have the same keys, unless somebody joined files by hand.
      const key = `${path}\0${recipientsOf(encryption).join("\0")}`;
      const file = files.get(key) ?? { path, encryption, uses: [] };
      file.uses.push({ cluster, secret });
      files.set(key, file);
    }
  }
  return [...files.values()];
}

/** Names of the clusters that have the identity of a recipient. */
function ownersOf(clusters: readonly SecretCluster[]): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { name, identities } of clusters) {
    for (const recipient of [...identities.values()].flat()) {
      owners.set(recipient, (owners.get(recipient) ?? new Set()).add(name));
    }
  }
  return owners;
}

function sharedIdentities(owners: ReadonlyMap<string, ReadonlySet<string>>): readonly Finding[] {
  return [...owners].flatMap(([recipient, names]): readonly Finding[] =>
    names.size < 2
      ? []
      : [
          {
            code: "SHARED_IDENTITY",
            path: `Recipient ${recipient}`,
            problem: `The clusters ${someNames([...names].sort())} have one identity, so each of them reads the secrets of the others.`,
            remedy: "Give each cluster an identity of its own; one lost node is then one cluster.",
            severity: "warning",
          },
        ],
  );
}

/** What a cluster applies and cannot open. */
function unreadable({ path, encryption, uses }: EncryptedFile): readonly Finding[] {
  const blind = new Map<string, string>();
  for (const { cluster, secret } of uses) {
    const key = decryptionOf(cluster.kustomizations.get(secret.kustomization))?.secret;
    const held = key === undefined ? undefined : cluster.identities.get(key);
    if (key === undefined || held === undefined) continue;
    if (opens(new Set(held), encryption) === false) blind.set(cluster.name, held[0] ?? "");
  }
  if (blind.size === 0) return [];
  const missing = [...new Set(blind.values())].filter((recipient) => recipient !== "").sort();
  const add = missing.length === 0 ? "" : ` (${missing.join(", ")})`;
  return [
    {
      code: "SECRET_NOT_READABLE",
      path,
      problem: `It is not encrypted to the identity of ${someNames([...blind.keys()].sort())}, which apply it.`,
      remedy: `Add the recipient${add} with \`sops rotate -i --add-age\`: until then Flux applies nothing of the Kustomization, "identity did not match any of the recipients".`,
    },
  ];
}

/** Recipients of clusters that do not apply the file, and those that nobody knows. */
function strangers(
  { path, encryption, uses }: EncryptedFile,
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  { breakGlass, others }: Readers,
): readonly Finding[] {
  const applying = new Set(uses.map(({ cluster }) => cluster.name));
  const known = recipientsOf(encryption).filter((one) => !breakGlass.includes(one));
  const elsewhere = new Set<string>();
  const unknown: string[] = [];
  for (const recipient of known) {
    const names = owners.get(recipient);
    if (names === undefined) {
      if (!others.has(recipient)) unknown.push(recipient);
    } else if (![...names].some((name) => applying.has(name))) {
      for (const name of names) elsewhere.add(name);
    }
  }
  return [
    ...(elsewhere.size === 0
      ? []
      : [
          {
            code: "SECRET_READABLE_ELSEWHERE" as const,
            path,
            problem: `The identity of ${someNames([...elsewhere].sort())} opens it, where it is not applied.`,
            remedy:
              "Take the recipient out with `sops rotate -i --rm-age`, and replace the values: whoever holds a clone and that identity has read them. Flux never says who else could.",
          },
        ]),
    ...unknown.map((recipient): Finding => ({
      code: "UNKNOWN_RECIPIENT",
      path,
      problem: `It is encrypted to ${quoted(recipient)}, which is no recipient of this fleet.`,
      remedy:
        "List the recipient in `sops.breakGlass` if its holder may read everything, otherwise take it out with `sops rotate -i --rm-age`.",
      severity: "warning",
    })),
  ];
}

/** What only the identities of clusters open; a person whom the fleet does not list could, too. */
function withoutBreakGlass(
  { path, encryption, uses }: EncryptedFile,
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  { breakGlass }: Readers,
): readonly Finding[] {
  const people =
    breakGlass.length > 0 ? breakGlass : recipientsOf(encryption).filter((one) => !owners.has(one));
  if (opens(new Set(people), encryption) !== false) return [];
  const production = uses.map(({ cluster }) => cluster).filter(({ isProduction }) => isProduction);
  const names = [...new Set(production.map(({ name }) => name))].sort();
  return names.length === 0
    ? []
    : [
        {
          code: "BREAK_GLASS_MISSING",
          path,
          problem: `It is applied on ${someNames(names)}, and no recipient of \`sops.breakGlass\` opens it.`,
          remedy:
            "Add one with `sops rotate -i --add-age`: Flux needs none, but when the identity of the cluster is lost, the values are.",
        },
      ];
}
