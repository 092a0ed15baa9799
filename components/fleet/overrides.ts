import type { SecretPart } from "../sops/secrets/secret.js";

/**
 * What differs from the part's own arguments on some clusters. The more specific has the last word:
 * the cluster over its ring, the ring over its environment, the environment over the part. A single
 * value is replaced, `variables` are replaced key by key, `secrets` one by one, each as a whole, and
 * `patches` of all of them apply, the least specific first.
 *
 * @see docs/rings.md
 */
export interface Overrides<Value> {
  /** By environment. @default none */
  readonly environments?: Readonly<Record<string, Value>>;
  /** By ring. @default none */
  readonly rings?: Readonly<Record<string, Value>>;
  /** By name of the cluster. @default none */
  readonly clusters?: Readonly<Record<string, Value>>;
}

/** What decides which overrides a cluster has. */
export interface OverriddenCluster {
  readonly name: string;
  readonly environment: string;
  readonly ring: string;
}

/** A declared cluster, as far as it decides which overrides it has. */
interface DeclaredCluster {
  readonly name: string;
  readonly args: { readonly environment: string; readonly ring?: string };
}

/** What decides which overrides a declared cluster has: its ring is, by default, its environment. */
export function overriddenCluster({ name, args }: DeclaredCluster): OverriddenCluster {
  const { environment, ring = environment } = args;
  return { name, environment, ring };
}

/** One override that holds on a cluster. */
export interface AppliedOverride<Value> {
  /** Where it is written, for example `overrides.rings["canary"]`. */
  readonly at: string;
  readonly value: Value;
}

/** The tables of overrides, the least specific first. */
const tables = ["environments", "rings", "clusters"] as const;

/** One override as it is written, whatever clusters it is for. */
export interface WrittenOverride<Value> extends AppliedOverride<Value> {
  readonly table: (typeof tables)[number];
  /** Name of the environment, ring or cluster. */
  readonly key: string;
}

/** Every override that is written, the least specific first. */
export function everyOverride<Value>(
  overrides: Overrides<Value> | undefined,
): readonly WrittenOverride<Value>[] {
  if (overrides === undefined) return [];
  return tables.flatMap((table) =>
    Object.entries(overrides[table] ?? {}).map(([key, value]) => {
      return { table, key, at: placeOf(table, key), value };
    }),
  );
}

/** The overrides that hold on a cluster with where they are written, the most specific last. */
export function appliedOverrides<Value>(
  overrides: Overrides<Value> | undefined,
  cluster: OverriddenCluster,
): readonly AppliedOverride<Value>[] {
  if (overrides === undefined) return [];
  const keys = {
    environments: cluster.environment,
    rings: cluster.ring,
    clusters: cluster.name,
  };
  return tables.flatMap((table) => {
    const entries = overrides[table];
    const key = keys[table];
    const value = entries !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined;
    return value === undefined ? [] : [{ at: placeOf(table, key), value }];
  });
}

/** The overrides that hold on a cluster, the most specific last. */
export function overridesOn<Value>(
  overrides: Overrides<Value> | undefined,
  cluster: OverriddenCluster,
): readonly Value[] {
  return appliedOverrides(overrides, cluster).map(({ value }) => value);
}

/**
 * The arguments with overrides applied, the first given the least specific; the same object when
 * nothing is given.
 */
export function overridden<Args extends object>(
  args: Args,
  values: readonly Readonly<Partial<NoInfer<Args>>>[],
): Args {
  if (values.length === 0) return args;
  const result = new Map<string, unknown>(Object.entries(args));
  for (const value of values) {
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) result.set(key, replaced(key, result.get(key), item));
    }
  }
  return Object.fromEntries(result) as Args; // the same keys with values of the same types
}

/** What remains of a field when an override gives it a value. */
export function replaced(field: string, before: unknown, value: unknown): unknown {
  if (before === undefined) return value;
  if (field === "patches") return [...(before as readonly unknown[]), ...(value as unknown[])];
  if (field === "variables") return { ...(before as object), ...(value as object) };
  if (field === "secrets") return mergedSecrets(before as SecretList, value as SecretList);
  return value;
}

type SecretList<Value = unknown> = readonly SecretPart<Value>[];

/** A part whose Secrets may differ by environment, ring and cluster. */
interface SecretOwner<Value> {
  readonly secrets?: SecretList<Value>;
  readonly overrides?: Overrides<{ readonly secrets?: SecretList<Value> }>;
}

/** The Secrets that a layer or tenant has on a cluster. */
export function secretsOn<Value>(
  { secrets = [], overrides }: SecretOwner<Value>,
  cluster: OverriddenCluster,
): SecretList<Value> {
  if (overrides === undefined) return secrets;
  return overridesOn(overrides, cluster).reduce(
    (before, value) => mergedSecrets(before, value.secrets ?? []),
    secrets,
  );
}

/** Whether a layer or tenant has a Secret anywhere. */
export function hasSecretsSomewhere({ secrets = [], overrides }: SecretOwner<unknown>): boolean {
  return (
    secrets.length > 0 ||
    everyOverride(overrides).some(({ value }) => (value.secrets ?? []).length > 0)
  );
}

/** Whether two entries of one owner are the same Secret; a tenant may leave its Namespace out. */
export function isSameSecret(a: SecretPart<unknown>, b: SecretPart<unknown>): boolean {
  const [one, other] = [a.args.namespace, b.args.namespace];
  return a.name === b.name && (one === other || one === undefined || other === undefined);
}

function mergedSecrets<Value>(
  before: SecretList<Value>,
  secrets: SecretList<Value>,
): SecretList<Value> {
  const kept = before.map((one) => secrets.find((other) => isSameSecret(one, other)) ?? one);
  const added = secrets.filter((one) => !before.some((other) => isSameSecret(one, other)));
  return [...kept, ...added];
}

function placeOf(table: string, key: string): string {
  return `overrides.${table}[${JSON.stringify(key)}]`;
}
