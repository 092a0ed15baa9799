import type { Finding } from "../../errors.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import { objectTitle } from "../objects.js";
import { fieldsOf } from "../references/references.js";
import { isUnknown } from "../values/unknown-value.js";
import { isCiphertext } from "./encryption.js";
import type { PlacedSecret } from "./placed-secrets.js";
import { secretPlaceOf } from "./placed-secrets.js";

/** Annotation of a Secret whose values everybody may read; its value is the reason. */
export const plainReasonAnnotation = "pulumi-flux-fleet/plain-reason";

/** The findings about values of Secrets that stand in the repository for everybody to read. */
export function plainFindings(secrets: readonly PlacedSecret[]): readonly Finding[] {
  return secrets.flatMap((secret): readonly Finding[] => {
    const path = secretPlaceOf(secret);
    if (secret.kind === "object") {
      return hasPlainValues(secret.object)
        ? [plainFinding(`${path}: ${objectTitle(secret.object)}`)]
        : [];
    }
    if (secret.kind === "whole" || !secret.isPlain) return [];
    const { file, listing } = secret;
    return [plainFinding(file === listing ? path : `${path} (of ${listing})`)];
  });
}

function plainFinding(path: string): Finding {
  return {
    code: "SECRET_IN_GIT",
    path,
    problem: "Values of a Secret stand in Git as plain text (they are not shown).",
    remedy: `Declare it in \`secrets\` of the layer, or encrypt the file with \`sops\`; replace the values, for they stay in the history. If everybody may read them, say why in the annotation ${plainReasonAnnotation}.`,
  };
}

/**
 * Whether somebody who reads this Secret learns a value of it. Values that are empty, encrypted, not
 * known yet, or put together on the cluster from a variable (`${NAME}`) tell nothing. In an encrypted
 * one a key that ends `_unencrypted` is meant to be read; what else is plain there, a wrong rule left.
 */
export function hasPlainValues(object: KubernetesObject): boolean {
  const isSecret = object.apiVersion === "v1" && object.kind === "Secret";
  const reason = fieldsOf(object.metadata.annotations)[plainReasonAnnotation];
  if (!isSecret || (typeof reason === "string" && reason.trim() !== "")) return false;
  const isMeant = (key: string): boolean =>
    object["sops"] !== undefined && key.endsWith("_unencrypted");
  return [object["data"], object["stringData"]].some((values) =>
    Object.entries(fieldsOf(values)).some(([key, value]) => !isMeant(key) && isPlainValue(value)),
  );
}

/** Whether a value of a Secret can be read as it stands. */
export function isPlainValue(value: unknown): boolean {
  if (value === null || value === "" || isUnknown(value) || isCiphertext(value)) return false;
  // With a default, `${NAME:=default}`, the value itself is there.
  return typeof value !== "string" || !/(?<!\$)\$\{[A-Za-z_]\w*\}/.test(value);
}
