import type { Finding } from "../../../errors.js";
import {
  annotationFindings,
  foreignKeyFindings,
  labelFindings,
} from "../../../graph/values/labels.js";
import { isDnsSubdomain, nameFindings, quoted } from "../../../graph/values/names.js";
import { isPrintableString } from "../../../manifests/yaml-scalar.js";
import { ageSecretName } from "../age-secret.js";
import { gitSecretFindings } from "../document/kubernetes-secret.js";
import { contentFindings } from "./content-validation.js";
import { secretObject, secretTexts } from "./secret-object.js";
import type { SecretPart } from "./secret.js";

/** Longest name with which the file of a Secret has a name that every system takes. */
const longestName = 240;

/** Labels of Flux that a Secret may carry: whoever reads it is reconciled at once when it changes. */
const watchLabel = "reconcile.fluxcd.io/watch";

/**
 * The findings of a list of Secrets. No value is ever shown.
 *
 * @param namespace - Namespace of the owner; undefined when each Secret has to name its own
 * @param at - where the list is, for example `Tenant "payments": secrets`
 */
export function secretListFindings(
  secrets: readonly SecretPart<string>[],
  namespace: string | undefined,
  at: string,
): readonly Finding[] {
  const seen = new Set<string>();
  return secrets.flatMap((secret) => {
    const path = `${at}[${quoted(secret.name)}]`;
    const key = `${secret.args.namespace ?? namespace ?? ""}/${secret.name}`;
    const isTwice = seen.has(key);
    seen.add(key);
    return [
      ...(isTwice ? [duplicate(path)] : []),
      ...placeFindings(secret, namespace, path),
      ...valueFindings(secret, namespace, path),
    ];
  });
}

function placeFindings(
  { name, args }: SecretPart<string>,
  namespace: string | undefined,
  path: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (!isDnsSubdomain(name) || name.length > longestName) {
    findings.push({
      code: "INVALID_NAME",
      path,
      problem: `${quoted(name)} is not the name of a Secret.`,
      remedy: `Use lowercase letters, digits, "-" and ".", begin and end with a letter or digit, at most ${String(longestName)}.`,
    });
  } else if (name === ageSecretName) {
    findings.push({
      code: "RESERVED_NAMESPACE",
      path,
      problem: `${quoted(name)} is the Secret with the identities that decrypt.`,
      remedy: "Choose another name.",
    });
  }
  if (args.namespace !== undefined) {
    findings.push(...nameFindings(args.namespace, `${path}.namespace`));
    if (namespace !== undefined && namespace !== args.namespace) {
      findings.push({
        code: "INVALID_ARGUMENT",
        path: `${path}.namespace`,
        problem: `The Secrets of a tenant are in its Namespace, ${quoted(namespace)}.`,
        remedy: "Leave `namespace` out, or give the Secret to a layer or the cluster.",
      });
    }
  } else if (namespace === undefined) {
    findings.push({
      code: "MISSING_NAMESPACE",
      path: `${path}.namespace`,
      problem: "The Secret names no Namespace, and its owner has none.",
      remedy: "Give `namespace` in the options of the Secret.",
    });
  }
  const { labels = {}, annotations = {} } = args;
  const free = Object.fromEntries(Object.entries(labels).filter(([key]) => key !== watchLabel));
  return [
    ...findings,
    ...labelFindings(labels, `${path}.labels`),
    ...foreignKeyFindings(free, `${path}.labels`),
    ...annotationFindings(annotations, `${path}.annotations`),
    ...foreignKeyFindings(annotations, `${path}.annotations`),
  ];
}

function valueFindings(
  secret: SecretPart<string>,
  namespace: string | undefined,
  path: string,
): readonly Finding[] {
  const broken = Object.entries(secretTexts(secret.args)).filter(
    ([, text]) => !isPrintableString(text),
  );
  const wrong = broken.map(([key]) =>
    invalid(
      `${path}.${key}`,
      "The value holds half of a surrogate pair (it is not shown).",
      "Cut text between characters, not inside one.",
    ),
  );
  if (wrong.length > 0) return wrong;
  const object = secretObject(secret, { namespace: namespace ?? "default" });
  const findings = gitSecretFindings(object).map((finding) => ({
    ...finding,
    path: `${path}.${finding.path}`,
  }));
  return findings.length > 0 ? findings : contentFindings(secret.args, path);
}

function duplicate(path: string): Finding {
  return {
    code: "DUPLICATE_IDENTITY",
    path,
    problem: "Two Secrets of one Namespace have this name.",
    remedy: "Give one of them another name, or put the keys of both into one.",
  };
}

function invalid(path: string, problem: string, remedy: string): Finding {
  return { code: "INVALID_SECRET", path, problem, remedy };
}
