import type { KubernetesObject } from "../../manifests/manifest.js";
import { merged, patched } from "../../manifests/object-patch.js";
import type { ObjectPatch } from "../../manifests/object-patch.js";
import { sourcePath } from "../../manifests/repo-path.js";
import type { OffboardPhase } from "../../graph/changes/ownership.js";
import { phaseContent } from "../../graph/changes/offboarding.js";
import { gitRepositoryApi, kustomizationApi } from "../bootstrap/sync.js";
import { ageSecretName } from "../sops/age-secret.js";
import type { FluxPlace, PlaceCluster } from "../flux-part.js";
import type { FluxObjects } from "../flux-parts.js";
import { fluxObjects, isReceived } from "../flux-parts.js";
import { imageObjects } from "../image/manifests.js";
import type { GitSource } from "./git-source.js";
import { tenantRules } from "./role.js";
import type { TenantImages, TenantManifestArgs } from "./tenant.js";

/** Label that `flux create tenant` puts on everything of a tenant. */
export const tenantLabel = "toolkit.fluxcd.io/tenant";

/** A Kustomization that must be ready first. */
export interface KustomizationReference {
  readonly name: string;
  readonly namespace: string;
  /** When it counts as ready. @default when it is Ready at the same commit */
  readonly readyExpr?: string;
}

/** What a tenant's objects depend on besides its arguments. */
export interface TenantContext {
  /** How far the tenant is on its way out. @default "active" */
  readonly phase?: OffboardPhase;
  /** Kustomizations that are Ready before the workload is applied, sorted. @default none */
  readonly dependsOn?: readonly KustomizationReference[];
  /** Whether the workload is decrypted with the tenant's own identity. @default false */
  readonly decrypts?: boolean;
  /** The cluster, of which notifications speak. @default none is named */
  readonly cluster?: PlaceCluster | undefined;
}

/** The objects of a tenant on one cluster, in the order in which they are applied. */
export interface TenantObjects extends FluxObjects {
  readonly namespace: KubernetesObject;
  /** ServiceAccount, Role and RoleBinding. The Role is absent when a ClusterRole is bound. */
  readonly rights: readonly KubernetesObject[];
  readonly source: KubernetesObject;
  /** What applies the workload; absent from phase `draining` on. */
  readonly kustomization: KubernetesObject | undefined;
  /** What looks for images and writes their tags; with the Kustomization. */
  readonly images: readonly KubernetesObject[];
}

/**
 * Name of the Secret with the login of a tenant's source. Not the tenant's own name, which the
 * tenant may well want for a Secret of its workload.
 */
export function sourceSecretName(tenant: string): string {
  return `${tenant}-source`;
}

/** The Namespace a tenant runs in. */
export function tenantNamespace(name: string, args: { readonly namespace?: string }): string {
  return args.namespace ?? name;
}

/** Where the objects of a tenant's parts live, and whose rights they have. */
export function tenantPlace(
  name: string,
  args: { readonly namespace?: string },
): FluxPlace & Required<Pick<FluxPlace, "labels">> {
  const labels = { [tenantLabel]: name };
  return { namespace: tenantNamespace(name, args), serviceAccountName: name, labels };
}

/** Renders a tenant for one cluster. Undefined when the phase leaves nothing of it. */
export function tenantObjects(
  name: string,
  args: TenantManifestArgs<string> & TenantImages,
  context: TenantContext = {},
): TenantObjects | undefined {
  const content = phaseContent(context.phase ?? "active");
  if (!content.base) {
    return undefined;
  }
  const place = tenantPlace(name, args);
  const owned = { name, namespace: place.namespace, labels: place.labels };
  const { cluster } = context;
  const here = cluster === undefined ? place : { ...place, cluster };
  const { sources, releases, notifications } = fluxObjects(args, here);
  const isNudged = isReceived(notifications, { kind: "GitRepository", metadata: owned });
  const objects = {
    namespace: namespaceObject(name, args, content.keepNamespace),
    rights: rightsObjects(name, args, owned),
    source: {
      apiVersion: gitRepositoryApi,
      kind: "GitRepository",
      metadata: owned,
      spec: sourceSpec(name, args.source, isNudged),
    },
    kustomization: content.workload
      ? {
          apiVersion: kustomizationApi,
          kind: "Kustomization",
          metadata: owned,
          spec: kustomizationSpec(name, args, context, content.orphan),
        }
      : undefined,
    sources,
    releases: content.workload ? releases : [],
    notifications,
    images: content.workload ? tenantImages(args, place) : [],
  };
  const whole = args.patches === undefined ? objects : patchedObjects(objects, args.patches);
  return content.orphan ? { ...whole, releases: whole.releases.map(suspended) } : whole;
}

/** helm-controller uninstalls a release that is deleted, unless it is suspended. */
function suspended(release: KubernetesObject): KubernetesObject {
  return merged(release, { spec: { suspend: true } }) as KubernetesObject; // its names stay
}

function tenantImages(
  { images, imageUpdates, source }: TenantManifestArgs<string> & TenantImages,
  place: FluxPlace,
): readonly KubernetesObject[] {
  if (images === undefined && imageUpdates === undefined) return [];
  const { url, branch } = source;
  return imageObjects(images ?? [], imageUpdates, { ...place, source: { url, branch } });
}

function patchedObjects(
  { namespace, source, kustomization, ...lists }: TenantObjects,
  patches: readonly ObjectPatch[],
): TenantObjects {
  const all = (objects: readonly KubernetesObject[]): readonly KubernetesObject[] =>
    objects.map((object) => patched(object, patches));
  return {
    namespace: patched(namespace, patches),
    rights: all(lists.rights),
    source: patched(source, patches),
    kustomization: kustomization && patched(kustomization, patches),
    sources: all(lists.sources),
    releases: all(lists.releases),
    notifications: all(lists.notifications),
    images: all(lists.images),
  };
}

/** Every object of a tenant in the order in which they are applied. */
export function listedObjects(objects: TenantObjects): readonly KubernetesObject[] {
  const { namespace, rights, source, kustomization } = objects;
  const { sources, releases, notifications, images } = objects;
  const workload = kustomization === undefined ? [] : [kustomization];
  return [
    ...[namespace, ...rights, source, ...sources, ...workload],
    ...[...releases, ...notifications, ...images],
  ];
}

const forced = { "kustomize.toolkit.fluxcd.io/force": "enabled" };

interface OwnedMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
}

function namespaceObject(
  name: string,
  args: TenantManifestArgs<string>,
  keep: boolean,
): KubernetesObject {
  const annotations = {
    ...args.annotations,
    // Without it, leaving the tree would delete the Namespace and all that is in it.
    ...(keep ? { "kustomize.toolkit.fluxcd.io/prune": "disabled" } : {}),
  };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: tenantNamespace(name, args),
      labels: { ...args.labels, [tenantLabel]: name },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
  };
}

function rightsObjects(
  name: string,
  args: TenantManifestArgs<string>,
  owned: OwnedMeta,
): readonly KubernetesObject[] {
  const { namespace, labels } = owned;
  const reconciler = { name: `${name}-reconciler`, namespace, labels };
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: owned };
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: reconciler,
    rules: tenantRules,
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: {
      name: reconciler.name,
      namespace,
      // The roleRef of a binding cannot change: Flux has to delete and create it.
      annotations: forced,
      labels,
    },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: args.role?.kind ?? "Role",
      name: args.role?.name ?? reconciler.name,
    },
    subjects: [{ kind: "ServiceAccount", name, namespace: owned.namespace }],
  };
  return args.role === undefined ? [account, role, binding] : [account, binding];
}

function sourceSpec(name: string, source: GitSource<string>, isNudged: boolean): object {
  return {
    interval: source.interval ?? (isNudged ? "10m" : "5m"),
    ref: revision(source),
    ...(source.credentials ? { secretRef: { name: sourceSecretName(name) } } : {}),
    ...(source.timeout === undefined ? {} : { timeout: source.timeout }),
    url: source.url,
  };
}

/** The only field that is given; an invalid declaration may have none, or several. */
function revision({ branch, tag, semver, commit }: GitSourceFields): object {
  if (branch !== undefined) return { branch };
  if (tag !== undefined) return { tag };
  if (semver !== undefined) return { semver };
  return commit === undefined ? {} : { commit };
}

type GitSourceFields = Partial<
  Readonly<Record<"branch" | "tag" | "semver" | "commit", string | undefined>>
>;

function kustomizationSpec(
  name: string,
  args: TenantManifestArgs<string>,
  { dependsOn = [], decrypts = false }: TenantContext,
  orphan: boolean,
): object {
  // What is optional comes first by name; as literals that begin with a spread these are slow.
  const always = {
    interval: args.interval ?? "60m",
    path: fluxPath(args.path),
    prune: true,
    retryInterval: args.retryInterval ?? "2m",
    serviceAccountName: name,
    sourceRef: { kind: "GitRepository", name },
    targetNamespace: tenantNamespace(name, args),
    timeout: args.timeout ?? "5m",
    wait: true,
  };
  const kept = orphan ? { deletionPolicy: "Orphan", ...always } : always;
  const spec = decrypts ? { decryption: ageDecryption, ...kept } : kept;
  return dependsOn.length > 0 ? { dependsOn, ...spec } : spec;
}

const ageDecryption = { provider: "sops", secretRef: { name: ageSecretName } };

/** One spelling, with leading `./`, for what Flux takes in several. */
function fluxPath(path: string): string {
  const directory = sourcePath(path);
  return directory === "." ? "./" : `./${directory}`;
}
