import { isInGit } from "../../../graph/changes/appliers.js";
import { isWithin } from "../../../graph/overlaps.js";
import type { NamedLayer } from "../../layer/directories.js";
import { isRendered, renderedRoot, writtenPlaces } from "../../layer/directories.js";
import type { FleetModel, ModelCluster } from "../model.js";
import { clusterDirectory, secretsDirectory, tenantsDirectory } from "./paths.js";

/**
 * The directories that the source of a cluster fetches, sorted, none within another: its own, and for
 * each layer the whole folder in which it is rendered or written, so that what it refers to is there.
 * No layer is at the root of the repository. Undefined when the clusters fetch everything.
 *
 * @param hasSecrets - whether the cluster or its layers have Secrets
 */
export function sparseDirectories(
  model: FleetModel,
  cluster: ModelCluster,
  hasSecrets: boolean,
): readonly string[] | undefined {
  if (model.declaration.repository.sync?.sparseCheckout !== true) return undefined;
  const needed = new Set([
    clusterDirectory(cluster),
    ...(cluster.tenants.some(isInGit) ? [tenantsDirectory(cluster)] : []),
    ...(hasSecrets ? [secretsDirectory(cluster)] : []),
    ...cluster.layers.flatMap(({ name, part: { args } }) =>
      layerFolders({ name, args }, cluster.environment),
    ),
  ]);
  const all = [...needed].sort();
  return all.filter((one) => !all.some((other) => other !== one && isWithin(one, other)));
}

function layerFolders(layer: NamedLayer, environment: string): readonly string[] {
  const written = writtenPlaces(layer, environment).map(
    ({ directory }) => directory.split("/")[0] ?? "",
  );
  return isRendered(layer.args) ? [renderedRoot(layer), ...written] : written;
}
