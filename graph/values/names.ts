import type { Finding } from "../../errors.js";
import { rememberingAccepted } from "../../manifests/accepted-texts.js";
import { isPrintableString } from "../../manifests/yaml-scalar.js";

const dnsLabel = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const labelText = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Namespaces that belong to Kubernetes or to Flux. */
const reserved: ReadonlySet<string> = new Set(["default", "flux-system"]);

/** A value as text for messages: quoted, escaped, shortened. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) {
    return String(value);
  }
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

/** The first five of many names, quoted, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => quoted(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${String(more)} more` : shown.join(", ");
}

/** Whether text is a DNS label: what Kubernetes allows as a Namespace and we as a name. */
export function isDnsLabel(text: unknown): text is string {
  return typeof text === "string" && text.length <= 63 && dnsLabel.test(text);
}

/** Whether text is a DNS subdomain: what Kubernetes allows as the name of most objects. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && dnsSubdomain.test(text);
}

/** The finding for a name that is no DNS label. */
export function nameFindings(name: unknown, path: string): readonly Finding[] {
  if (isDnsLabel(name)) {
    return [];
  }
  return [
    {
      code: "INVALID_NAME",
      path,
      problem: `${quoted(name)} is not a DNS label.`,
      remedy:
        'Use lowercase letters, digits and "-", begin and end with a letter or digit, at most 63.',
    },
  ];
}

/** Whether a Namespace belongs to Kubernetes or Flux. */
export function isReservedNamespace(name: string): boolean {
  return reserved.has(name) || name.startsWith("kube-");
}

/** The findings for a Namespace that a tenant claims. */
export function namespaceFindings(namespace: unknown, path: string): readonly Finding[] {
  const invalid = nameFindings(namespace, path);
  if (invalid.length > 0 || !isReservedNamespace(String(namespace))) {
    return invalid;
  }
  return [
    {
      code: "RESERVED_NAMESPACE",
      path,
      problem: `${quoted(namespace)} belongs to Kubernetes or to Flux.`,
      remedy: "Give the tenant a Namespace of its own.",
    },
  ];
}

/** The finding for a name that cannot be a variable of post-build substitution. */
export function variableFindings(name: string, path: string): readonly Finding[] {
  if (variableName.test(name)) {
    return [];
  }
  return [
    {
      code: "INVALID_VARIABLE",
      path,
      problem: `${quoted(name)} cannot be substituted by Flux.`,
      remedy: "Use letters, digits and _, not beginning with a digit.",
    },
  ];
}

/** The finding for text that no YAML reader gives back. */
export function textFindings(text: string, path: string): readonly Finding[] {
  if (isPrintableString(text)) {
    return [];
  }
  return [
    {
      code: "UNPRINTABLE_STRING",
      path,
      problem: "The text holds half of a surrogate pair, which YAML cannot carry.",
      remedy: "Cut text between characters, not inside one.",
    },
  ];
}

/** Whether text is a label or annotation key: an optional DNS prefix and a name. */
export const isQualifiedName: (key: string) => boolean = rememberingAccepted((key) => {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  return (
    (prefix === undefined || (prefix.length <= 253 && dnsSubdomain.test(prefix))) &&
    name.length <= 63 &&
    labelText.test(name)
  );
});

/** Whether text is a label value. */
export function isLabelValue(value: string): boolean {
  return value === "" || (value.length <= 63 && labelText.test(value));
}
