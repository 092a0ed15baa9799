/** How far a tenant is on its way out. */
export type OffboardPhase = "active" | "orphaning" | "draining" | "releasing" | "gone";

/** What the repository remembers about a cluster. */
export interface RecordedCluster {
  /** Directory of its root Kustomization. */
  readonly path: string;
}

/** What the repository remembers about a layer. */
export interface RecordedLayer {
  /** Clusters that apply it, sorted. */
  readonly clusters: readonly string[];
}

/** What the repository remembers about a tenant. */
export interface RecordedTenant {
  /** Clusters it runs on, sorted. */
  readonly clusters: readonly string[];
  readonly namespace: string;
  readonly phase: OffboardPhase;
  /** How it leaves; present as soon as it does. */
  readonly offboard?: "drain" | "orphan";
  /** Present when its removal is refused. */
  readonly protect?: true;
}

/** What the commit at head declares: the part of the ownership file that is about meaning, not files. */
export interface FleetRecord {
  readonly clusters: Readonly<Record<string, RecordedCluster>>;
  readonly layers: Readonly<Record<string, RecordedLayer>>;
  readonly tenants: Readonly<Record<string, RecordedTenant>>;
}

/** The whole ownership file, `.flux-fleet/<owner>.json`. It travels with every commit. */
export interface OwnershipRecord extends FleetRecord {
  /** Format of the file. */
  readonly version: 1;
  /** Name of the Fleet that owns the paths. */
  readonly owner: string;
  /** Version of the package that rendered the commit. */
  readonly renderer: string;
  /** Owned paths with the Git blob ids that were committed. */
  readonly paths: Readonly<Record<string, string>>;
}
