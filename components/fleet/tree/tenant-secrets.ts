import { isInGit } from "../../../graph/changes/appliers.js";
import { phaseContent } from "../../../graph/changes/offboarding.js";
import { unknownValue } from "../../../graph/values/unknown-value.js";
import { repoPath, repoPathIn } from "../../../manifests/repo-path.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { ageSecretEntry, ageSecretLabels, ageSecretName } from "../../sops/age-secret.js";
import type { SecretPlace } from "../../sops/secrets/secret-object.js";
import { secretHead, secretKeys } from "../../sops/secrets/secret-object.js";
import type { SecretPart } from "../../sops/secrets/secret.js";
import { tenantLabel } from "../../tenant/manifests.js";
import type { FleetModel, ModelCluster, ModelTenant } from "../model.js";
import type { PlannedSecret } from "../rendered.js";
import { tenantDirectory } from "./paths.js";
import type { SecretFile } from "./secret-file.js";
import { byName, recipientsOf, secretFileName } from "./secret-file.js";

/** The encrypted files in the directory of a tenant: its Secrets, and its own identity. */
export function tenantSecretFiles(
  model: FleetModel,
  cluster: ModelCluster,
  tenant: ModelTenant,
): readonly SecretFile[] {
  const secrets = tenantSecrets(tenant);
  if (secrets.length === 0 || !isInGit(tenant)) return [];
  const directory = repoPath(tenantDirectory(cluster, tenant.name));
  const shared = {
    cluster: cluster.name,
    recipients: recipientsOf(model, cluster),
    appliedBy: `${fluxNamespace}/${tenant.name}`,
    part: `tenant "${tenant.name}"`,
    place: tenantSecretPlace(tenant),
  };
  return secrets.map((secret) => ({
    ...{ path: repoPathIn(directory, secretFileName(secret)), secret },
    ...shared,
  }));
}

/** The Secrets of a tenant by name, that with its own identity included. */
export function tenantSecrets({
  name,
  part,
  identity,
}: ModelTenant): readonly SecretPart<string>[] {
  const { secrets = [] } = part.args;
  if (identity === undefined) return byName(secrets);
  const data: Record<string, string> = {};
  for (const recipient of identity.recipients.installed) {
    data[ageSecretEntry(name, recipient)] = identity.identities?.get(recipient) ?? unknownValue;
  }
  const args = { type: "Opaque", data, labels: ageSecretLabels };
  return byName([...secrets, { kind: "secret", name: ageSecretName, args }]);
}

/** Where the Secrets of a tenant are and what they carry. */
export function tenantSecretPlace({ name, part, namespace }: ModelTenant): SecretPlace {
  const place = { namespace, labels: { [tenantLabel]: name } };
  // Who leaves its workload behind leaves behind what the workload reads.
  return part.args.offboard === "orphan" ? { ...place, annotations: keptByFlux } : place;
}

const keptByFlux = { "kustomize.toolkit.fluxcd.io/prune": "disabled" };

/** The Secrets of a tenant that Pulumi applies on a cluster instead of Flux. */
export function appliedSecrets(
  cluster: ModelCluster,
  tenant: ModelTenant,
): readonly PlannedSecret[] {
  if (tenant.applier !== "pulumi" || !phaseContent(tenant.phase).base) return [];
  const place = tenantSecretPlace(tenant);
  return tenantSecrets(tenant).map(({ name, args }) => {
    const { metadata, type, immutable } = secretHead({ name, args }, place);
    const { namespace = tenant.namespace, labels = {}, annotations } = metadata;
    return {
      ...{ name, namespace, purpose: "declared", cluster: cluster.name, tenant: tenant.part.name },
      ...{ labels, keys: secretKeys(args), part: `tenant "${tenant.name}"` },
      ...(annotations === undefined ? {} : { annotations }),
      ...(type === undefined ? {} : { type }),
      ...(immutable === undefined ? {} : { immutable }),
    };
  });
}
