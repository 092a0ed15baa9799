const source = "source.toolkit.fluxcd.io";
const image = "image.toolkit.fluxcd.io";
const notification = "notification.toolkit.fluxcd.io";

/** The API group and the controller of every kind of Flux. */
export const fluxKinds: Readonly<Record<FluxKind, FluxKindInfo>> = {
  GitRepository: { group: source, controller: "source-controller" },
  OCIRepository: { group: source, controller: "source-controller" },
  HelmRepository: { group: source, controller: "source-controller" },
  HelmChart: { group: source, controller: "source-controller" },
  Bucket: { group: source, controller: "source-controller" },
  ExternalArtifact: { group: source, controller: "source-controller" },
  ArtifactGenerator: { group: "source.extensions.fluxcd.io", controller: "source-watcher" },
  Kustomization: { group: "kustomize.toolkit.fluxcd.io", controller: "kustomize-controller" },
  HelmRelease: { group: "helm.toolkit.fluxcd.io", controller: "helm-controller" },
  ImageRepository: { group: image, controller: "image-reflector-controller" },
  ImagePolicy: { group: image, controller: "image-reflector-controller" },
  ImageUpdateAutomation: { group: image, controller: "image-automation-controller" },
  Provider: { group: notification, controller: "notification-controller" },
  Alert: { group: notification, controller: "notification-controller" },
  Receiver: { group: notification, controller: "notification-controller" },
};

/** Where a kind of Flux belongs. */
export interface FluxKindInfo {
  readonly group: string;
  /** Name of the controller that reconciles it. */
  readonly controller: string;
}

/** A kind of Flux. */
export type FluxKind =
  | "GitRepository"
  | "OCIRepository"
  | "HelmRepository"
  | "HelmChart"
  | "Bucket"
  | "ExternalArtifact"
  | "ArtifactGenerator"
  | "Kustomization"
  | "HelmRelease"
  | "ImageRepository"
  | "ImagePolicy"
  | "ImageUpdateAutomation"
  | "Provider"
  | "Alert"
  | "Receiver";

/** A kind that something of Flux can refer to by its name alone. */
export type TargetKind = FluxKind | "Secret" | "ConfigMap" | "ServiceAccount" | "Namespace";

/** The API group of an object: what stands before the version, "" for the core. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.lastIndexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The API group of a kind that is known, otherwise undefined. */
export function groupOfKind(kind: string): string | undefined {
  if (isFluxKind(kind)) return fluxKinds[kind].group;
  const core = ["Secret", "ConfigMap", "ServiceAccount", "Namespace"];
  return core.includes(kind) ? "" : undefined;
}

/** Whether an object is of this kind of Flux. */
export function isOfKind(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  wanted: FluxKind,
): boolean {
  return kind === wanted && groupOf(apiVersion) === fluxKinds[wanted].group;
}

/** The kind of Flux that an object is of; undefined for everything else. */
export function fluxKindOf({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): FluxKind | undefined {
  return isFluxKind(kind) && groupOf(apiVersion) === fluxKinds[kind].group ? kind : undefined;
}

function isFluxKind(kind: string): kind is FluxKind {
  return Object.hasOwn(fluxKinds, kind);
}
