import type { Input, Part } from "../../fleet/part.js";
import { part } from "../../fleet/part.js";

/** What every Secret can be given besides its values. */
export interface SecretOptions {
  /**
   * Namespace of the Secret. @default that of the tenant; a Secret of a cluster or a layer has to
   * name one
   */
  readonly namespace?: string | undefined;
  /** Labels; they are committed as plain text. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Annotations; they are committed as plain text. @default none */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Whether the API server refuses every change of the Secret. @default false */
  readonly immutable?: boolean | undefined;
}

/** The login of one registry. */
export interface RegistryLogin<Value = Input> {
  readonly username: Value;
  /** Password or token; a secret. */
  readonly password: Value;
}

/** What a Secret is. Made by the builders, which know the keys of each type. */
export interface SecretArgs<Value = Input> extends SecretOptions {
  /** @see https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
  readonly type: string;
  /** Texts by key; secrets. Key names, and how long the texts are, can be read in Git. */
  readonly data: Readonly<Record<string, Value>>;
  /** Logins by host, of which `.dockerconfigjson` is made. @default none */
  readonly registries?: Readonly<Record<string, RegistryLogin<Value>>> | undefined;
}

/** A Secret of a cluster, a layer or a tenant: encrypted in Git, decrypted on its clusters. */
export type SecretPart<Value = Input> = Part<"secret", SecretArgs<Value>>;

/** A certificate with its private key, in PEM form. */
export interface TlsSecretValues<Value = Input> {
  /** The certificate, then those between it and the root. */
  readonly certificate: Value;
  /** The private key of the certificate; a secret. */
  readonly privateKey: Value;
  /** The certificates of the authority. @default none */
  readonly ca?: Value | undefined;
}

/** A login of a git server: over HTTPS with a token, or over SSH with a key. */
export type GitCredentialsSecretValues<Value = Input> =
  | {
      /** Token or password; a secret. */
      readonly token: Value;
      /** @default "git" */
      readonly username?: Value | undefined;
      /** The certificates of the server's authority, in PEM form. @default those of the system */
      readonly ca?: Value | undefined;
    }
  | {
      /** The private key, in PEM form; a secret. */
      readonly identity: Value;
      /** The keys of the server, as `ssh-keyscan` prints them. */
      readonly knownHosts: Value;
    };

/**
 * A Secret with keys of your own.
 *
 * @example
 * ```ts
 * const database = opaqueSecret("payment-db", { password: config.requireSecret("dbPassword") });
 * ```
 */
export function opaqueSecret(
  name: string,
  data: Readonly<Record<string, string>>,
  options?: SecretOptions,
): SecretPart<string>;
export function opaqueSecret(
  name: string,
  data: Readonly<Record<string, Input>>,
  options?: SecretOptions,
): SecretPart;
export function opaqueSecret(
  name: string,
  data: Readonly<Record<string, Input>>,
  options?: SecretOptions,
): SecretPart {
  return secretPart(name, "Opaque", data, options);
}

/** A certificate with its private key, for Ingresses, Gateways and webhooks. */
export function tlsSecret(
  name: string,
  values: TlsSecretValues<string>,
  options?: SecretOptions,
): SecretPart<string>;
export function tlsSecret(
  name: string,
  values: TlsSecretValues,
  options?: SecretOptions,
): SecretPart;
export function tlsSecret(
  name: string,
  { certificate, privateKey, ca }: TlsSecretValues,
  options?: SecretOptions,
): SecretPart {
  const authority = ca === undefined ? {} : { "ca.crt": ca };
  const data = { ...authority, "tls.crt": certificate, "tls.key": privateKey };
  return secretPart(name, "kubernetes.io/tls", data, options);
}

/**
 * Logins of container registries by host, for `imagePullSecrets` and the sources of Flux.
 *
 * @see https://fluxcd.io/flux/components/source/ocirepositories/#secret-reference
 */
export function dockerConfigSecret(
  name: string,
  values: { readonly registries: Readonly<Record<string, RegistryLogin<string>>> },
  options?: SecretOptions,
): SecretPart<string>;
export function dockerConfigSecret(
  name: string,
  values: { readonly registries: Readonly<Record<string, RegistryLogin>> },
  options?: SecretOptions,
): SecretPart;
export function dockerConfigSecret(
  name: string,
  { registries }: { readonly registries: Readonly<Record<string, RegistryLogin>> },
  options?: SecretOptions,
): SecretPart {
  return part("secret", name, {
    ...options,
    type: "kubernetes.io/dockerconfigjson",
    data: {},
    registries,
  });
}

/** A user name with a password. */
export function basicAuthSecret(
  name: string,
  values: RegistryLogin<string>,
  options?: SecretOptions,
): SecretPart<string>;
export function basicAuthSecret(
  name: string,
  values: RegistryLogin,
  options?: SecretOptions,
): SecretPart;
export function basicAuthSecret(
  name: string,
  { username, password }: RegistryLogin,
  options?: SecretOptions,
): SecretPart {
  return secretPart(name, "kubernetes.io/basic-auth", { password, username }, options);
}

/** A private key for SSH. */
export function sshAuthSecret(
  name: string,
  values: { readonly privateKey: string },
  options?: SecretOptions,
): SecretPart<string>;
export function sshAuthSecret(
  name: string,
  values: { readonly privateKey: Input },
  options?: SecretOptions,
): SecretPart;
export function sshAuthSecret(
  name: string,
  { privateKey }: { readonly privateKey: Input },
  options?: SecretOptions,
): SecretPart {
  return secretPart(name, "kubernetes.io/ssh-auth", { "ssh-privatekey": privateKey }, options);
}

/**
 * A login of a git server under the keys that source-controller reads.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference
 */
export function gitCredentialsSecret(
  name: string,
  login: GitCredentialsSecretValues<string>,
  options?: SecretOptions,
): SecretPart<string>;
export function gitCredentialsSecret(
  name: string,
  login: GitCredentialsSecretValues,
  options?: SecretOptions,
): SecretPart;
export function gitCredentialsSecret(
  name: string,
  login: GitCredentialsSecretValues,
  options?: SecretOptions,
): SecretPart {
  if ("identity" in login) {
    const data = { identity: login.identity, known_hosts: login.knownHosts };
    return secretPart(name, "Opaque", data, options);
  }
  const { token, username = "git", ca } = login;
  const authority = ca === undefined ? {} : { "ca.crt": ca };
  return secretPart(name, "Opaque", { ...authority, password: token, username }, options);
}

function secretPart(
  name: string,
  type: string,
  data: Readonly<Record<string, Input>>,
  options: SecretOptions | undefined,
): SecretPart {
  return part("secret", name, { ...options, type, data });
}
