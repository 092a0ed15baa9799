import { isUnknown, unknownValue } from "../../../graph/values/unknown-value.js";
import type { KubernetesObject, Manifest } from "../../../manifests/manifest.js";
import type { RepoPath } from "../../../manifests/repo-path.js";
import { printYaml } from "../../../manifests/yaml.js";
import { sealSecret } from "../../sops/sealing/index.js";
import type { SecretPlace } from "../../sops/secrets/secret-object.js";
import {
  holdsUnknownText,
  secretHead,
  secretKeys,
  secretObject,
} from "../../sops/secrets/secret-object.js";
import type { SecretPart } from "../../sops/secrets/secret.js";
import type { FleetModel, ModelCluster } from "../model.js";
import type { RenderContext, RenderedFile } from "../rendered.js";

/** One encrypted file, without what is in it. */
export interface EncryptedFile {
  readonly path: RepoPath;
  /** Name of the cluster that applies it. */
  readonly cluster: string;
  /** Everybody who can open it, sorted; one of them may be unknown yet. */
  readonly recipients: readonly string[];
  /** `namespace/name` of the Flux Kustomization that applies it. */
  readonly appliedBy: string;
  /** What it belongs to, for example `tenant "payments"`. */
  readonly part: string;
}

/** One encrypted file and the Secret in it. It holds secrets. */
export interface SecretFile extends EncryptedFile {
  readonly secret: SecretPart<string>;
  readonly place: SecretPlace;
}

/** What can be told of an encrypted file. */
export function withoutSecret({
  path,
  cluster,
  recipients,
  appliedBy,
  part,
}: SecretFile): EncryptedFile {
  return { path, cluster, recipients, appliedBy, part };
}

/** Whether it is known to whom a file is encrypted, so that its data key can be wrapped. */
export function hasKnownRecipients({ recipients }: EncryptedFile): boolean {
  return !recipients.some(isUnknown);
}

/** Everybody who can read what is encrypted for a cluster, sorted. */
export function recipientsOf(model: FleetModel, { identity }: ModelCluster): readonly string[] {
  const breakGlass = model.declaration.sops?.breakGlass ?? [];
  const own = identity?.recipients.encryptTo ?? unknownValue;
  return [...new Set([own, ...breakGlass])].sort();
}

/** The Secrets by name, and those of one name by Namespace. */
export function byName(secrets: readonly SecretPart<string>[]): readonly SecretPart<string>[] {
  if (secrets.length < 2) return secrets;
  const key = ({ name, args }: SecretPart<string>): string => `${name}\0${args.namespace ?? ""}`;
  return [...secrets].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Name of the file of a Secret in the directory of its Namespace. */
export function secretFileName({ name }: { readonly name: string }): string {
  return `secret-${name}.yaml`;
}

/**
 * The file as it is committed: encrypted, or marked unknown, and then without any value, when it is
 * not known with what to encrypt it.
 *
 * @throws FleetError INVALID_SECRET, SOPS_CHECK_FAILED
 */
export function sealedFile(file: SecretFile, { envelopes }: RenderContext): RenderedFile {
  const { path, part, secret, place } = file;
  const envelope = envelopes?.get(path);
  if (envelope !== undefined && !holdsUnknownText(secret.args)) {
    return { path, text: sealSecret(secretObject(secret, place), envelope), part };
  }
  return { path, text: printYaml([withKeys(file, unknownValue)]), part, unknown: true };
}

/** The object of an encrypted file. Its keys are there, its values are not: they are nobody's business. */
export function secretManifest(file: SecretFile): Manifest {
  const { cluster, path, appliedBy, part } = file;
  return { object: withKeys(file, ""), cluster, applier: "flux", path, appliedBy, part };
}

function withKeys({ secret, place }: SecretFile, value: string): KubernetesObject {
  const keys = secretKeys(secret.args).map((key) => [key, value] as const);
  return { ...secretHead(secret, place), data: Object.fromEntries(keys) };
}
