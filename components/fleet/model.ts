import type { OffboardPhase, RecordedApplier } from "../../graph/changes/ownership.js";
import type { ClusterIndex } from "../../graph/selection.js";
import { indexClusters } from "../../graph/selection.js";
import { nextApplier } from "../../graph/changes/appliers.js";
import { nextPhase } from "../../graph/changes/offboarding.js";
import { tenantNamespace } from "../tenant/manifests.js";
import type { PlaceCluster } from "../flux-part.js";
import type { TenantPart } from "../tenant/tenant.js";
import type { ClusterPart } from "./cluster.js";
import { clusterIdentityOf } from "./cluster-identity.js";
import type { PartIdentity } from "./part-identity.js";
import { tenantIdentity } from "./part-identity.js";
import { variableValues } from "./tree/cluster-variables.js";
import type { FleetDeclaration } from "./fleet.js";
import type { LayerContents } from "../layer/contents.js";
import { layerContents } from "../layer/contents.js";
import type { LayerPart } from "../layer/layer.js";
import type { LayerCluster } from "../layer/variables.js";
import type { OverriddenCluster } from "./overrides.js";
import type { PartHandle } from "./part.js";
import type { RenderContext } from "./rendered.js";
import type { ClusterSelector } from "./selector.js";
import { isClusterHandle, isClusterList, isEmptyQuery } from "./selector.js";
import { tenantVariants } from "./tenant-variants.js";

/** A cluster with its defaults filled in. */
export interface ModelCluster {
  readonly name: string;
  /** Its name in paths and keys: `name`, unless the part was renamed. */
  readonly firstName: string;
  readonly part: ClusterPart<string>;
  readonly environment: string;
  readonly ring: string;
  /** Directory of the cluster, without leading `./`. */
  readonly path: string;
  /** Undefined when no version is declared for its ring. */
  readonly fluxVersion: string | undefined;
  readonly lockdown: boolean;
  /** Layers and tenants on this cluster, by name; tenants with the arguments that they have here. */
  readonly layers: readonly ModelLayer[];
  readonly tenants: readonly ModelTenant[];
  /** With which it decrypts; undefined when nothing is encrypted for it. */
  readonly identity: PartIdentity | undefined;
}

/** A layer with its clusters found. */
export interface ModelLayer {
  /** Its name in Git and on the clusters: that of the part, unless the part was renamed. */
  readonly name: string;
  readonly part: LayerPart<string>;
  /** Names of its clusters, sorted. */
  readonly clusters: readonly string[];
  /** What it applies there, with patches and variables. */
  readonly contents: LayerContents;
}

/** A tenant with its clusters and its phase found. */
export interface ModelTenant {
  /** Its name in Git and on the clusters: that of the part, unless the part was renamed. */
  readonly name: string;
  readonly part: TenantPart<string>;
  readonly namespace: string;
  readonly phase: OffboardPhase;
  readonly applier: RecordedApplier;
  /** Names of its clusters, sorted. */
  readonly clusters: readonly string[];
  /** Its own identity; undefined when it has none. */
  readonly identity: PartIdentity | undefined;
  /** The cluster, when its notifications say on which one they are. @default the same on all */
  readonly on?: PlaceCluster;
}

/** A declaration whose selectors, defaults and phases are resolved. Sorted by name throughout. */
export interface FleetModel {
  readonly owner: string;
  readonly declaration: FleetDeclaration;
  readonly index: ClusterIndex;
  /** Clusters that run what is rendered. */
  readonly clusters: readonly ModelCluster[];
  /** Clusters that are retired: selectors know them, and nothing is on them. */
  readonly retired: readonly ModelCluster[];
  readonly layers: readonly ModelLayer[];
  readonly tenants: readonly ModelTenant[];
  /** Layers and tenants by the identity of their parts, see {@link partIdentity}. */
  readonly dependencies: ReadonlyMap<string, ModelLayer | ModelTenant>;
}

/** Resolves a declaration. Total: what is wrong in it is found by validation, not here. */
export function fleetModel(
  owner: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): FleetModel {
  const parts = byName(declaration.clusters);
  const index = indexClusters(
    parts.map(({ name, args }) => ({
      name,
      environment: args.environment,
      ring: args.ring ?? args.environment,
      labels: args.labels ?? {},
    })),
  );
  const { record } = context;
  const leaving = new Set(parts.filter(isRetired).map(({ name }) => name));
  const on = (selector: ClusterSelector): readonly string[] => {
    const names = selected(selector, index);
    return leaving.size === 0 ? names : names.filter((name) => !leaving.has(name));
  };
  const layers = byName(
    (declaration.layers ?? []).map((part) => {
      const name = record?.layers[part.name]?.firstName ?? part.name;
      const clusters = on(part.args.clusters);
      const contents = layerContents({ name, args: part.args }, layerClusters(parts, clusters));
      return { name, part, clusters, contents };
    }),
  );
  const tenants = byName(
    (declaration.tenants ?? []).map((part) => {
      const head = record?.tenants[part.name];
      const seen = context.observations?.get(part.name);
      const name = head?.firstName ?? part.name;
      return {
        name,
        part,
        namespace: tenantNamespace(name, part.args),
        phase: nextPhase(part.args.offboard, head, seen),
        applier: nextApplier(part.args.applier, head, seen),
        clusters: on(part.args.clusters),
        identity: tenantIdentity(part, {
          ...{ head: head?.age, madeBefore: head?.ageGeneration },
          identities: context.identities,
          seen: context.ageObservations?.get(partIdentity(part)),
        }),
      };
    }),
  );
  const layersOn = byCluster(layers);
  const tenantsOn = byCluster(tenants);
  const variantOf = tenantVariants();
  const all = parts.map((part) =>
    modelCluster(part, declaration, context, layersOn.get(part.name) ?? [], (cluster) =>
      (tenantsOn.get(part.name) ?? []).map((tenant) => variantOf(tenant, cluster)),
    ),
  );
  const dependencies = new Map(
    [...layers, ...tenants].map((item) => [partIdentity(item.part), item]),
  );
  const clusters = all.filter(({ part }) => !isRetired(part));
  const retired = all.filter(({ part }) => isRetired(part));
  return { owner, declaration, index, clusters, retired, layers, tenants, dependencies };
}

/** Whether a cluster has left the fleet and only its directory is still watched over. */
export function isRetired({ args }: ClusterPart<unknown>): boolean {
  return args.retire !== undefined;
}

function layerClusters(
  parts: readonly ClusterPart<string>[],
  names: readonly string[],
): readonly LayerCluster[] {
  const wanted = new Set(names);
  return parts
    .filter(({ name }) => wanted.has(name))
    .map(({ name, args }) => ({
      name,
      environment: args.environment,
      ring: args.ring ?? args.environment,
      variables: variableValues(args),
    }));
}

/** What tells a part from every other of the fleet. */
export function partIdentity({ kind, name }: PartHandle): string {
  return `${kind}\0${name}`;
}

/** Names of the clusters of the fleet that a selector matches, sorted. */
export function selected(selector: ClusterSelector, index: ClusterIndex): readonly string[] {
  if (selector === "all") {
    return index.names;
  }
  if (!isClusterList(selector)) {
    return isEmptyQuery(selector) ? [] : index.find(selector);
  }
  const names = selector.flatMap((choice) => {
    if (!isClusterHandle(choice)) return selected(choice, index);
    return index.has(choice.name) ? [choice.name] : [];
  });
  return names.length < 2 ? names : [...new Set(names)].sort();
}

/** The declared Flux version of a ring. */
export function versionOf(
  version: FleetDeclaration["flux"]["version"],
  ring: string,
): string | undefined {
  if (typeof version === "string") {
    return version;
  }
  return Object.hasOwn(version, ring) ? version[ring] : version["default"];
}

function modelCluster(
  part: ClusterPart<string>,
  declaration: FleetDeclaration,
  { record, identities, ageObservations }: RenderContext,
  layers: readonly ModelLayer[],
  tenantsOn: (cluster: OverriddenCluster) => readonly ModelTenant[],
): ModelCluster {
  const { environment, path, lockdown } = part.args;
  const ring = part.args.ring ?? environment;
  const head = record?.clusters[part.name];
  const firstName = head?.firstName ?? part.name;
  const tenants = tenantsOn({ name: part.name, environment, ring });
  const seen = ageObservations?.get(partIdentity(part));
  return {
    name: part.name,
    firstName,
    part,
    environment,
    ring,
    path: path ?? `clusters/${environment}/${firstName}`,
    fluxVersion: versionOf(declaration.flux.version, ring),
    lockdown: lockdown === undefined || lockdown === true,
    layers,
    tenants,
    identity: clusterIdentityOf(part, { layers, tenants }, { identities, seen }, head),
  };
}

function byName<Item extends { readonly name: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function byCluster<Item extends { readonly clusters: readonly string[] }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    for (const cluster of item.clusters) {
      const list = found.get(cluster);
      if (list === undefined) found.set(cluster, [item]);
      else list.push(item);
    }
  }
  return found;
}
