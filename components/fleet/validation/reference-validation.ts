import type { Finding } from "../../../errors.js";
import { directoryUses } from "../../../graph/references/directory-findings.js";
import { placedFindings } from "../../../graph/references/placed-findings.js";
import type {
  ExternalIdentity,
  PlacedCluster,
  PlacedObject,
} from "../../../graph/references/placed-objects.js";
import { markersIn } from "../../../graph/references/references.js";
import type { KubernetesObject, Manifest } from "../../../manifests/manifest.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { writtenPlaces } from "../../layer/directories.js";
import { ageSecretName } from "../../sops/age-secret.js";
import type { AppliedDirectories } from "../hand-written/directory-audit.js";
import type { FleetModel, ModelCluster } from "../model.js";
import { selected } from "../model.js";
import { placedOf as placedWritten, rootName } from "../hand-written/nested-objects.js";
import type { RenderContext, RenderedCluster, RenderedFleet } from "../rendered.js";
import { repositoryDirectories } from "../hand-written/repository-directories.js";
import { isProduction } from "./recipient-validation.js";
import { writtenParts } from "./written-parts.js";

/** Objects from hand-written directories by cluster, nested ones included. */
type Written = AppliedDirectories["objects"];

/**
 * The findings about everything that the objects of a fleet say of each other. Objects of tenants
 * without patches and parts are right by construction and are only looked at when something refers to
 * them.
 *
 * @param applied - what hand-written directories apply, nested ones included
 * @param known - what was found already; after a refused patch the objects are not what is meant
 */
export function referenceFindings(
  model: FleetModel,
  rendered: RenderedFleet,
  { directories }: RenderContext,
  { objects: written, files }: AppliedDirectories,
  known: readonly Finding[],
): readonly Finding[] {
  if (known.some(({ code }) => code === "PATCH_REFUSED")) return [];
  // The constructor of a Fleet checks before it has read what Flux consists of.
  if (rendered.clusters.some(({ install }) => install.length === 0)) return [];
  const checked = checkedObjects(model, rendered, written);
  const ofTenants = tenantObjects(rendered);
  const isReadable = !known.some(({ code }) => code === "UNREADABLE_DIRECTORY");
  const renderedOf = new Map(rendered.clusters.map((cluster) => [cluster.name, cluster]));
  const clusters = model.clusters.map((cluster): PlacedCluster => ({
    ...placedCluster(model, cluster, renderedOf.get(cluster.name)),
    objects: checked.get(cluster.name) ?? [],
    others: () => ofTenants(cluster.name),
    complete:
      isReadable &&
      (directories !== undefined || !takesDirectories(cluster)) &&
      // What is encrypted whole may be anything that others refer to.
      files.get(cluster.name)?.some(({ whole }) => whole.length > 0) !== true,
  }));
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
): Omit<PlacedCluster, "objects" | "complete"> {
  return {
    name: cluster.name,
    environment: cluster.environment,
    ring: cluster.ring,
    production: isProduction(model.declaration, cluster.environment),
    lockdown: cluster.lockdown,
    components: rendered?.components ?? [],
    shared: rendered?.install ?? [],
    external: externalObjects(model, cluster),
    secrets: rendered?.secrets ?? [],
    fleetSource: rootName,
    tenants: rendered?.tenants ?? [],
  };
}

/** The age key, which somebody else may install, and what `external` lists. */
function externalObjects(
  { declaration, index }: FleetModel,
  cluster: ModelCluster,
): readonly ExternalIdentity[] {
  const age = { kind: "Secret", namespace: fluxNamespace, name: ageSecretName };
  return [
    ...(cluster.part.args.age === undefined ? [] : [age]),
    ...(declaration.external ?? []).filter(({ clusters = "all" }) =>
      selected(clusters, index).includes(cluster.name),
    ),
  ];
}

/** What is looked through, by cluster: everything that somebody wrote. */
function checkedObjects(
  model: FleetModel,
  rendered: RenderedFleet,
  ofPeople: Written,
): ReadonlyMap<string, PlacedObject[]> {
  const checked = new Map<string, PlacedObject[]>();
  const written = new Map<string, ReadonlySet<string> | "all">();
  for (const cluster of model.clusters) {
    checked.set(cluster.name, []);
    const parts = writtenParts(model, cluster);
    if (parts === "all" || parts.size > 0) written.set(cluster.name, parts);
  }
  for (const manifest of rendered.manifests) {
    const { part, cluster } = manifest;
    const isTenants = part.startsWith("tenant ");
    // By far the most objects are those of tenants of which nobody wrote any.
    if (isTenants && written.size === 0) continue;
    const parts = written.get(cluster);
    const isProven = isTenants && parts !== "all" && parts?.has(part) !== true;
    if (isProven || isInstall(manifest)) continue;
    checked.get(cluster)?.push(placedOf(manifest, parts !== "all"));
  }
  for (const [cluster, objects] of ofPeople) {
    for (const one of objects) checked.get(cluster)?.push(placedWritten(one));
  }
  return checked;
}

/** The objects of tenants on a cluster, found for all clusters when the first is asked for. */
function tenantObjects({
  manifests,
}: RenderedFleet): (cluster: string) => readonly KubernetesObject[] {
  let found: Map<string, KubernetesObject[]> | undefined;
  return (name) => {
    if (found === undefined) {
      found = new Map();
      for (const { part, cluster, object } of manifests) {
        if (!part.startsWith("tenant ")) continue;
        const list = found.get(cluster);
        if (list === undefined) found.set(cluster, [object]);
        else list.push(object);
      }
    }
    return found.get(name) ?? [];
  };
}

/** Objects of Flux itself are listed once for all clusters that run the same. */
function isInstall({ part, path }: Manifest): boolean {
  return (
    part.startsWith("cluster ") && path?.endsWith("/flux-system/gotk-components.yaml") === true
  );
}

const declaredFields = ["spec.dependsOn[]"];

/** The Kustomization of a part gets its `dependsOn` from the declaration, where it was looked at. */
function placedOf({ object, part, appliedBy, path }: Manifest, isUnpatched: boolean): PlacedObject {
  if (appliedBy === undefined) return { object, part };
  const isDeclared = isUnpatched && appliedBy === rootName;
  return {
    object,
    part,
    kustomization: appliedBy,
    ...(path === undefined ? {} : { path }),
    ...(isDeclared ? { proven: declaredFields } : {}),
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
