/**
 * What differs from the part's own arguments on some clusters. The more specific wins: the cluster
 * over its ring, the ring over its environment, the environment over the part.
 */
export interface Overrides<Value> {
  /** By environment. @default none */
  readonly environments?: Readonly<Record<string, Value>>;
  /** By ring. @default none */
  readonly rings?: Readonly<Record<string, Value>>;
  /** By name of the cluster. @default none */
  readonly clusters?: Readonly<Record<string, Value>>;
}

/** The overrides that hold on a cluster, the most specific last. */
export function overridesOn<Value>(
  overrides: Overrides<Value> | undefined,
  cluster: { readonly name: string; readonly environment: string; readonly ring: string },
): readonly Value[] {
  if (overrides === undefined) return [];
  const { environments, rings, clusters } = overrides;
  return [
    ...own(environments, cluster.environment),
    ...own(rings, cluster.ring),
    ...own(clusters, cluster.name),
  ];
}

function own<Value>(table: Readonly<Record<string, Value>> | undefined, key: string): Value[] {
  const value = table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
  return value === undefined ? [] : [value];
}
