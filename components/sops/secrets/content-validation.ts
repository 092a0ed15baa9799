import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import { isPlainObject } from "../../../manifests/printable.js";
import { dockerConfigKey, secretTexts } from "./secret-object.js";
import type { SecretArgs } from "./secret.js";

type Texts = Readonly<Record<string, string>>;

/** What a type of Secret wants of its values, besides the keys that must be there. */
interface SecretType {
  readonly keys: readonly string[];
  readonly check: (texts: Texts, path: string) => readonly Finding[];
}

const types: Readonly<Record<string, SecretType>> = {
  "kubernetes.io/tls": { keys: ["tls.crt", "tls.key"], check: tlsFindings },
  "kubernetes.io/ssh-auth": {
    keys: ["ssh-privatekey"],
    check: (texts, path) => pemFindings(texts, "ssh-privatekey", privateKeyPattern, path),
  },
  "kubernetes.io/basic-auth": { keys: ["password", "username"], check: loginFindings },
  "kubernetes.io/dockerconfigjson": { keys: [dockerConfigKey], check: dockerConfigFindings },
};

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/;
const privateKeyPattern =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]+-----END [A-Z0-9 ]*PRIVATE KEY-----/;

/** What the type of a Secret demands of its values; what is not known yet is skipped. */
export function contentFindings(args: SecretArgs<string>, path: string): readonly Finding[] {
  const texts = secretTexts(args);
  if (Object.keys(texts).length === 0) {
    return [invalid(path, "The Secret has no key.", "Give at least one.")];
  }
  const registries = Object.entries(args.registries ?? {}).flatMap(([host, login]) => {
    const at = `${path}.registries[${quoted(host)}]`;
    return [...hostFindings(host, at), ...loginFindings({ ...login }, at)];
  });
  const wanted = Object.hasOwn(types, args.type) ? types[args.type] : undefined;
  if (wanted === undefined) return registries;
  const missing = wanted.keys.filter((key) => !Object.hasOwn(texts, key));
  if (missing.length > 0) {
    const problem = `A Secret of type ${args.type} needs the key ${missing.map((key) => quoted(key)).join(" and ")}.`;
    return [invalid(`${path}.data`, problem, "Make it with the builder for its type.")];
  }
  return [...registries, ...wanted.check(texts, `${path}.data`)];
}

function tlsFindings(texts: Texts, path: string): readonly Finding[] {
  const findings = [
    ...pemFindings(texts, "tls.crt", certificatePattern, path),
    ...pemFindings(texts, "tls.key", privateKeyPattern, path),
    ...pemFindings(texts, "ca.crt", certificatePattern, path),
  ];
  const { "tls.crt": certificate = "", "tls.key": key = "" } = texts;
  if (findings.length > 0 || isUnknown(certificate) || isUnknown(key)) return findings;
  const read = { certificate: parsed(() => new X509Certificate(certificate)), key: keyOf(key) };
  if (read.certificate === undefined) return [unreadable(`${path}.tls.crt`, "certificate")];
  if (read.key === undefined)
    return [unreadable(`${path}.tls.key`, "private key without passphrase")];
  return read.certificate.checkPrivateKey(read.key)
    ? []
    : [
        invalid(
          `${path}.tls.key`,
          "The private key is not that of the certificate (neither is shown).",
          "Give the pair; the certificate of the server comes first, then those of its authority.",
        ),
      ];
}

function keyOf(text: string): KeyObject | undefined {
  return parsed(() => createPrivateKey(text));
}

function pemFindings(texts: Texts, key: string, pattern: RegExp, path: string): readonly Finding[] {
  const text = texts[key];
  if (text === undefined || isUnknown(text) || pattern.test(text)) return [];
  const what = pattern === certificatePattern ? "certificate" : "private key";
  return [unreadable(`${path}.${key}`, what)];
}

function loginFindings({ username, password }: Texts, path: string): readonly Finding[] {
  const isName = username === undefined || /^[^:\p{Cc}]+$/u.test(username);
  return [
    ...(isName
      ? []
      : [
          invalid(
            `${path}.username`,
            "The user name is empty, or has a colon or line break.",
            "Give it as the server issued it.",
          ),
        ]),
    ...(password !== ""
      ? []
      : [invalid(`${path}.password`, "The password is empty.", "Give the one that is meant.")]),
  ];
}

function dockerConfigFindings(texts: Texts, path: string): readonly Finding[] {
  const text = texts[dockerConfigKey] ?? "";
  if (isUnknown(text)) return [];
  const config: unknown = parsed(() => JSON.parse(text) as unknown);
  const auths = isPlainObject(config) ? config["auths"] : undefined;
  return isPlainObject(auths) && Object.keys(auths).length > 0
    ? []
    : [
        invalid(
          `${path}.${dockerConfigKey}`,
          "The text is no configuration of docker with logins (it is not shown).",
          "Give `registries` with at least one host to dockerConfigSecret.",
        ),
      ];
}

/** What containerd and source-controller look up: a host, with a port or a path when it has one. */
function hostFindings(host: string, path: string): readonly Finding[] {
  const isHost = /^(https:\/\/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/\S*)?$/i.test(host);
  return isHost
    ? []
    : [invalid(path, `${quoted(host)} is not a registry.`, "Give its host, for example ghcr.io.")];
}

/** What is read, or undefined: the errors of readers quote what they read. */
function parsed<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function unreadable(path: string, what: string): Finding {
  const problem = `The text is not a ${what} in PEM form (it is not shown).`;
  return invalid(path, problem, "Give the content of the file, not its name.");
}

function invalid(path: string, problem: string, remedy: string): Finding {
  return { code: "INVALID_SECRET", path, problem, remedy };
}
