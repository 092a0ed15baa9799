import { kustomizationFile } from "../../manifests/kustomization-file.js";
import type { KubernetesObject, Manifest } from "../../manifests/manifest.js";
import { repoPath } from "../../manifests/repo-path.js";
import { printYaml } from "../../manifests/yaml.js";
import { phaseContent } from "../../graph/offboarding.js";
import { keepPatches } from "../bootstrap/keep.js";
import { lockdownPatches, platformServiceAccount } from "../bootstrap/lockdown.js";
import {
  fluxNamespace,
  kustomizationApi,
  lockedDownRoot,
  rootKustomization,
  rootSource,
} from "../bootstrap/sync.js";
import { layerDirectory } from "../layer/directories.js";
import { ageSecretName } from "../sops/age-secret.js";
import { tenantLabel } from "../tenant/manifests.js";
import type { FluxInstall } from "./flux-install.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "./model.js";
import { clusterDirectory, tenantDirectory } from "./paths.js";
import type { RenderedFile } from "./rendered.js";
import { renderedFile } from "./rendered-file.js";
import { dependencyReferences } from "./references.js";

/** Name of the ConfigMap with a cluster's variables. */
export const variablesName = "flux-runtime-info";

/** The files and objects below `clusters/` of one cluster. */
export interface ClusterTree {
  readonly files: readonly RenderedFile[];
  readonly manifests: readonly Manifest[];
  readonly source: KubernetesObject;
  readonly root: KubernetesObject;
}

/** Renders what the root Kustomization of a cluster applies. */
export function clusterTree(
  model: FleetModel,
  cluster: ModelCluster,
  install: FluxInstall,
): ClusterTree {
  const files: RenderedFile[] = [];
  const manifests: Manifest[] = [];
  const directory = clusterDirectory(cluster);
  const part = `cluster "${cluster.name}"`;
  const rootName = `${fluxNamespace}/${fluxNamespace}`;

  const addText = (name: string, text: string, owner: string): void => {
    files.push(renderedFile(`${directory}/${name}`, text, owner));
  };
  const addObjects = (name: string, objects: readonly KubernetesObject[], owner: string): void => {
    const path = repoPath(`${directory}/${name}`);
    for (const object of objects) {
      const { name: on } = cluster;
      manifests.push({
        object,
        cluster: on,
        applier: "flux",
        path,
        appliedBy: rootName,
        part: owner,
      });
    }
  };

  const tenants = cluster.tenants.filter(({ phase }) => phaseContent(phase).base);
  const entries = [
    "flux-system",
    ...cluster.layers.map(({ name }) => `${name}.yaml`),
    ...tenants.map(({ name }) => `tenants/${name}.yaml`),
  ];
  addText("kustomization.yaml", printYaml([kustomizationFile(entries)]), part);

  const { repository } = model.declaration;
  const source = rootSource({
    url: repository.url,
    branch: repository.branch,
    interval: repository.sync?.interval,
    credentials: repository.sync?.credentials !== undefined,
    path: cluster.path,
  });
  const plainRoot = rootKustomization(directory);
  const root = cluster.lockdown ? lockedDownRoot(plainRoot) : plainRoot;
  const variables = variablesObject(cluster);

  const gotk = repoPath(`${directory}/flux-system/gotk-components.yaml`);
  // Not looked through for unknown values: nothing of the declaration is in it.
  files.push({ path: gotk, text: install.text, part });
  addObjects("flux-system/gotk-components.yaml", install.objects, part);
  addText("flux-system/gotk-sync.yaml", printYaml([source, plainRoot]), part);
  addObjects("flux-system/gotk-sync.yaml", [source, root], part);
  if (variables !== undefined) {
    addText(`flux-system/${variablesName}.yaml`, printYaml([variables]), part);
    addObjects(`flux-system/${variablesName}.yaml`, [variables], part);
  }
  addText(
    "flux-system/kustomization.yaml",
    printYaml([
      kustomizationFile(
        [
          ...(variables === undefined ? [] : [`${variablesName}.yaml`]),
          "gotk-components.yaml",
          "gotk-sync.yaml",
        ],
        {
          patches: [
            ...(cluster.lockdown ? lockdownPatches(install.components) : []),
            ...keepPatches,
          ],
        },
      ),
    ]),
    part,
  );

  for (const layer of cluster.layers) {
    const object = layerKustomization(model, cluster, layer);
    addText(`${layer.name}.yaml`, printYaml([object]), `layer "${layer.name}"`);
    addObjects(`${layer.name}.yaml`, [object], `layer "${layer.name}"`);
  }
  for (const tenant of tenants) {
    const object = tenantKustomization(cluster, tenant);
    const file = `tenants/${tenant.name}.yaml`;
    addText(file, printYaml([object]), `tenant "${tenant.name}"`);
    addObjects(file, [object], `tenant "${tenant.name}"`);
  }
  return { files, manifests, source, root };
}

/** The Kustomization of a layer: applied by the platform, Ready when all of it is. */
function layerKustomization(
  model: FleetModel,
  cluster: ModelCluster,
  layer: ModelLayer,
): KubernetesObject {
  const { args } = layer.part;
  const dependsOn = dependencyReferences(model, args.dependsOn ?? []);
  return {
    apiVersion: kustomizationApi,
    kind: "Kustomization",
    metadata: { name: layer.name, namespace: fluxNamespace },
    spec: {
      ...decryption(cluster),
      ...(dependsOn.length > 0 ? { dependsOn } : {}),
      interval: args.interval ?? "60m",
      path: `./${layerDirectory(layer.part, cluster.environment)}`,
      ...(variablesObject(cluster) === undefined
        ? {}
        : { postBuild: { substituteFrom: [{ kind: "ConfigMap", name: variablesName }] } }),
      prune: args.prune ?? true,
      retryInterval: args.retryInterval ?? "2m",
      serviceAccountName: platformServiceAccount,
      sourceRef: { kind: "GitRepository", name: fluxNamespace },
      timeout: args.timeout ?? "5m",
      ...((args.wait ?? true) ? { wait: true } : {}),
    },
  };
}

/**
 * The platform's Kustomization of a tenant. It does not wait: the tenant's own one says how the
 * workload is, and a broken tenant must not hold up the removal of another.
 */
function tenantKustomization(cluster: ModelCluster, tenant: ModelTenant): KubernetesObject {
  return {
    apiVersion: kustomizationApi,
    kind: "Kustomization",
    metadata: {
      name: tenant.name,
      namespace: fluxNamespace,
      labels: { [tenantLabel]: tenant.name },
    },
    spec: {
      ...decryption(cluster),
      interval: "60m",
      path: `./${tenantDirectory(cluster, tenant.name)}`,
      prune: true,
      retryInterval: "2m",
      serviceAccountName: platformServiceAccount,
      sourceRef: { kind: "GitRepository", name: fluxNamespace },
      timeout: "5m",
    },
  };
}

function decryption(cluster: ModelCluster): object {
  return cluster.part.args.age === undefined
    ? {}
    : { decryption: { provider: "sops", secretRef: { name: ageSecretName } } };
}

function variablesObject(cluster: ModelCluster): KubernetesObject | undefined {
  const variables = cluster.part.args.variables ?? {};
  if (Object.keys(variables).length === 0) {
    return undefined;
  }
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: variablesName,
      namespace: fluxNamespace,
      // So that a changed variable reaches the layers at once.
      labels: { "reconcile.fluxcd.io/watch": "Enabled" },
    },
    data: variables,
  };
}
