/** What a selector looks at. */
export interface SelectableCluster {
  readonly name: string;
  readonly environment: string;
  readonly ring: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Properties that a cluster must have; see `ClusterQuery`. */
export interface SelectionQuery {
  readonly environment?: string | undefined;
  readonly ring?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Finds clusters by their properties without looking at all of them each time. */
export interface ClusterIndex {
  /** Names of all clusters, sorted. */
  readonly names: readonly string[];
  /** Whether a cluster of this name exists. */
  has(name: string): boolean;
  /** Names of the clusters with all of these properties, sorted. */
  find(query: SelectionQuery): readonly string[];
  /** The properties that clusters have, sorted, for messages. */
  readonly environments: readonly string[];
  readonly rings: readonly string[];
}

/** An index over the clusters of a fleet. */
export function indexClusters(clusters: readonly SelectableCluster[]): ClusterIndex {
  const byProperty = new Map<string, Set<string>>();
  const add = (property: string, name: string): void => {
    const names = byProperty.get(property);
    if (names === undefined) byProperty.set(property, new Set([name]));
    else names.add(name);
  };
  for (const cluster of clusters) {
    add(propertyKey("environment", cluster.environment), cluster.name);
    add(propertyKey("ring", cluster.ring), cluster.name);
    for (const [key, value] of Object.entries(cluster.labels)) {
      add(propertyKey(`label ${key}`, value), cluster.name);
    }
  }
  const names = sorted(clusters.map(({ name }) => name));
  const find = (query: SelectionQuery): readonly string[] => {
    const sets = properties(query).map((key) => byProperty.get(key) ?? new Set<string>());
    const [smallest, ...others] = sets.sort((a, b) => a.size - b.size);
    return smallest === undefined
      ? names
      : sorted([...smallest].filter((name) => others.every((set) => set.has(name))));
  };
  const known = new Set(names);
  return {
    names,
    has: (name) => known.has(name),
    find,
    environments: sorted(clusters.map(({ environment }) => environment)),
    rings: sorted(clusters.map(({ ring }) => ring)),
  };
}

function properties(query: SelectionQuery): string[] {
  return [
    ...(query.environment === undefined ? [] : [propertyKey("environment", query.environment)]),
    ...(query.ring === undefined ? [] : [propertyKey("ring", query.ring)]),
    ...Object.entries(query.labels ?? {}).map(([key, value]) => propertyKey(`label ${key}`, value)),
  ];
}

function propertyKey(property: string, value: string): string {
  return `${property}\0${value}`;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
