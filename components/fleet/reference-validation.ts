import type { Finding } from "../../errors.js";
import { directoryUses } from "../../graph/directory-findings.js";
import { placedFindings } from "../../graph/placed-findings.js";
import type { ExternalIdentity, PlacedCluster, PlacedObject } from "../../graph/placed-objects.js";
import { markersIn } from "../../graph/references.js";
import type { KubernetesObject, Manifest } from "../../manifests/manifest.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import { writtenPlaces } from "../layer/directories.js";
import { ageSecretName } from "../sops/age-secret.js";
import type { AppliedWrittenObject } from "./directory-audit.js";
import type { FleetModel, ModelCluster } from "./model.js";
import { selected } from "./model.js";
import { placedOf as placedWritten, rootName } from "./nested-objects.js";
import type { RenderContext, RenderedCluster, RenderedFleet } from "./rendered.js";
import { repositoryDirectories } from "./repository-directories.js";

/** Objects from hand-written directories by cluster, nested ones included. */
type Written = ReadonlyMap<string, readonly AppliedWrittenObject[]>;

/** The objects of one cluster, apart as they are looked at. */
interface Lists {
  /** Looked through: everything that somebody wrote. */
  readonly checked: PlacedObject[];
  /** Only referred to: what this library renders of its own accord, proven by tests instead. */
  readonly proven: KubernetesObject[];
}

/**
 * The findings about everything that the objects of a fleet say of each other. Objects of tenants
 * without patches are right by construction and are only looked at when something refers to them.
 *
 * @param known - what was found already; after a refused patch the objects are not what is meant
 */
export function referenceFindings(
  model: FleetModel,
  rendered: RenderedFleet,
  { directories }: RenderContext,
  written: Written,
  known: readonly Finding[],
): readonly Finding[] {
  if (known.some(({ code }) => code === "PATCH_REFUSED")) return [];
  // The constructor of a Fleet checks before it has read what Flux consists of.
  if (rendered.clusters.some(({ install }) => install.length === 0)) return [];
  const lists = listsByCluster(model, rendered, written);
  const isReadable = !known.some(({ code }) => code === "UNREADABLE_DIRECTORY");
  const renderedOf = new Map(rendered.clusters.map((cluster) => [cluster.name, cluster]));
  const clusters = model.clusters.map((cluster): PlacedCluster => {
    const { checked, proven } = lists.get(cluster.name) ?? { checked: [], proven: [] };
    return placedCluster(model, cluster, renderedOf.get(cluster.name), {
      checked,
      proven,
      complete: isReadable && (directories !== undefined || !takesDirectories(cluster)),
    });
  });
  if (directories === undefined) {
    return placedFindings(
      clusters.map((cluster) => (hasNested(cluster) ? { ...cluster, complete: false } : cluster)),
    );
  }
  const whole = clusters.map((cluster) => withMarkers(cluster, directories));
  return placedFindings(whole, repositoryDirectories(model, rendered, directories, whole));
}

function placedCluster(
  model: FleetModel,
  cluster: ModelCluster,
  rendered: RenderedCluster | undefined,
  { checked, proven, complete }: Lists & { readonly complete: boolean },
): PlacedCluster {
  return {
    name: cluster.name,
    environment: cluster.environment,
    ring: cluster.ring,
    lockdown: cluster.lockdown,
    components: rendered?.components ?? [],
    objects: checked,
    shared: rendered?.install ?? [],
    others: () => proven,
    external: externalObjects(model, cluster, rendered),
    fleetSource: rootName,
    tenants: rendered?.tenants ?? [],
    complete,
  };
}

/** Secrets that Pulumi installs, or somebody else as declared, and what `external` lists. */
function externalObjects(
  { declaration, index }: FleetModel,
  cluster: ModelCluster,
  rendered: RenderedCluster | undefined,
): readonly ExternalIdentity[] {
  const age = { kind: "Secret", namespace: fluxNamespace, name: ageSecretName };
  return [
    ...(cluster.part.args.age === undefined ? [] : [age]),
    ...(rendered?.secrets ?? []).map(({ namespace, name }) => ({
      kind: "Secret",
      namespace,
      name,
    })),
    ...(declaration.external ?? []).filter(({ clusters = "all" }) =>
      selected(clusters, index).includes(cluster.name),
    ),
  ];
}

function listsByCluster(
  model: FleetModel,
  rendered: RenderedFleet,
  written: Written,
): ReadonlyMap<string, Lists> {
  const lists = new Map<string, Lists>();
  const patched = new Map<string, ReadonlySet<string> | "all">();
  for (const cluster of model.clusters) {
    lists.set(cluster.name, { checked: [], proven: [] });
    patched.set(cluster.name, patchedTenants(cluster));
  }
  for (const manifest of rendered.manifests) {
    const { part } = manifest;
    const to = lists.get(manifest.cluster);
    if (to === undefined || isInstall(manifest)) continue;
    const tenants = patched.get(manifest.cluster);
    const isProven = part.startsWith("tenant ") && tenants !== "all" && tenants?.has(part) !== true;
    if (isProven) to.proven.push(manifest.object);
    else to.checked.push(placedOf(manifest, tenants !== "all"));
  }
  for (const [cluster, objects] of written) {
    const checked = lists.get(cluster)?.checked ?? [];
    for (const one of objects) checked.push(placedWritten(one));
  }
  return lists;
}

/** Titles of the tenants that somebody patched on a cluster; "all" when the cluster has patches. */
function patchedTenants({ part, tenants }: ModelCluster): ReadonlySet<string> | "all" {
  if ((part.args.patches ?? []).length > 0) return "all";
  return new Set(
    tenants
      .filter((tenant) => (tenant.part.args.patches ?? []).length > 0)
      .map(({ name }) => `tenant "${name}"`),
  );
}

/** Objects of Flux itself are listed once for all clusters that run the same. */
function isInstall({ part, path }: Manifest): boolean {
  return (
    part.startsWith("cluster ") && path?.endsWith("/flux-system/gotk-components.yaml") === true
  );
}

/** The Kustomization of a part gets its `dependsOn` from the declaration, where it was looked at. */
function placedOf({ object, part, appliedBy }: Manifest, isUnpatched: boolean): PlacedObject {
  if (appliedBy === undefined) return { object, part };
  const isDeclared = isUnpatched && appliedBy === rootName;
  return {
    object,
    part,
    kustomization: appliedBy,
    ...(isDeclared ? { proven: ["spec.dependsOn[]"] } : {}),
  };
}

function takesDirectories({ layers, environment }: ModelCluster): boolean {
  return layers.some(
    ({ name, part: { args } }) => writtenPlaces({ name, args }, environment).length > 0,
  );
}

/** Whether an object of a layer applies a directory, of which nothing is known without the texts. */
function hasNested(cluster: PlacedCluster): boolean {
  return directoryUses(cluster).some(({ placed }) => placed.kustomization !== rootName);
}

/** The cluster with the markers in the hand-written files of its objects. */
function withMarkers(cluster: PlacedCluster, texts: ReadonlyMap<string, string>): PlacedCluster {
  const parts = new Map<string, string>();
  for (const { file, part } of cluster.objects) {
    if (file !== undefined) parts.set(file, part);
  }
  const markers = [...parts].flatMap(([file, part]) =>
    markersIn(texts.get(file) ?? "").map((use) => ({ ...use, file, part })),
  );
  return { ...cluster, markers };
}
