import type { Finding } from "../../errors.js";
import { rememberingAccepted } from "../../manifests/accepted-texts.js";
import { isPrintableString } from "../../manifests/yaml-scalar.js";
import { isLabelValue, isQualifiedName, quoted, textFindings } from "./names.js";
import { isUnknown } from "./unknown-value.js";

/** Prefixes whose keys belong to Flux or to Pulumi. */
const foreignPrefixes = [
  "kustomize.toolkit.fluxcd.io/",
  "reconcile.fluxcd.io/",
  "toolkit.fluxcd.io/",
  "pulumi.com/",
] as const;

/** Most bytes that all annotations of one object may have. */
const annotationLimit = 256 * 1024;

/** The findings of labels: keys and values by the rules of Kubernetes. */
export function labelFindings(
  labels: Readonly<Record<string, unknown>>,
  path: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const key of Object.keys(labels)) {
    const value = labels[key];
    if (!isQualifiedName(key)) findings.push(invalidKey(key, path));
    if (isUnknown(value) || (typeof value === "string" && isLabelValue(value))) continue;
    findings.push({
      code: "INVALID_LABEL",
      path: `${path}[${quoted(key)}]`,
      problem: `${quoted(value)} is not a label value.`,
      remedy:
        'Use letters, digits, "-", "_" and ".", begin and end with a letter or digit, at most 63.',
    });
  }
  return findings;
}

/** The findings of annotations: keys by the rules of Kubernetes, values of any text, a limit in sum. */
export function annotationFindings(
  annotations: Readonly<Record<string, unknown>>,
  path: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  let units = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    if (!isQualifiedName(key)) findings.push(invalidKey(key, path));
    if (typeof value !== "string") {
      findings.push({
        code: "INVALID_LABEL",
        path: `${path}[${quoted(key)}]`,
        problem: "The value of an annotation is not text.",
        remedy: "Write it as a string.",
      });
    } else {
      units += key.length + value.length;
      if (!isPrintableString(value)) {
        findings.push(...textFindings(value, `${path}[${quoted(key)}]`));
      }
    }
  }
  // No character has more than three bytes for each of its UTF-16 code units.
  const size = units * 3 > annotationLimit ? annotationSize(annotations) : 0;
  if (size > annotationLimit) {
    findings.push({
      code: "INVALID_LABEL",
      path,
      problem: `All annotations together have ${String(size)} bytes.`,
      remedy: `Keep them below ${String(annotationLimit)} bytes.`,
    });
  }
  return findings;
}

/** Bytes of all keys and texts. */
function annotationSize(annotations: Readonly<Record<string, unknown>>): number {
  return Object.entries(annotations)
    .filter(([, value]) => typeof value === "string")
    .flat()
    .reduce((sum: number, text) => sum + Buffer.byteLength(String(text)), 0);
}

const isFreeKey = rememberingAccepted(
  (key) => !foreignPrefixes.some((prefix) => key.startsWith(prefix)),
);

/** The findings of keys that Flux, Pulumi or this library sets itself. */
export function foreignKeyFindings(
  keys: Readonly<Record<string, unknown>>,
  path: string,
): readonly Finding[] {
  return Object.keys(keys)
    .filter((key) => !isFreeKey(key))
    .map((key) => ({
      code: "RESERVED_KEY",
      path: `${path}[${quoted(key)}]`,
      problem: `${quoted(key)} is set by Flux, Pulumi or this library.`,
      remedy: "Remove it.",
    }));
}

function invalidKey(key: string, path: string): Finding {
  return {
    code: "INVALID_LABEL",
    path: `${path}[${quoted(key)}]`,
    problem: `${quoted(key)} is not a label or annotation key.`,
    remedy:
      'Use a name of at most 63 letters, digits, "-", "_", ".", with at most one DNS prefix before "/".',
  };
}
