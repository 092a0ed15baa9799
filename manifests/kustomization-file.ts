import { FleetError, type Finding } from "../errors.js";

/** Which objects a patch is for. Each field is a regular expression for kustomize, anchored by it. */
export interface PatchTarget {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

/** One patch in kustomize's own form: a strategic merge or JSON 6902 patch as YAML text. */
export interface KustomizePatch {
  readonly patch: string;
  readonly target?: PatchTarget;
}

/** What a kustomization file holds besides its resources. */
export interface KustomizationFileOptions {
  /** Sets the namespace of every namespaced object. */
  readonly namespace?: string;
  /** Applied in this order. */
  readonly patches?: readonly KustomizePatch[];
}

/** The object of a `kustomization.yaml`. It has no metadata: kustomize reads it, no API server does. */
export interface KustomizationFile {
  readonly apiVersion: "kustomize.config.k8s.io/v1beta1";
  readonly kind: "Kustomization";
  readonly namespace?: string;
  readonly resources: readonly string[];
  readonly patches?: readonly KustomizePatch[];
}

/**
 * The object of a `kustomization.yaml` that lists exactly these resources, sorted, so that the
 * order of declaration never shows. Paths are relative to the file's directory.
 *
 * @throws FleetError PATH_COLLISION when a resource is listed twice: kustomize would fail on it
 * @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function kustomizationFile(
  resources: readonly string[],
  options: KustomizationFileOptions = {},
): KustomizationFile {
  const sorted = [...resources].sort();
  const findings = sorted
    .filter((resource, index) => resource === sorted[index - 1])
    .map((resource): Finding => ({
      code: "PATH_COLLISION",
      path: `resources: ${resource}`,
      problem: "The resource is listed twice in one kustomization file.",
      remedy: "List it once.",
    }));
  if (findings.length > 0) throw new FleetError(findings);
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    resources: sorted,
    ...(options.patches === undefined || options.patches.length === 0
      ? {}
      : { patches: options.patches }),
  };
}
