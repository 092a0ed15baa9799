import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import { duplicateNames } from "../../flux-parts.js";
import { imageFindings } from "../../image/validation.js";
import type { ImageUpdatesArgs } from "../../image/image-updates.js";
import type { NotificationPart } from "../../notification/notification.js";
import { notificationFindings } from "../../notification/validation.js";
import { tenantPlace } from "../../tenant/manifests.js";
import type { FleetModel, ModelTenant } from "../model.js";
import { platformImagePlace, platformPlace } from "../tree/cluster-parts.js";
import { partTitle } from "./shape-validation.js";

const nothing: readonly Finding[] = [];

/** The findings of notifications and images of the platform, and of the images of tenants. */
export function partListFindings(model: FleetModel): readonly Finding[] {
  const { declaration, clusters } = model;
  const { notifications = [], images, imageUpdates } = declaration;
  const updates = "imageUpdates";
  const names = clusters.map(({ name }) => name);
  return nothing.concat(
    notificationListFindings(notifications, [], "notifications"),
    clusters.flatMap(({ name, part }) =>
      notificationListFindings(
        part.args.notifications ?? [],
        notifications,
        `${partTitle("cluster", name)}: notifications`,
      ),
    ),
    images === undefined && imageUpdates === undefined
      ? []
      : imageFindings(images ?? [], imageUpdates, platformImagePlace(declaration), ""),
    placeFindings(imageUpdates, names, "The fleet", updates),
    model.tenants.flatMap(tenantImageFindings),
  );
}

/** @param others - what is on the same cluster besides */
function notificationListFindings(
  parts: readonly NotificationPart<string>[],
  others: readonly NotificationPart<string>[],
  at: string,
): readonly Finding[] {
  if (parts.length === 0) return [];
  return [
    ...duplicateNames([...others, ...parts], at),
    ...parts.flatMap((part) =>
      notificationFindings(part, platformPlace, `${at}[${quoted(part.name)}]`),
    ),
  ];
}

function tenantImageFindings({ name, part, clusters }: ModelTenant): readonly Finding[] {
  const { images, imageUpdates, source } = part.args;
  if (images === undefined && imageUpdates === undefined) return [];
  const title = partTitle("tenant", part.name);
  const { url, branch } = source;
  const place = { ...tenantPlace(name, part.args), source: { url, branch } };
  return [
    ...imageFindings(images ?? [], imageUpdates, place, `${title}: `),
    ...placeFindings(imageUpdates, clusters, "The tenant", `${title}: imageUpdates`),
  ];
}

/** Images are looked for, and tags written, on a cluster that has whoever declares them. */
function placeFindings(
  updates: ImageUpdatesArgs | undefined,
  clusters: readonly string[],
  who: string,
  at: string,
): readonly Finding[] {
  if (updates === undefined || clusters.includes(updates.runsOn.name)) return [];
  return [
    {
      code: "NOT_LISTED",
      path: `${at}.runsOn`,
      problem: `${who} is not on cluster ${quoted(updates.runsOn.name)}.`,
      remedy:
        clusters.length === 0
          ? "Select a cluster first."
          : `Use one of ${clusters.map((name) => quoted(name)).join(", ")}.`,
    },
  ];
}
