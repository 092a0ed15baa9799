import { phaseContent } from "../../../graph/changes/offboarding.js";
import { unknownValue } from "../../../graph/values/unknown-value.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { ageSecretEntry, ageSecretLabels, ageSecretName } from "../../sops/age-secret.js";
import type { GeneratedIdentity } from "../../sops/sealing/index.js";
import { secretTexts } from "../../sops/secrets/secret-object.js";
import { sourceSecretValues, tenantSourceSecret } from "../../tenant/source-secret.js";
import type { GitSource } from "../../tenant/git-source.js";
import type { TenantPart } from "../../tenant/tenant.js";
import { broughtKey } from "../cluster.js";
import type { ClusterPart } from "../cluster.js";
import type { FleetArgs } from "../fleet.js";
import type { FleetModel, ModelCluster } from "../model.js";
import { overriddenCluster, overridesOn, secretsOn } from "../overrides.js";
import type { Input } from "../part.js";
import { identityKey } from "../part-identity.js";
import type { PlannedSecret } from "../rendered.js";
import { appliedSecrets } from "./tenant-secrets.js";

/** The Secrets that Pulumi installs on a cluster, in the order in which they are needed. */
export function plannedSecrets(model: FleetModel, cluster: ModelCluster): readonly PlannedSecret[] {
  const ofSources = cluster.tenants
    .filter(({ phase }) => phaseContent(phase).base)
    .map(({ name, part }) => {
      const secret = tenantSourceSecret(name, part.args, cluster.name);
      return secret && { ...secret, tenant: part.name };
    });
  const declared = cluster.tenants.flatMap((tenant) => appliedSecrets(cluster, tenant));
  return [syncSecret(model, cluster), ageSecret(cluster), ...ofSources, ...declared].filter(
    (secret) => secret !== undefined,
  );
}

/**
 * The values of a planned Secret by key, taken from the declaration it was planned from, and from the
 * identities that the fleet made, by `identityKey`.
 *
 * @throws TypeError when the Secret was planned from another declaration
 */
export function secretValues<Value = Input>(
  secret: PlannedSecret,
  fleet: FleetArgs<Value>,
  identities: ReadonlyMap<string, GeneratedIdentity> = new Map(),
): Readonly<Record<string, Value | string>> {
  switch (secret.purpose) {
    case "sync":
      return sourceSecretValues(given(fleet.repository.sync?.credentials, secret));
    case "source": {
      const tenant = fleet.tenants?.find(({ name }) => name === secret.tenant);
      const cluster = fleet.clusters.find(({ name }) => name === secret.cluster);
      const source = tenant && cluster && sourceOn(tenant, cluster);
      return sourceSecretValues(given(source?.credentials, secret));
    }
    case "age": {
      const cluster = fleet.clusters.find(({ name }) => name === secret.cluster);
      return identitiesOf(given(cluster, secret), secret, identities);
    }
    case "declared":
      return declaredValues(secret, fleet, identities);
    default:
      return unreachable(secret.purpose);
  }
}

/** The identity behind a key of the Secret of a part; unknown for one that is yet to be made. */
function identityOf<Value>(
  key: string,
  part: ClusterPart<Value> | TenantPart<Value>,
  made: ReadonlyMap<string, GeneratedIdentity>,
): Value | string | undefined {
  const { age } = part.args;
  const brought = age === undefined ? [] : [broughtKey(age), age.previous];
  const generated = [...made].flatMap(([of, pair]) =>
    of.startsWith(identityKey(part, "")) ? [pair] : [],
  );
  const pairs = [...brought, ...generated, { recipient: unknownValue, identity: unknownValue }];
  // The front of a key is the first name of the cluster, the end is made from the recipient.
  return pairs.find((pair) => pair && key.endsWith(ageSecretEntry("", pair.recipient)))?.identity;
}

function declaredValues<Value>(
  secret: PlannedSecret,
  { clusters, tenants }: FleetArgs<Value>,
  identities: ReadonlyMap<string, GeneratedIdentity>,
): Readonly<Record<string, Value | string>> {
  const tenant = given(
    tenants?.find(({ name }) => name === secret.tenant),
    secret,
  );
  if (secret.name === ageSecretName) return identitiesOf(tenant, secret, identities);
  const cluster = given(
    clusters.find(({ name }) => name === secret.cluster),
    secret,
  );
  const secrets = secretsOn(tenant.args, overriddenCluster(cluster));
  const found = secrets.find(({ name }) => name === secret.name);
  return secretTexts(given(found, secret).args);
}

function identitiesOf<Value>(
  part: ClusterPart<Value> | TenantPart<Value>,
  secret: PlannedSecret,
  identities: ReadonlyMap<string, GeneratedIdentity>,
): Readonly<Record<string, Value | string>> {
  return Object.fromEntries(
    secret.keys.map((key) => [key, given(identityOf(key, part, identities), secret)]),
  );
}

/** The source of a tenant as it is on a cluster. */
function sourceOn<Value>(
  { args }: TenantPart<Value>,
  cluster: ClusterPart<Value>,
): GitSource<Value> {
  const overrides = overridesOn(args.overrides, overriddenCluster(cluster));
  return overrides.reduce((before, { source }) => source ?? before, args.source);
}

function syncSecret(model: FleetModel, cluster: ModelCluster): PlannedSecret | undefined {
  const credentials = model.declaration.repository.sync?.credentials;
  return (
    credentials && {
      name: fluxNamespace,
      namespace: fluxNamespace,
      purpose: "sync",
      cluster: cluster.name,
      labels: {},
      keys: Object.keys(sourceSecretValues(credentials)).sort(),
      part: `cluster "${cluster.name}"`,
    }
  );
}

/** One entry for each identity that the cluster needs in this phase, so that two have room beside each other. */
function ageSecret({ name, firstName, identity }: ModelCluster): PlannedSecret | undefined {
  if (identity?.identities === undefined) return undefined;
  const { installed } = identity.recipients;
  return {
    name: ageSecretName,
    namespace: fluxNamespace,
    purpose: "age",
    cluster: name,
    labels: ageSecretLabels,
    keys: installed.map((recipient) => ageSecretEntry(firstName, recipient)).sort(),
    part: `cluster "${name}"`,
  };
}

function given<Value>(value: Value | undefined, secret: PlannedSecret): Value {
  if (value === undefined) {
    throw new TypeError(`${secret.part}: nothing is declared for Secret ${secret.name}`);
  }
  return value;
}

function unreachable(purpose: never): never {
  throw new TypeError(`unknown purpose ${String(purpose)}`);
}
