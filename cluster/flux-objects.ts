import { at, listAt, numberAt, textAt, type KubeObject, type ObjectKind } from "./objects.js";

/** Namespace and name of the objects `flux bootstrap` makes: root source, root Kustomization, Git credentials. */
export const fluxSystem = "flux-system";

/** A Flux kind this package asks for. */
export type FluxKind =
  "Kustomization" | "GitRepository" | "OCIRepository" | "Bucket" | "HelmRepository" | "HelmRelease";

/** The kinds with the API version that all supported Flux versions serve. */
export const fluxKinds: Readonly<Record<FluxKind, ObjectKind>> = {
  Kustomization: { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" },
  GitRepository: { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" },
  OCIRepository: { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" },
  Bucket: { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "Bucket" },
  HelmRepository: { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "HelmRepository" },
  HelmRelease: { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" },
};

/** Whether this package asks for objects of the kind. */
export function isFluxKind(kind: string): kind is FluxKind {
  return Object.hasOwn(fluxKinds, kind);
}

/** The annotation that asks a Flux controller to reconcile now. */
export const requestedAt = "reconcile.fluxcd.io/requestedAt";

/** One entry of `status.conditions`. */
export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number | undefined;
}

/** A condition by its type, or undefined when the controller has not written it (yet). */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const found = listAt(object, "status", "conditions").find((one) => at(one, "type") === type);
  if (found === undefined) return undefined;
  return {
    status: textAt(found, "status") ?? "Unknown",
    reason: textAt(found, "reason") ?? "",
    message: textAt(found, "message") ?? "",
    observedGeneration: numberAt(found, "observedGeneration"),
  };
}

/** Whether a controller has seen the object's present declaration, in its status or in the condition it wrote last. */
export function generationSeen(object: KubeObject): boolean {
  const generation = object.metadata.generation;
  return (
    numberAt(object, "status", "observedGeneration") === generation ||
    conditionOf(object, "Ready")?.observedGeneration === generation
  );
}

/** `namespace/name` of the source a Kustomization reads, with its kind. */
export function sourceOf(kustomization: KubeObject): { kind: string; key: string } {
  const namespace =
    textAt(kustomization, "spec", "sourceRef", "namespace") ??
    kustomization.metadata.namespace ??
    "";
  const name = textAt(kustomization, "spec", "sourceRef", "name") ?? "";
  return {
    kind: textAt(kustomization, "spec", "sourceRef", "kind") ?? "",
    key: `${namespace}/${name}`,
  };
}

/** `namespace/name` of every Kustomization this one depends on. */
export function dependenciesOf(kustomization: KubeObject): readonly string[] {
  return listAt(kustomization, "spec", "dependsOn").map((one) => {
    const namespace = textAt(one, "namespace") ?? kustomization.metadata.namespace ?? "";
    return `${namespace}/${textAt(one, "name") ?? ""}`;
  });
}

/** `namespace/name` of the object. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

/** Whether somebody stopped the reconciliation of a Flux object. */
export function isSuspended(object: KubeObject): boolean {
  return at(object, "spec", "suspend") === true;
}

const attempting = /for revision (\S+) with a timeout/;

/**
 * The revision that a Kustomization tried last. Failures before the build leave `status.lastAttemptedRevision` as it was
 * (a missing path, an artifact that cannot be fetched); what the controller was doing then still names the revision.
 */
export function attemptedRevision(kustomization: KubeObject): string | undefined {
  const doing = conditionOf(kustomization, "Reconciling")?.message;
  const fetched = doing === undefined ? undefined : attempting.exec(doing)?.[1];
  return fetched ?? textAt(kustomization, "status", "lastAttemptedRevision");
}
