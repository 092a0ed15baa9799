import { printYaml } from "../../manifests/yaml.js";
import type { Manifest } from "../../manifests/manifest.js";
import { repoPath } from "../../manifests/repo-path.js";
import { isInGit } from "../../graph/changes/appliers.js";
import { phaseContent } from "../../graph/changes/offboarding.js";
import type { FluxComponent } from "../bootstrap/flux-components.js";
import { selectedComponents } from "../bootstrap/flux-components.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import { writtenPlaces } from "../layer/directories.js";
import { readsIdentity } from "../layer/kustomization.js";
import type { CreationRule } from "../sops/creation-rules.js";
import { creationRules } from "../sops/creation-rules.js";
import { clusterTree } from "./tree/cluster-tree.js";
import type { ClusterTree } from "./tree/cluster-tree.js";
import { fleetRecord } from "./tree/fleet-record.js";
import { fluxInstalls } from "./tree/flux-install.js";
import { layerManifests, layerTree } from "./tree/layer-tree.js";
import type { FleetModel, ModelCluster, ModelTenant } from "./model.js";
import { clusterDirectory, secretsDirectory, tenantsDirectory } from "./tree/paths.js";
import { plannedSecrets } from "./tree/planned-secrets.js";
import type {
  AppliedObjects,
  ClusterTenant,
  RenderContext,
  RenderedCluster,
  RenderedFile,
  RenderedFleet,
  WatchedKustomization,
  WatchedSource,
} from "./rendered.js";
import { renderedFile } from "./tree/rendered-file.js";
import type { SecretDirectory } from "./tree/secret-directories.js";
import { secretTree } from "./tree/secret-directories.js";
import type { EncryptedFile } from "./tree/secret-file.js";
import { recipientsOf, withoutSecret } from "./tree/secret-file.js";
import { tenantSecretFiles } from "./tree/tenant-secrets.js";
import { appliedTenant, tenantContents, tenantTree } from "./tree/tenant-tree.js";

/**
 * Renders a valid model. Each object is computed and printed once; clusters that run the same share
 * it. Warnings are left to whoever knows them all.
 */
export function renderModel(model: FleetModel, context: RenderContext): RenderedFleet {
  const components = selectedComponents(model.declaration.flux.components);
  const installOf = fluxInstalls(components);
  const contentOf = tenantContents(model);
  const trees: (readonly RenderedFile[])[] = [];
  const manifests: Manifest[] = [];
  const clusters: RenderedCluster[] = [];
  const encrypted: EncryptedFile[] = [];
  for (const cluster of model.clusters) {
    const release = context.installManifests.get(cluster.fluxVersion ?? "");
    if (release === undefined) {
      throw new TypeError(`no install manifests for ${cluster.name}`);
    }
    const install = installOf(release, cluster.lockdown);
    const tree = clusterTree(model, cluster, install);
    const tenantFiles: RenderedFile[] = [];
    trees.push(tree.files, tenantFiles);
    manifests.push(...tree.manifests, ...layerManifests(cluster));
    for (const directory of tree.secrets) {
      const rendered = secretTree(directory, context);
      trees.push(rendered.files);
      manifests.push(...rendered.manifests);
      encrypted.push(...directory.files.map(withoutSecret));
    }
    const applied: AppliedObjects[] = [];
    for (const tenant of cluster.tenants) {
      const content = contentOf(tenant);
      if (content !== undefined && tenant.applier === "pulumi") {
        const rendered = appliedTenant(cluster, tenant, content);
        applied.push(rendered.applied);
        manifests.push(...rendered.manifests);
      } else if (content !== undefined) {
        const secrets = tenantSecretFiles(model, cluster, tenant);
        const rendered = tenantTree(cluster, tenant, content, secrets, context);
        encrypted.push(...secrets.map(withoutSecret));
        tenantFiles.push(...rendered.files);
        manifests.push(...rendered.manifests);
      }
    }
    clusters.push({ ...renderedCluster(model, cluster, tree, components), applied });
  }
  trees.push(model.layers.flatMap(layerTree));
  const rules = creationRules(fleetRules(model));
  if (rules !== undefined) {
    trees.push([renderedFile(repoPath(".sops.yaml"), printYaml([rules]), "fleet")]);
  }
  const files = inOrder(trees);
  const record = fleetRecord(model, encrypted, context);
  const emptied = model.retired.flatMap((one) => [
    clusterDirectory(one),
    secretsDirectory(one),
    tenantsDirectory(one),
  ]);
  return {
    ...{ owner: model.owner, files, encrypted, manifests, clusters, record, emptied },
    polls: [],
    warnings: [],
  };
}

/** All files by path. The trees are sorted first, so that hardly any file is left to move. */
function inOrder(trees: readonly (readonly RenderedFile[])[]): readonly RenderedFile[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const files: RenderedFile[] = [];
  for (const tree of [...trees].sort(([a], [b]) => compare(a?.path ?? "", b?.path ?? ""))) {
    files.push(...tree);
  }
  return files.sort((a, b) => compare(a.path, b.path));
}

/** Who can read what is encrypted in the directories of the fleet. */
export function fleetRules(model: FleetModel): readonly CreationRule[] {
  const ofClusters = model.clusters
    .filter(({ identity }) => identity !== undefined)
    .flatMap((cluster) => {
      const recipients = recipientsOf(model, cluster);
      const directories = [secretsDirectory(cluster), tenantsDirectory(cluster)];
      return directories.map((directory) => ({ directory, recipients }));
    });
  return [...ofClusters, ...writtenRules(model)];
}

/** Directories that people wrote are encrypted to every cluster that applies them. */
function writtenRules(model: FleetModel): readonly CreationRule[] {
  const found = new Map<string, Set<string>>();
  for (const cluster of model.clusters) {
    for (const {
      name,
      part: { args },
    } of cluster.layers) {
      if (args.decryption === undefined || !readsIdentity(args.decryption)) continue;
      for (const { directory } of writtenPlaces({ name, args }, cluster.environment)) {
        const known = found.get(directory) ?? new Set();
        for (const recipient of recipientsOf(model, cluster)) known.add(recipient);
        found.set(directory, known);
      }
    }
  }
  return [...found].map(([directory, recipients]) => ({ directory, recipients: [...recipients] }));
}

function renderedCluster(
  model: FleetModel,
  cluster: ModelCluster,
  tree: ClusterTree,
  components: readonly FluxComponent[],
): Omit<RenderedCluster, "applied"> {
  const tenants = cluster.tenants
    .filter(({ phase }) => phaseContent(phase).base)
    .map(clusterTenant);
  return {
    name: cluster.name,
    firstName: cluster.firstName,
    environment: cluster.environment,
    ring: cluster.ring,
    path: repoPath(clusterDirectory(cluster)),
    fluxVersion: cluster.fluxVersion ?? "",
    components,
    install: tree.install,
    sync: { source: tree.source, root: tree.root },
    kustomizations: watchedKustomizations(cluster, tree.secrets),
    sources: watchedSources(cluster),
    secrets: plannedSecrets(model, cluster),
    tenants,
  };
}

function clusterTenant({ name, namespace, phase, part }: ModelTenant): ClusterTenant {
  const releases = phaseContent(phase).workload ? [] : (part.args.releases ?? []);
  return releases.length === 0
    ? { name, namespace, phase }
    : { name, namespace, phase, leftReleases: releases.map((one) => one.name).sort() };
}

function watchedKustomizations(
  cluster: ModelCluster,
  secrets: readonly SecretDirectory[],
): readonly WatchedKustomization[] {
  const namespace = fluxNamespace;
  const watched: WatchedKustomization[] = [
    { namespace, name: fluxNamespace, source: "fleet", waitFor: true },
  ];
  for (const { name } of [...secrets, ...cluster.layers]) {
    watched.push({ namespace, name, source: "fleet", waitFor: true });
  }
  for (const tenant of cluster.tenants) {
    const { name, part } = tenant;
    const { workload } = phaseContent(tenant.phase);
    if (isInGit(tenant)) {
      watched.push({ namespace, name, source: "fleet", tenant: name, waitFor: true });
    }
    if (workload) {
      const waitFor = part.args.waitFor ?? false;
      watched.push({
        namespace: tenant.namespace,
        name,
        source: "tenant",
        tenant: name,
        waitFor,
      });
    }
  }
  return watched;
}

function watchedSources(cluster: ModelCluster): readonly WatchedSource[] {
  return [
    { namespace: fluxNamespace, name: fluxNamespace },
    ...cluster.tenants
      .filter(({ phase }) => phaseContent(phase).workload)
      .map(({ name, namespace }) => ({ namespace, name, tenant: name })),
  ];
}
