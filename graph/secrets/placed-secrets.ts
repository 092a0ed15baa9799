import type { KubernetesObject } from "../../manifests/manifest.js";
import { fieldsOf, textOf, valuesAt } from "../references/references.js";
import type { Encryption } from "./encryption.js";
import type { SourceUse, TextFormat } from "./flux-formats.js";

/** Where something is that is a secret or may be one, and who applies it. */
interface SecretPlace {
  /** What it comes from, for messages: `layer "base"`. */
  readonly part: string;
  /** From the root of the repository. */
  readonly file: string;
  /** `namespace/name` of the Flux Kustomization that applies it. */
  readonly kustomization: string;
}

/** An object of a file. */
export interface PlacedSecretObject extends SecretPlace {
  readonly kind: "object";
  readonly object: KubernetesObject;
  /** Absent when it has no `sops`. */
  readonly encryption?: Encryption;
  /** Whether values of it were encrypted, whatever it says. */
  readonly holdsCiphertext: boolean;
}

/** An object of which even kind and name are encrypted. */
export interface PlacedWholeSecret extends SecretPlace {
  readonly kind: "whole";
  readonly encryption: Encryption;
  /** What a kustomization file changes in it, for example `namespace`. */
  readonly changedBy?: string;
}

/** Something that a kustomization file makes a Secret or ConfigMap of, or changes objects with. */
export interface PlacedSource extends SecretPlace {
  readonly kind: "source";
  readonly use: SourceUse;
  /** Name that decides its format: the key of `files`, otherwise the path. */
  readonly name: string;
  /** The kustomization file that names it. */
  readonly listing: string;
  readonly encryption?: Encryption;
  /** The format in which it was encrypted. */
  readonly format?: TextFormat;
  /** Whether kustomize-controller sees that it is encrypted in the format that it expects. */
  readonly isMarked: boolean;
  /** Whether values of a Secret stand in it as plain text. */
  readonly isPlain: boolean;
}

/** A secret, or what may be one, as one cluster applies it. */
export type PlacedSecret = PlacedSecretObject | PlacedWholeSecret | PlacedSource;

/** One cluster as far as it decrypts. */
export interface SecretCluster {
  readonly name: string;
  /** Whether its secrets must stay readable when its identity is lost. */
  readonly isProduction: boolean;
  readonly secrets: readonly PlacedSecret[];
  /** Flux Kustomizations by `namespace/name`. */
  readonly kustomizations: ReadonlyMap<string, KubernetesObject>;
  /** Recipients of the identities in a Secret, by its `namespace/name`; absent when not known. */
  readonly identities: ReadonlyMap<string, readonly string[]>;
  /** Names of the keys of Secrets of the fleet, by `namespace/name`. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Whether kustomize-controller has a key for Kustomizations that name none. */
  readonly hasGlobalKey: boolean;
}

/** How a Kustomization decrypts. */
export interface Decryption {
  /** `namespace/name` of the Secret with its keys. */
  readonly secret?: string;
  readonly serviceAccountName?: string;
}

const known = new WeakMap<KubernetesObject, { readonly decryption: Decryption | undefined }>();

/** How a Kustomization decrypts; undefined when it does not. Asked for each of its secrets. */
export function decryptionOf(kustomization: KubernetesObject | undefined): Decryption | undefined {
  if (kustomization === undefined) return undefined;
  const found = known.get(kustomization) ?? { decryption: readDecryption(kustomization) };
  known.set(kustomization, found);
  return found.decryption;
}

function readDecryption(kustomization: KubernetesObject): Decryption | undefined {
  if (textOf(kustomization, "spec.decryption.provider") !== "sops") return undefined;
  const name = textOf(kustomization, "spec.decryption.secretRef.name");
  const account = textOf(kustomization, "spec.decryption.serviceAccountName");
  return {
    ...(name === undefined ? {} : { secret: `${kustomization.metadata.namespace ?? ""}/${name}` }),
    ...(account === undefined ? {} : { serviceAccountName: account }),
  };
}

/** The first field of a Kustomization that changes objects before they are decrypted. */
export function changingField(kustomization: KubernetesObject | undefined): string | undefined {
  return ["targetNamespace", "namePrefix", "nameSuffix"].find((field) => {
    const value = fieldsOf(kustomization?.["spec"])[field];
    return value !== undefined && value !== "";
  });
}

/** Whether a Kustomization puts values into `${...}` after it has decrypted. */
export function substitutes(kustomization: KubernetesObject | undefined): boolean {
  return valuesAt(kustomization, "spec.postBuild").length > 0;
}

/** Where a secret stands, for messages: `Layer "base": base/a.yaml`. */
export function secretPlaceOf({ part, file }: SecretPlace): string {
  return `${part.charAt(0).toUpperCase()}${part.slice(1)}: ${file}`;
}

/** What a program or person gives a Kustomization so that it decrypts, for remedies. */
export function decryptionFieldOf({ part, kustomization }: SecretPlace): string {
  const name = kustomization.split("/")[1] ?? "";
  return part === `layer "${name}"`
    ? "`decryption` of the layer"
    : `spec.decryption of Kustomization "${kustomization}"`;
}
