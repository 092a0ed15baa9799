import type {
  FleetRecord,
  RecordedCluster,
  RecordedLayer,
  RecordedTenant,
} from "../../../graph/changes/ownership.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import { isRetired } from "../model.js";
import type { PartIdentity } from "../part-identity.js";
import type { RenderContext } from "../rendered.js";
import type { EncryptedFile } from "./secret-file.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "../model.js";

/** What the ownership file will remember of this commit. */
export function fleetRecord(
  model: FleetModel,
  encrypted: readonly EncryptedFile[],
  { record, envelopes }: RenderContext,
): FleetRecord {
  const proofs = encrypted.flatMap(({ path }): readonly (readonly [string, string])[] => {
    // A preview that makes no envelope leaves what is known.
    const proof = envelopes?.get(path)?.proof ?? record?.sops?.files[path];
    return proof === undefined ? [] : [[path, proof]];
  });
  return {
    clusters: Object.fromEntries(
      [...model.clusters, ...model.retired].map((cluster) => [
        cluster.name,
        recordedCluster(cluster),
      ]),
    ),
    layers: Object.fromEntries(
      model.layers.map((layer) => [layer.part.name, recordedLayer(layer)]),
    ),
    tenants: Object.fromEntries(
      model.tenants.map((tenant) => [tenant.part.name, recordedTenant(tenant)]),
    ),
    ...(proofs.length === 0 ? {} : { sops: { files: Object.fromEntries(proofs.sort(byPath)) } }),
  };
}

function byPath([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

function recordedCluster(cluster: ModelCluster): RecordedCluster {
  const { path, environment, ring, fluxVersion, name, firstName, identity } = cluster;
  return {
    path,
    environment,
    ring,
    ...(fluxVersion === undefined ? {} : { fluxVersion }),
    ...(firstName === name ? {} : { firstName }),
    ...(isRetired(cluster.part) ? { retired: true } : {}),
    ...(identity === undefined ? {} : recordedIdentity(identity)),
  };
}

function recordedIdentity({
  age,
  generations,
}: PartIdentity): Pick<RecordedCluster, "age" | "ageGeneration"> {
  const ageGeneration = generations.at(-1);
  // As long as the recipient is not known, no commit is made either.
  if (isUnknown(age.recipient)) return {};
  return { age, ...(ageGeneration === undefined ? {} : { ageGeneration }) };
}

function recordedLayer({ part, name, clusters }: ModelLayer): RecordedLayer {
  return { clusters, ...(name === part.name ? {} : { firstName: name }) };
}

function recordedTenant(tenant: ModelTenant): RecordedTenant {
  const { part, name, clusters, namespace, phase, applier, identity } = tenant;
  const { offboard, protect } = part.args;
  return {
    clusters,
    namespace,
    phase,
    ...(offboard === undefined ? {} : { offboard }),
    ...(protect === true ? { protect: true } : {}),
    ...(applier === "flux" ? {} : { applier }),
    ...(identity === undefined ? {} : recordedIdentity(identity)),
    ...(name === part.name ? {} : { firstName: name }),
  };
}
