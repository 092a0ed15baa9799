import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIPv4 } from "node:net";
import {
  bits,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  setOf,
  text,
  time,
  yes,
} from "./der.js";
import type { Der } from "./der.js";

/** A certificate with its private key, both as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that lives as long as one lab. */
export interface Authority {
  /** The authority's own certificate as PEM; what a client has to trust. */
  readonly certificate: string;
  /** Issues a server certificate for the given IPv4 addresses and DNS names. */
  server(commonName: string, names: readonly string[]): Identity;
  /** Issues a client certificate; Kubernetes reads `commonName` as user and `group` as group. */
  client(commonName: string, group?: string): Identity;
}

/** A key pair that signs and checks ServiceAccount tokens, both as PEM. */
export interface SigningKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

const oid = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

const lifetimeMs = 365 * 24 * 3600 * 1000;
const clockSkewMs = 3600 * 1000;

/** Makes a new authority; its key never leaves this process. Takes about a millisecond, needs no openssl. */
export function createAuthority(commonName: string): Authority {
  const keys = newKeys();
  const subject = distinguishedName(commonName);
  const keyId = keyIdentifier(keys.publicKey);
  const issue = (name: Der, subjectKey: KeyObject, extensions: readonly Der[]): string =>
    certificate({
      issuer: subject,
      issuerKey: keys.privateKey,
      keyId,
      name,
      subjectKey,
      extensions,
    });
  const issueLeaf = (name: Der, extensions: readonly Der[]): Identity => {
    const leaf = newKeys();
    return { certificate: issue(name, leaf.publicKey, extensions), key: pkcs8(leaf.privateKey) };
  };
  return {
    certificate: issue(subject, keys.publicKey, [
      extension(oid.basicConstraints, sequence(yes), true),
      // keyCertSign and cRLSign
      extension(oid.keyUsage, bits(Buffer.from([0x06]), 1), true),
    ]),
    server: (name, names) =>
      issueLeaf(distinguishedName(name), [
        ...leafExtensions(oid.serverAuth),
        extension(oid.subjectAlternativeName, sequence(...names.map(generalName))),
      ]),
    client: (name, group) =>
      issueLeaf(distinguishedName(name, group), leafExtensions(oid.clientAuth)),
  };
}

/** Makes the key pair of an API server's ServiceAccount tokens (ES256). */
export function createSigningKeys(): SigningKeys {
  const keys = newKeys();
  return {
    privateKey: pkcs8(keys.privateKey),
    publicKey: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

interface Request {
  readonly issuer: Der;
  readonly issuerKey: KeyObject;
  readonly keyId: Buffer;
  readonly name: Der;
  readonly subjectKey: KeyObject;
  readonly extensions: readonly Der[];
}

function certificate(request: Request): string {
  const now = Date.now();
  const algorithm = sequence(objectId(oid.ecdsaWithSha256));
  const serial = randomBytes(16);
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    request.issuer,
    sequence(time(new Date(now - clockSkewMs)), time(new Date(now + lifetimeMs))),
    request.name,
    request.subjectKey.export({ type: "spki", format: "der" }),
    explicit(
      3,
      sequence(
        ...request.extensions,
        extension(oid.subjectKeyIdentifier, octets(keyIdentifier(request.subjectKey))),
        extension(oid.authorityKeyIdentifier, sequence(implicit(0, request.keyId))),
      ),
    ),
  );
  const signature = sign("sha256", toBeSigned, request.issuerKey);
  return pem("CERTIFICATE", sequence(toBeSigned, algorithm, bits(signature)));
}

function newKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
}

function distinguishedName(commonName: string, organization?: string): Der {
  const attribute = (id: string, content: string): Der =>
    setOf(sequence(objectId(id), text(content)));
  return sequence(
    ...(organization === undefined ? [] : [attribute(oid.organization, organization)]),
    attribute(oid.commonName, commonName),
  );
}

function leafExtensions(usage: string): readonly Der[] {
  return [
    // digitalSignature
    extension(oid.keyUsage, bits(Buffer.from([0x80]), 7), true),
    extension(oid.extendedKeyUsage, sequence(objectId(usage))),
  ];
}

function extension(id: string, content: Der, critical = false): Der {
  return sequence(objectId(id), ...(critical ? [yes] : []), octets(content));
}

function generalName(name: string): Der {
  return isIPv4(name)
    ? implicit(7, Buffer.from(name.split(".").map(Number)))
    : implicit(2, Buffer.from(name, "ascii"));
}

function pem(label: string, der: Der): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
