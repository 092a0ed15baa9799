import type { KubernetesObject } from "../../manifests/manifest.js";
import { platformServiceAccount } from "../bootstrap/lockdown.js";
import { fluxNamespace, kustomizationApi } from "../bootstrap/sync.js";
import { ageSecretName } from "../sops/age-secret.js";
import type { OverriddenCluster } from "../fleet/overrides.js";
import { overridden, overridesOn } from "../fleet/overrides.js";
import type { KustomizationReference } from "../tenant/manifests.js";
import type { LayerContents } from "./contents.js";
import type { NamedLayer } from "./directories.js";
import type { LayerDecryption } from "./layer.js";
import { layerDirectory } from "./directories.js";
import { clusterKustomizePatches } from "./manifests.js";

/** What a Kustomization of a layer takes from its cluster. */
export interface KustomizationPlace {
  readonly cluster: OverriddenCluster;
  /** Kustomizations that are Ready before. */
  readonly dependsOn: readonly KustomizationReference[];
  /** Name of the ConfigMap with the variables of the cluster, when it has any. */
  readonly variablesFrom?: string | undefined;
}

/**
 * The Kustomization of a layer on one cluster: applied by the platform, Ready when all of it is.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function layerKustomization(
  layer: NamedLayer,
  contents: LayerContents,
  { cluster, dependsOn, variablesFrom }: KustomizationPlace,
): KubernetesObject {
  const args = overridden(layer.args, overridesOn(layer.args.overrides, cluster));
  const inline = contents.clusters.get(cluster.name)?.variables.inline ?? {};
  const postBuild = {
    ...(Object.keys(inline).length === 0 ? {} : { substitute: inline }),
    ...(variablesFrom === undefined
      ? {}
      : { substituteFrom: [{ kind: "ConfigMap", name: variablesFrom }] }),
  };
  const patches = clusterKustomizePatches(layer, contents, cluster);
  return {
    apiVersion: kustomizationApi,
    kind: "Kustomization",
    metadata: { name: layer.name, namespace: fluxNamespace },
    spec: {
      ...given({ decryption: args.decryption && decryptionSpec(args.decryption) }),
      ...filled({ dependsOn, patches, healthChecks: args.healthChecks ?? [] }),
      ...filled({ healthCheckExprs: args.healthCheckExprs ?? [] }),
      ...(Object.keys(postBuild).length === 0 ? {} : { postBuild }),
      interval: args.interval ?? "60m",
      path: `./${layerDirectory(layer, cluster.environment)}`,
      prune: args.prune ?? true,
      retryInterval: args.retryInterval ?? "2m",
      serviceAccountName: args.serviceAccountName ?? platformServiceAccount,
      sourceRef: { kind: "GitRepository", name: fluxNamespace },
      timeout: args.timeout ?? "5m",
      ...((args.wait ?? true) ? { wait: true } : {}),
    },
  };
}

/** Whether a layer decrypts with the identity of its clusters. */
export function readsIdentity({ secretRef, serviceAccountName }: LayerDecryption): boolean {
  const secret = secretRef?.name ?? (serviceAccountName === undefined ? ageSecretName : undefined);
  return secret === ageSecretName;
}

/** `spec.decryption` of a Kustomization. @default with the identity of the cluster */
export function decryptionSpec(decryption: LayerDecryption = {}): object {
  const { provider = "sops", secretRef, serviceAccountName } = decryption;
  const secret = readsIdentity(decryption) ? { name: ageSecretName } : secretRef;
  return { provider, ...given({ secretRef: secret, serviceAccountName }) };
}

/** The fields that have a value. */
function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The lists that are not empty. */
function filled(
  fields: Readonly<Record<string, readonly unknown[]>>,
): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0));
}
