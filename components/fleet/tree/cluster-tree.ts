import { kustomizationFile } from "../../../manifests/kustomization-file.js";
import type { KubernetesObject, Manifest } from "../../../manifests/manifest.js";
import { patched } from "../../../manifests/object-patch.js";
import { repoPath, repoPathIn } from "../../../manifests/repo-path.js";
import { printYaml } from "../../../manifests/yaml.js";
import { isInGit } from "../../../graph/changes/appliers.js";
import { keepPatches } from "../../bootstrap/keep.js";
import { lockdownPatches, platformServiceAccount } from "../../bootstrap/lockdown.js";
import {
  fluxNamespace,
  kustomizationApi,
  lockedDownRoot,
  rootKustomization,
  rootSource,
} from "../../bootstrap/sync.js";
import { decryptionSpec, layerKustomization } from "../../layer/kustomization.js";
import type { KustomizationReference } from "../../tenant/manifests.js";
import { tenantLabel } from "../../tenant/manifests.js";
import { patchedFlux } from "./cluster-patches.js";
import { clusterPartFiles } from "./cluster-parts.js";
import { clusterVariables, variablesName } from "./cluster-variables.js";
import type { FluxInstall } from "./flux-install.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "../model.js";
import { clusterDirectory, tenantDirectory } from "./paths.js";
import type { RenderedFile } from "../rendered.js";
import { renderedFile } from "./rendered-file.js";
import { dependencyReferences } from "../references.js";
import { tenantDecrypts } from "../cluster-identity.js";
import type { SecretDirectory } from "./secret-directories.js";
import { layerSecretsName, secretDirectories, secretsKustomization } from "./secret-directories.js";
import { sparseDirectories } from "./sparse-directories.js";

/** The files and objects below `clusters/` of one cluster. */
export interface ClusterTree {
  readonly files: readonly RenderedFile[];
  readonly manifests: readonly Manifest[];
  /** What the Kustomizations of Secrets among them apply. */
  readonly secrets: readonly SecretDirectory[];
  /** Objects of Flux as they are applied on this cluster. */
  readonly install: readonly KubernetesObject[];
  readonly source: KubernetesObject;
  readonly root: KubernetesObject;
}

/** Renders what the root Kustomization of a cluster applies. */
export function clusterTree(
  model: FleetModel,
  cluster: ModelCluster,
  install: FluxInstall,
): ClusterTree {
  const secrets = secretDirectories(model, cluster);
  const files: RenderedFile[] = [];
  const manifests: Manifest[] = [];
  const directory = repoPath(clusterDirectory(cluster));
  const part = `cluster "${cluster.name}"`;
  const rootName = `${fluxNamespace}/${fluxNamespace}`;

  const addText = (name: string, text: string, owner: string): void => {
    files.push(renderedFile(repoPathIn(directory, name), text, owner));
  };
  const addObjects = (name: string, objects: readonly KubernetesObject[], owner: string): void => {
    const path = repoPathIn(directory, name);
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

  const tenants = cluster.tenants.filter(isInGit);
  const parts = clusterPartFiles(model, cluster);
  const entries = [
    "flux-system",
    ...parts.map(({ name }) => name),
    ...[...secrets, ...cluster.layers].map(({ name }) => `${name}.yaml`),
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
    sparseCheckout: sparseDirectories(model, cluster, secrets.length > 0),
  });
  const plainRoot = rootKustomization(directory);
  const lockedRoot = cluster.lockdown ? lockedDownRoot(plainRoot) : plainRoot;
  const { patches = [] } = cluster.part.args;
  const flux = patchedFlux({ install: install.objects, source, root: lockedRoot }, patches);
  const variables = clusterVariables(cluster.part.args);

  const gotk = repoPath(`${directory}/flux-system/gotk-components.yaml`);
  // Not looked through for unknown values: nothing of the declaration is in it.
  files.push({ path: gotk, text: install.text, part });
  addObjects("flux-system/gotk-components.yaml", flux.install, part);
  addText("flux-system/gotk-sync.yaml", printYaml([source, plainRoot]), part);
  addObjects("flux-system/gotk-sync.yaml", [flux.source, flux.root], part);
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
            ...flux.patches,
          ],
        },
      ),
    ]),
    part,
  );

  for (const { name, objects } of parts) {
    const applied = objects.map((object) => patched(object, patches));
    addText(name, printYaml(applied), part);
    addObjects(name, applied, part);
  }
  for (const one of secrets) {
    const object = patched(secretsKustomization(one), patches);
    addText(`${one.name}.yaml`, printYaml([object]), one.part);
    addObjects(`${one.name}.yaml`, [object], one.part);
  }
  const kustomizationOf = ({ name, part: { args }, contents }: ModelLayer): KubernetesObject =>
    layerKustomization({ name, args }, contents, {
      cluster,
      dependsOn: [
        ...dependencyReferences(model, args.dependsOn ?? []),
        ...secretsOf(name, secrets),
      ],
      variablesFrom: variables === undefined ? undefined : variablesName,
    });
  for (const layer of cluster.layers) {
    const object = patched(kustomizationOf(layer), patches);
    addText(`${layer.name}.yaml`, printYaml([object]), `layer "${layer.name}"`);
    addObjects(`${layer.name}.yaml`, [object], `layer "${layer.name}"`);
  }
  for (const tenant of tenants) {
    const object = patched(tenantKustomization(cluster, tenant), patches);
    const file = `tenants/${tenant.name}.yaml`;
    const owner = `tenant "${tenant.name}"`;
    addText(file, printYaml([object]), owner);
    addObjects(file, [object], owner);
  }
  const { source: patchedSource, root } = flux;
  return { files, manifests, secrets, install: flux.install, source: patchedSource, root };
}

/**
 * The platform's Kustomization of a tenant. It does not wait: the tenant's own one says how the
 * workload is, and a broken tenant must not hold up the removal of another.
 */
function tenantKustomization(cluster: ModelCluster, tenant: ModelTenant): KubernetesObject {
  const secrets = tenantDecrypts(tenant.part.args) ? ageDecryption : undefined;
  // Behind the optional fields, because a literal that begins with a spread is slow.
  const always = {
    interval: "60m",
    path: `./${tenantDirectory(cluster, tenant.name)}`,
    prune: true,
    retryInterval: "2m",
    serviceAccountName: platformServiceAccount,
    sourceRef: fleetSource,
    timeout: "5m",
  };
  const leaves = tenant.applier === "leaving-flux";
  const spec = leaves ? { deletionPolicy: "Orphan", ...always } : always;
  return {
    apiVersion: kustomizationApi,
    kind: "Kustomization",
    metadata: {
      name: tenant.name,
      namespace: fluxNamespace,
      labels: { [tenantLabel]: tenant.name },
    },
    spec: secrets === undefined ? spec : { decryption: secrets, ...spec },
  };
}

/** The Kustomization with the Secrets of a layer, when it has any. */
function secretsOf(
  layer: string,
  secrets: readonly SecretDirectory[],
): readonly KustomizationReference[] {
  const name = layerSecretsName(layer);
  return secrets.some((one) => one.name === name) ? [{ name, namespace: fluxNamespace }] : [];
}

// The same for every tenant, so that 4,000 of them do not hold 12,000 objects.
const fleetSource = { kind: "GitRepository", name: fluxNamespace };
const ageDecryption = decryptionSpec();
