import type { Finding } from "../errors.js";
import { variableFindings } from "../graph/values/names.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { isPlainObject } from "../manifests/printable.js";

/**
 * The findings of variables that kustomize-controller would refuse to substitute, which no CRD says.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 */
export function substitutionFindings(object: KubernetesObject, at: string): readonly Finding[] {
  if (object.kind !== "Kustomization") return [];
  const spec = fieldsOf(object["spec"]);
  const substitute = fieldsOf(fieldsOf(spec["postBuild"])["substitute"]);
  return Object.keys(substitute).flatMap((name) =>
    variableFindings(name, `${at}spec.postBuild.substitute[${JSON.stringify(name)}]`),
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {};
}
