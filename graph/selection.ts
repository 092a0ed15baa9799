/** What a selector looks at. */
export interface SelectableCluster {
  readonly name: string;
  readonly environment: string;
  readonly ring: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Properties that a cluster must have, each with the values of which it has one; see `ClusterQuery`. */
export interface SelectionQuery {
  readonly environment?: string | readonly string[] | undefined;
  readonly ring?: string | readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** One value of one property, as a query names it. */
export interface SelectionTerm {
  /** As the user wrote it, for example `environment` or `labels["provider"]`. */
  readonly property: string;
  readonly value: string;
}

/** Finds clusters by their properties without looking at all of them each time. */
export interface ClusterIndex {
  /** Names of all clusters, sorted. */
  readonly names: readonly string[];
  /** Whether a cluster of this name exists. */
  has(name: string): boolean;
  /** Names of the clusters with all of these properties, sorted. */
  find(query: SelectionQuery): readonly string[];
  /** What a query names and no cluster has. */
  missing(query: SelectionQuery): readonly SelectionTerm[];
  /** The properties that clusters have, sorted, for messages. */
  readonly environments: readonly string[];
  readonly rings: readonly string[];
  /** The values that a property has, sorted. */
  valuesOf(property: string): readonly string[];
}

/** An index over the clusters of a fleet. */
export function indexClusters(clusters: readonly SelectableCluster[]): ClusterIndex {
  const byProperty = new Map<string, Map<string, Set<string>>>();
  const add = (property: string, value: string, name: string): void => {
    const values = byProperty.get(property) ?? new Map<string, Set<string>>();
    byProperty.set(property, values);
    const names = values.get(value);
    if (names === undefined) values.set(value, new Set([name]));
    else names.add(name);
  };
  for (const cluster of clusters) {
    add("environment", cluster.environment, cluster.name);
    add("ring", cluster.ring, cluster.name);
    for (const [key, value] of Object.entries(cluster.labels)) {
      add(labelProperty(key), value, cluster.name);
    }
  }
  const names = sorted(clusters.map(({ name }) => name));
  const having = (property: string, values: readonly string[]): ReadonlySet<string> => {
    const sets = values.map((value) => byProperty.get(property)?.get(value) ?? new Set<string>());
    const [only] = sets;
    return only !== undefined && sets.length === 1
      ? only
      : new Set(sets.flatMap((set) => [...set]));
  };
  const find = (query: SelectionQuery): readonly string[] => {
    const sets = properties(query).map(([property, values]) => having(property, values));
    const [smallest, ...others] = sets.sort((a, b) => a.size - b.size);
    return smallest === undefined
      ? names
      : sorted([...smallest].filter((name) => others.every((set) => set.has(name))));
  };
  const known = new Set(names);
  const valuesOf = (property: string): readonly string[] =>
    sorted([...(byProperty.get(property)?.keys() ?? [])]);
  return {
    names,
    has: (name) => known.has(name),
    find,
    missing: (query) =>
      properties(query).flatMap(([property, values]) =>
        values
          .filter((value) => byProperty.get(property)?.has(value) !== true)
          .map((value) => ({ property, value })),
      ),
    environments: valuesOf("environment"),
    rings: valuesOf("ring"),
    valuesOf,
  };
}

function properties(query: SelectionQuery): (readonly [string, readonly string[]])[] {
  const { environment, ring, labels = {} } = query;
  return [
    ...(environment === undefined ? [] : [["environment", listed(environment)] as const]),
    ...(ring === undefined ? [] : [["ring", listed(ring)] as const]),
    ...Object.entries(labels).map(([key, value]) => [labelProperty(key), listed(value)] as const),
  ];
}

function labelProperty(key: string): string {
  return `labels[${JSON.stringify(key)}]`;
}

function listed(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
