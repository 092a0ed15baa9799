import type { KubernetesObject } from "../../manifests/manifest.js";

/** One controller of a Flux release. */
export interface InstallComponent {
  /** Version of the controller itself. */
  readonly version: string;
  /** Whether it is installed only when asked for. */
  readonly extra: boolean;
  /** Its CRDs, ServiceAccount, Deployment and Services. */
  readonly objects: readonly KubernetesObject[];
}

/** What `flux install` prints with default options for all components of one release, as data. */
export interface InstallManifests {
  /** Flux version without leading `v`. */
  readonly version: string;
  /** The controllers by name. */
  readonly components: Readonly<Record<string, InstallComponent>>;
  /** What every installation has, whatever its components. */
  readonly shared: { readonly objects: readonly KubernetesObject[] };
}
