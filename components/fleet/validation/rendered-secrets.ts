import { fieldsOf } from "../../../graph/references/references.js";
import type { Encryption } from "../../../graph/secrets/encryption.js";
import type { PlacedSecret } from "../../../graph/secrets/placed-secrets.js";
import type { FleetDeclaration } from "../fleet.js";
import { documentValues } from "../hand-written/document-values.js";
import { sealedText } from "../hand-written/sealed-text.js";
import { hasSecretsSomewhere } from "../overrides.js";
import type { RenderedFleet } from "../rendered.js";

/** Whether a fleet declares anything that is encrypted in Git. */
export function declaresSecrets({
  clusters,
  layers = [],
  tenants = [],
}: FleetDeclaration): boolean {
  const some = (secrets: readonly unknown[] = []): boolean => secrets.length > 0;
  return (
    clusters.some(({ args }) => some(args.secrets)) ||
    layers.some(({ args }) => hasSecretsSomewhere(args)) ||
    tenants.some(({ args }) => hasSecretsSomewhere(args) || args.age !== undefined)
  );
}

/**
 * The Secrets that were rendered, by cluster, with what their files say of themselves: whoever wrote
 * them is not asked. Those that are not known yet are left out.
 */
export function renderedSecrets({
  files,
  manifests,
}: RenderedFleet): ReadonlyMap<string, readonly PlacedSecret[]> {
  const texts = new Map(
    files.flatMap(({ path, text, unknown }) => (unknown === true ? [] : [[path, text] as const])),
  );
  const found = new Map<string, PlacedSecret[]>();
  for (const { object, cluster, path, appliedBy, part } of manifests) {
    const isSecret = object.kind === "Secret" && object.apiVersion === "v1";
    const text = isSecret && path !== undefined ? texts.get(path) : undefined;
    if (path === undefined || appliedBy === undefined || text === undefined) continue;
    const encryption = ownEncryption(text) ?? sealedText(text)?.encryption;
    // The object of the program has no values; should the file have them, they are looked at.
    const inFile = encryption === undefined ? fieldsOf(documentValues(text)[0]) : {};
    const list = found.get(cluster) ?? [];
    list.push({
      ...{ kind: "object", part, file: path, kustomization: appliedBy },
      object: { ...object, ...inFile },
      ...(encryption === undefined ? {} : { encryption }),
      holdsCiphertext: encryption !== undefined,
    });
    found.set(cluster, list);
  }
  return found;
}

/** What a file that this library wrote says; undefined when it is written otherwise. */
function ownEncryption(text: string): Encryption | undefined {
  const block = text.slice(text.lastIndexOf("\nsops:\n") + 1);
  if (!block.startsWith("sops:\n    age:\n") || !block.includes("\n    mac: ENC["))
    return undefined;
  const recipients = [...block.matchAll(/^ +recipient: (age1\S+)$/gm)].map(
    ([, recipient = ""]) => recipient,
  );
  return { groups: [{ recipients, hasOthers: false }], threshold: 1, hasMac: true };
}
