import type { CallOptions, ClusterClient } from "./client.js";
import { fluxKinds, fluxSystem, keyOf, sourceOf } from "./flux-objects.js";
import { at, textAt } from "./objects.js";
import { revisionCommit } from "./revision.js";

/** A Kustomization that decrypts with one Secret of its Namespace. */
export interface DecryptingKustomization {
  /** `namespace/name`. */
  readonly key: string;
  /** Whether it reads the source of the root Kustomization. */
  readonly readsRootSource: boolean;
  /** The commit in `status.lastAppliedRevision`. */
  readonly appliedCommit: string | undefined;
}

/** The Kustomizations of `flux-system` that decrypt with the Secret of this name, by name. */
export async function decryptingKustomizations(
  client: ClusterClient,
  secret: string,
  options: CallOptions = {},
): Promise<readonly DecryptingKustomization[]> {
  const all = await client.list(fluxKinds.Kustomization, { ...options, namespace: fluxSystem });
  return all
    .filter((one) => textAt(one, "spec", "decryption", "secretRef", "name") === secret)
    .map((one) => {
      const { kind, key } = sourceOf(one);
      return {
        key: keyOf(one),
        readsRootSource: kind === "GitRepository" && key === `${fluxSystem}/${fluxSystem}`,
        appliedCommit: revisionCommit(textAt(one, "status", "lastAppliedRevision")),
      };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Texts of a live Secret by key; undefined when there is none. They are secrets: nobody may log them. */
export async function secretTexts(
  client: ClusterClient,
  namespace: string,
  name: string,
  options: CallOptions = {},
): Promise<Readonly<Record<string, string>> | undefined> {
  const secret = await client.get({ apiVersion: "v1", kind: "Secret", namespace, name }, options);
  const data = secret && at(secret, "data");
  if (secret === undefined) return undefined;
  if (typeof data !== "object" || data === null) return {};
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]: [string, unknown]) =>
      typeof value === "string" ? [[key, Buffer.from(value, "base64").toString("utf8")]] : [],
    ),
  );
}
