import { isUnknown, unknownValue } from "../../../graph/values/unknown-value.js";
import type { KubernetesSecret } from "../document/kubernetes-secret.js";
import type { RegistryLogin, SecretArgs, SecretPart } from "./secret.js";

/** Key of a Secret with logins of registries. */
export const dockerConfigKey = ".dockerconfigjson";

/** Where a Secret is and what its owner adds. */
export interface SecretPlace {
  /** Of the owner; the Secret's own one wins. */
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The texts of a Secret by key. */
export function secretTexts<Value>({
  data,
  registries,
}: SecretArgs<Value>): Readonly<Record<string, Value | string>> {
  return registries === undefined ? data : { ...data, [dockerConfigKey]: dockerConfig(registries) };
}

/** The names of the keys of a Secret, sorted. */
export function secretKeys(args: SecretArgs<unknown>): readonly string[] {
  const { data, registries } = args;
  return [...Object.keys(data), ...(registries === undefined ? [] : [dockerConfigKey])].sort();
}

/** Whether a text of the Secret is not known yet. */
export function holdsUnknownText(args: SecretArgs<string>): boolean {
  return Object.values(secretTexts(args)).some(isUnknown);
}

/** The Secret of Kubernetes, with its values: a secret itself. */
export function secretObject(
  { name, args }: SecretPart<string>,
  place: SecretPlace,
): KubernetesSecret {
  const encoded = Object.entries(secretTexts(args)).map(
    ([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")] as const,
  );
  return { ...secretHead({ name, args }, place), data: Object.fromEntries(encoded) };
}

/** The Secret of Kubernetes without its values, as it can be read in Git. */
export function secretHead(
  { name, args }: Pick<SecretPart<unknown>, "name" | "args">,
  place: SecretPlace,
): KubernetesSecret {
  const labels = { ...args.labels, ...place.labels };
  const annotations = { ...args.annotations, ...place.annotations };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace: args.namespace ?? place.namespace,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    type: args.type,
    ...(args.immutable === true ? { immutable: true } : {}),
  };
}

/** What `docker login` writes for these hosts. */
function dockerConfig(registries: Readonly<Record<string, RegistryLogin<unknown>>>): string {
  const hosts = Object.entries(registries).sort(([a], [b]) => (a < b ? -1 : 1));
  const logins = hosts.map(([host, { username, password }]) => {
    if (typeof username !== "string" || typeof password !== "string") {
      throw new TypeError("the login of a registry is not resolved");
    }
    const auth = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
    return [host, { username, password, auth }] as const;
  });
  const isKnown = logins.every(
    ([, { username, password }]) => !isUnknown(username) && !isUnknown(password),
  );
  return isKnown ? JSON.stringify({ auths: Object.fromEntries(logins) }) : unknownValue;
}
