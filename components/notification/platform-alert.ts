import type { KubernetesObject } from "../../manifests/manifest.js";
import { platformServiceAccount } from "../bootstrap/lockdown.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import type { PlaceCluster } from "../flux-part.js";
import type { AlertPart } from "./alert.js";
import { notificationObjects } from "./manifests.js";
import type { NotificationPart } from "./notification.js";
import type { ProviderPart } from "./provider.js";
import { providerReference } from "./provider.js";
import { givesCommitStatus, writesComments } from "./provider-types.js";

/**
 * The Alerts of the platform on one cluster: every Provider that no Alert names gets what fails in
 * `flux-system`, and one that gives commits a status gets what becomes of them. One that comments on
 * pull requests gets none, for nothing of the platform belongs to one.
 *
 * @param parts - the notifications of the fleet and of the cluster
 */
export function platformAlerts(
  parts: readonly NotificationPart<string>[],
  cluster: PlaceCluster,
): readonly KubernetesObject[] {
  const named = new Set(
    parts.flatMap((part) => (part.kind === "alert" ? [part.args.provider.name] : [])),
  );
  const place = {
    namespace: fluxNamespace,
    serviceAccountName: platformServiceAccount,
    cluster,
  };
  return parts
    .filter((part): part is ProviderPart<string> => part.kind === "provider")
    .filter(({ name, args }) => !named.has(name) && !writesComments(args.type))
    .flatMap((provider) => notificationObjects(platformAlert(provider), place));
}

function platformAlert(provider: ProviderPart<string>): AlertPart<string> {
  const reference = providerReference(provider);
  const name = `${provider.name}-platform`;
  // Only what applies a commit can say of it that it is good.
  return givesCommitStatus(reference.type)
    ? {
        kind: "alert",
        name,
        args: {
          provider: reference,
          sources: [{ kind: "Kustomization" }, { kind: "HelmRelease" }],
        },
      }
    : { kind: "alert", name, args: { provider: reference, sources: "all" } };
}
