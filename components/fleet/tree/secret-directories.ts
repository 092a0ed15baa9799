import type { KubernetesObject, Manifest } from "../../../manifests/manifest.js";
import type { RepoPath } from "../../../manifests/repo-path.js";
import { repoPath, repoPathIn } from "../../../manifests/repo-path.js";
import { kustomizationFile } from "../../../manifests/kustomization-file.js";
import { printYaml } from "../../../manifests/yaml.js";
import { platformServiceAccount } from "../../bootstrap/lockdown.js";
import { fluxNamespace, kustomizationApi } from "../../bootstrap/sync.js";
import { declaredObjects } from "../../layer/directories.js";
import { decryptionSpec } from "../../layer/kustomization.js";
import type { SecretPart } from "../../sops/secrets/secret.js";
import type { KustomizationReference } from "../../tenant/manifests.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "../model.js";
import { partIdentity } from "../model.js";
import { secretsOn } from "../overrides.js";
import { awaitedParts } from "../dependency.js";
import { dependencyReferences, referenceKey } from "../references.js";
import type { RenderContext, RenderedFile } from "../rendered.js";
import { secretsDirectory } from "./paths.js";
import { renderedFile } from "./rendered-file.js";
import type { SecretFile } from "./secret-file.js";
import { byName, recipientsOf, sealedFile, secretFileName, secretManifest } from "./secret-file.js";

/** Name of the Kustomization with the Secrets of a cluster itself. */
export const clusterSecretsName = "cluster-secrets";

/** Name of the Kustomization with the Secrets of a layer. */
export function layerSecretsName(layer: string): string {
  return `${layer}-secrets`;
}

/** Secrets of one cluster that a Kustomization of their own applies. */
export interface SecretDirectory {
  /** Name of the Kustomization. */
  readonly name: string;
  readonly directory: RepoPath;
  /** What the Secrets belong to, for example `layer "infrastructure"`. */
  readonly part: string;
  /** Namespaces that exist with these Secrets, sorted. */
  readonly namespaces: readonly string[];
  /** Kustomizations that are Ready before, sorted. */
  readonly dependsOn: readonly KustomizationReference[];
  readonly files: readonly SecretFile[];
}

/** Namespaces that are on every cluster. */
const everywhere = ["default", fluxNamespace, "kube-node-lease", "kube-public", "kube-system"];

/**
 * The directories of Secrets on a cluster: its own, then those of its layers. A Namespace belongs to
 * the first of them that needs it, unless a tenant has it, or a layer that is Ready before.
 */
export function secretDirectories(
  model: FleetModel,
  cluster: ModelCluster,
): readonly SecretDirectory[] {
  const { secrets = [] } = cluster.part.args;
  const hasSecrets = ({ part }: ModelLayer): boolean => secretsOn(part.args, cluster).length > 0;
  const layers = inDependencyOrder(model, cluster.layers.filter(hasSecrets));
  if (secrets.length === 0 && layers.length === 0) return [];
  const owners = new Map<string, string | undefined>(
    [...everywhere, ...cluster.tenants.map(({ namespace }) => namespace)].map((name) => [
      name,
      undefined,
    ]),
  );
  const own =
    secrets.length === 0
      ? []
      : [
          directoryOf(model, cluster, owners, {
            ...{ name: clusterSecretsName, part: `cluster "${cluster.name}"`, secrets },
            ...{ folder: clusterSecretsName, dependsOn: [], before: new Set<string>() },
          }),
        ];
  const ofLayers = layers.map((layer) =>
    directoryOf(model, cluster, owners, {
      name: layerSecretsName(layer.name),
      folder: layer.name,
      part: `layer "${layer.name}"`,
      secrets: secretsOn(layer.part.args, cluster),
      dependsOn: dependencyReferences(model, layer.part.args.dependsOn ?? []),
      before: new Set(
        layersBefore(model, layer).flatMap(({ part: { args } }) =>
          namespacesOf(args, cluster.environment),
        ),
      ),
    }),
  );
  return [...own, ...ofLayers];
}

interface DirectoryOwner {
  readonly name: string;
  readonly folder: string;
  readonly part: string;
  readonly secrets: readonly SecretPart<string>[];
  readonly dependsOn: readonly KustomizationReference[];
  /** Namespaces that the layers before it apply. */
  readonly before: ReadonlySet<string>;
}

/** @param owners - the Kustomization of each Namespace that has one, or another owner; grows */
function directoryOf(
  model: FleetModel,
  cluster: ModelCluster,
  owners: Map<string, string | undefined>,
  { name, folder, part, secrets, dependsOn, before }: DirectoryOwner,
): SecretDirectory {
  const directory = repoPath(`${secretsDirectory(cluster)}/${folder}`);
  const wanted = [...new Set(secrets.map(({ args }) => args.namespace ?? "default"))].sort();
  const namespaces = wanted.filter((one) => !owners.has(one) && !before.has(one));
  const waits = wanted.flatMap((one) => owners.get(one) ?? []);
  for (const namespace of namespaces) owners.set(namespace, name);
  const recipients = recipientsOf(model, cluster);
  const references = new Map(
    [...dependsOn, ...waits.map((one) => ({ name: one, namespace: fluxNamespace }))].map(
      (reference) => [referenceKey(reference), reference],
    ),
  );
  return {
    ...{ name, directory, part, namespaces },
    dependsOn: [...references.keys()].sort().flatMap((key) => references.get(key) ?? []),
    files: byName(secrets).map((secret) => {
      const namespace = secret.args.namespace ?? "default";
      return {
        path: repoPathIn(directory, `${namespace}/${secretFileName(secret)}`),
        ...{ cluster: cluster.name, recipients, part, secret, place: { namespace } },
        appliedBy: `${fluxNamespace}/${name}`,
      };
    }),
  };
}

function namespacesOf(args: ModelLayer["part"]["args"], environment: string): readonly string[] {
  return declaredObjects(args, environment).flatMap(({ kind, metadata }) =>
    kind === "Namespace" ? [metadata.name] : [],
  );
}

/** Each after the layers that it depends on, otherwise in their order: who is first waits for nobody later. */
function inDependencyOrder(
  model: FleetModel,
  layers: readonly ModelLayer[],
): readonly ModelLayer[] {
  const order = new Set<ModelLayer>();
  for (const layer of layers) {
    for (const one of layersBefore(model, layer)) if (layers.includes(one)) order.add(one);
    order.add(layer);
  }
  return [...order];
}

/** The layers on which a layer depends, directly or not, each after those on which it depends. */
function layersBefore(model: FleetModel, layer: ModelLayer): readonly ModelLayer[] {
  const seen = new Set<ModelLayer | ModelTenant>([layer]);
  const found: ModelLayer[] = [];
  const visit = (one: ModelLayer | ModelTenant): void => {
    for (const part of awaitedParts(one.part.args.dependsOn)) {
      const next = model.dependencies.get(partIdentity(part));
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      visit(next);
      if ("contents" in next) found.push(next);
    }
  };
  visit(layer);
  return found;
}

/** The files and objects of a directory of Secrets. */
export function secretTree(
  secrets: SecretDirectory,
  context: RenderContext,
): { readonly files: readonly RenderedFile[]; readonly manifests: readonly Manifest[] } {
  const { name, directory, part, namespaces, files } = secrets;
  const objects = namespaces.map((namespace) => ({
    path: repoPathIn(directory, `${namespace}/namespace.yaml`),
    object: namespaceObject(namespace),
  }));
  const listed = [...objects, ...files].map(({ path }) => path.slice(directory.length + 1));
  const cluster = files[0]?.cluster ?? "";
  return {
    files: [
      renderedFile(
        repoPathIn(directory, "kustomization.yaml"),
        printYaml([kustomizationFile(listed)]),
        part,
      ),
      ...objects.map(({ path, object }) => renderedFile(path, printYaml([object]), part)),
      ...files.map((file) => sealedFile(file, context)),
    ],
    manifests: [
      ...objects.map(({ path, object }): Manifest => ({
        ...{ object, cluster, applier: "flux", path, part },
        appliedBy: `${fluxNamespace}/${name}`,
      })),
      ...files.map(secretManifest),
    ],
  };
}

/** The Kustomization that decrypts and applies a directory of Secrets. */
export function secretsKustomization({
  name,
  directory,
  dependsOn,
}: SecretDirectory): KubernetesObject {
  return {
    apiVersion: kustomizationApi,
    kind: "Kustomization",
    metadata: { name, namespace: fluxNamespace },
    spec: {
      decryption: decryptionSpec(),
      ...(dependsOn.length === 0 ? {} : { dependsOn }),
      interval: "60m",
      path: `./${directory}`,
      prune: true,
      retryInterval: "2m",
      serviceAccountName: platformServiceAccount,
      sourceRef: { kind: "GitRepository", name: fluxNamespace },
      timeout: "5m",
      wait: true,
    },
  };
}

/** It survives the last of its Secrets, because other things may be in it. */
function namespaceObject(name: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
  };
}
