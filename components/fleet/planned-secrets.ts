import { fluxNamespace } from "../bootstrap/sync.js";
import { ageSecretKey, ageSecretLabels, ageSecretName } from "../sops/age-secret.js";
import type { GitCredentials } from "../tenant/git-source.js";
import { sourceSecretName, tenantLabel } from "../tenant/manifests.js";
import { phaseContent } from "../../graph/offboarding.js";
import type { FleetArgs } from "./fleet.js";
import type { FleetModel, ModelCluster } from "./model.js";
import type { Input } from "./part.js";
import type { PlannedSecret } from "./rendered.js";

/** The Secrets that Pulumi installs on a cluster, in the order in which they are needed. */
export function plannedSecrets(model: FleetModel, cluster: ModelCluster): readonly PlannedSecret[] {
  const part = `cluster "${cluster.name}"`;
  const credentials = model.declaration.repository.sync?.credentials;
  const base = { cluster: cluster.name, namespace: fluxNamespace, part };
  return [
    ...(credentials === undefined
      ? []
      : [
          {
            ...base,
            name: fluxNamespace,
            purpose: "sync" as const,
            labels: {},
            keys: Object.keys(gitCredentialValues(credentials)).sort(),
          },
        ]),
    ...(cluster.part.args.age?.identity === undefined
      ? []
      : [
          {
            ...base,
            name: ageSecretName,
            purpose: "age" as const,
            labels: ageSecretLabels,
            keys: [ageSecretKey(cluster.name)],
          },
        ]),
    ...cluster.tenants.flatMap(({ name, namespace, phase, part: { args } }) =>
      args.source.credentials === undefined || !phaseContent(phase).base
        ? []
        : [
            {
              name: sourceSecretName(name),
              namespace,
              purpose: "source" as const,
              cluster: cluster.name,
              tenant: name,
              labels: { [tenantLabel]: name },
              keys: Object.keys(gitCredentialValues(args.source.credentials)).sort(),
              part: `tenant "${name}"`,
            },
          ],
    ),
  ];
}

/**
 * The values of a planned Secret by key, taken from the declaration it was planned from.
 *
 * @throws TypeError when the Secret was planned from another declaration
 */
export function secretValues<Value = Input>(
  secret: PlannedSecret,
  fleet: FleetArgs<Value>,
): Readonly<Record<string, Value | string>> {
  switch (secret.purpose) {
    case "sync":
      return gitCredentialValues(given(fleet.repository.sync?.credentials, secret));
    case "source": {
      const tenant = fleet.tenants?.find(({ name }) => name === secret.tenant);
      return gitCredentialValues(given(tenant?.args.source.credentials, secret));
    }
    case "age": {
      const cluster = fleet.clusters.find(({ name }) => name === secret.cluster);
      return { [ageSecretKey(secret.cluster)]: given(cluster?.args.age?.identity, secret) };
    }
    default:
      return unreachable(secret.purpose);
  }
}

/**
 * Credentials under the keys that source-controller reads.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#basic-access-authentication
 */
export function gitCredentialValues<Value>(
  credentials: GitCredentials<Value>,
): Readonly<Record<string, Value | string>> {
  return {
    ...(credentials.ca === undefined ? {} : { "ca.crt": credentials.ca }),
    password: credentials.token,
    username: credentials.username ?? "git",
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
