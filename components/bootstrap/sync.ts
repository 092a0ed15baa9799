import type { KubernetesObject } from "../../manifests/manifest.js";
import { platformServiceAccount } from "./lockdown.js";

/** Namespace of Flux and of everything the platform applies through it. */
export const fluxNamespace = "flux-system";

/** API versions of the Flux kinds we render; each is the only one served by Flux 2.7 and later. */
export const gitRepositoryApi = "source.toolkit.fluxcd.io/v1";
export const kustomizationApi = "kustomize.toolkit.fluxcd.io/v1";

/** What the root objects of a cluster are made of. */
export interface SyncOptions {
  readonly url: string;
  readonly branch: string;
  readonly interval: string | undefined;
  /** Whether the repository needs a login, then in Secret `flux-system`. */
  readonly credentials: boolean;
  /** Directory of the root Kustomization, without leading `./`. */
  readonly path: string;
  /** Directories that are fetched; each has to exist, or nothing is. @default all */
  readonly sparseCheckout?: readonly string[] | undefined;
}

/** The GitRepository of the fleet repository, as `flux bootstrap` names it. */
export function rootSource(options: SyncOptions): KubernetesObject {
  return {
    apiVersion: gitRepositoryApi,
    kind: "GitRepository",
    metadata: { name: fluxNamespace, namespace: fluxNamespace },
    spec: {
      interval: options.interval ?? "1m",
      ref: { branch: options.branch },
      ...(options.credentials ? { secretRef: { name: fluxNamespace } } : {}),
      ...(options.sparseCheckout === undefined ? {} : { sparseCheckout: options.sparseCheckout }),
      url: options.url,
    },
  };
}

/**
 * The root Kustomization. It never decrypts and never waits: with `wait` one bad tenant would make
 * every sync of the cluster fail.
 */
export function rootKustomization(path: string): KubernetesObject {
  return {
    apiVersion: kustomizationApi,
    kind: "Kustomization",
    metadata: { name: fluxNamespace, namespace: fluxNamespace },
    spec: {
      interval: "10m",
      path: `./${path}`,
      prune: true,
      sourceRef: { kind: "GitRepository", name: fluxNamespace },
    },
  };
}

/** The root Kustomization as the lockdown patch leaves it. */
export function lockedDownRoot(root: KubernetesObject): KubernetesObject {
  return { ...root, spec: { ...specOf(root), serviceAccountName: platformServiceAccount } };
}

function specOf(object: KubernetesObject): object {
  const spec = object["spec"];
  return typeof spec === "object" && spec !== null ? spec : {};
}
