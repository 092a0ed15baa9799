import type { KubernetesObject } from "../../../manifests/manifest.js";
import { platformServiceAccount } from "../../bootstrap/lockdown.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import type { FluxPlace } from "../../flux-part.js";
import { inKindOrder } from "../../flux-parts.js";
import { imageObjects } from "../../image/manifests.js";
import type { ImagePlace } from "../../image/manifests.js";
import { notificationObjects } from "../../notification/manifests.js";
import type { NotificationPart } from "../../notification/notification.js";
import { platformAlerts } from "../../notification/platform-alert.js";
import type { FleetDeclaration } from "../fleet.js";
import type { FleetModel, ModelCluster } from "../model.js";

/** A file of a cluster with the objects of parts of the platform. */
export interface ClusterPartFile {
  readonly name: string;
  readonly objects: readonly KubernetesObject[];
}

/** Where the objects of the platform's own parts live. */
export const platformPlace: FluxPlace = {
  namespace: fluxNamespace,
  serviceAccountName: platformServiceAccount,
};

/** Where the images of the fleet are looked for, and the repository that their tags are written to. */
export function platformImagePlace({ repository }: FleetDeclaration): ImagePlace {
  return { ...platformPlace, source: { url: repository.url, branch: repository.branch } };
}

/** The notifications of a cluster: those of the fleet, then its own. */
export function clusterNotifications(
  { declaration }: FleetModel,
  { part }: ModelCluster,
): readonly NotificationPart<string>[] {
  return [...(declaration.notifications ?? []), ...(part.args.notifications ?? [])];
}

/** Whether the root Kustomization of a cluster applies parts of the platform. */
export function hasClusterParts(model: FleetModel, cluster: ModelCluster): boolean {
  return clusterNotifications(model, cluster).length > 0 || looksForImages(model, cluster);
}

function looksForImages({ declaration }: FleetModel, { name }: ModelCluster): boolean {
  return declaration.imageUpdates?.runsOn.name === name;
}

/** The files with the platform's own parts that the root Kustomization of a cluster applies. */
export function clusterPartFiles(
  model: FleetModel,
  cluster: ModelCluster,
): readonly ClusterPartFile[] {
  const { images = [], imageUpdates } = model.declaration;
  const notifications = clusterNotifications(model, cluster);
  const on = { name: cluster.name, environment: cluster.environment };
  const place = { ...platformPlace, cluster: on };
  const files = [
    {
      name: "notifications.yaml",
      objects: inKindOrder([
        ...notifications.flatMap((part) => notificationObjects(part, place)),
        ...platformAlerts(notifications, on),
      ]),
    },
    {
      name: "image-automation.yaml",
      objects: looksForImages(model, cluster)
        ? imageObjects(images, imageUpdates, platformImagePlace(model.declaration))
        : [],
    },
  ];
  return files.filter(({ objects }) => objects.length > 0);
}
