import type { FleetModel } from "../model.js";
import { secretDirectories } from "./secret-directories.js";
import type { SecretFile } from "./secret-file.js";
import { tenantSecretFiles } from "./tenant-secrets.js";

/** Every encrypted file of the fleet, by cluster. */
export function secretFiles(model: FleetModel): readonly SecretFile[] {
  return model.clusters.flatMap((cluster) => [
    ...secretDirectories(model, cluster).flatMap(({ files }) => files),
    ...cluster.tenants.flatMap((tenant) => tenantSecretFiles(model, cluster, tenant)),
  ]);
}
