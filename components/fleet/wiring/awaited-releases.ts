import type { ExpectedRelease } from "../../../cluster/index.js";
import { isOfKind } from "../../../graph/references/flux-kinds.js";
import { isStopped } from "../../../graph/references/health.js";
import { fieldsOf } from "../../../graph/references/references.js";
import type { Manifest } from "../../../manifests/manifest.js";
import type { RenderedFleet } from "../rendered.js";

/**
 * The HelmReleases of every cluster that has any at whose health no Kustomization looks: those of
 * tenants, and those of layers without `wait`. The failure of others is one of their Kustomization.
 */
export function awaitedReleases({
  manifests,
  clusters,
}: Pick<RenderedFleet, "manifests" | "clusters">): ReadonlyMap<string, readonly ExpectedRelease[]> {
  const releases = manifests.filter(
    ({ object, appliedBy }) =>
      appliedBy !== undefined && isOfKind(object, "HelmRelease") && !isStopped(object),
  );
  if (releases.length === 0) return new Map();
  const waiting = waitingKustomizations(manifests);
  const required = new Set(
    clusters.flatMap(({ name: cluster, kustomizations }) =>
      kustomizations.flatMap(({ tenant, source, waitFor }) =>
        tenant !== undefined && source === "tenant" && waitFor ? [`${cluster} ${tenant}`] : [],
      ),
    ),
  );
  const found = new Map<string, ExpectedRelease[]>();
  for (const { cluster, object, appliedBy = "" } of releases) {
    if (waiting.has(`${cluster} ${appliedBy}`)) continue;
    const { name, namespace = "" } = object.metadata;
    // The Kustomization of a tenant in `flux-system` has the tenant's name.
    const [, tenant = ""] = appliedBy.split("/");
    const waitFor = required.has(`${cluster} ${tenant}`);
    const list = found.get(cluster) ?? [];
    list.push({ namespace, name, appliedBy, waitFor });
    found.set(cluster, list);
  }
  return found;
}

/** Cluster and `namespace/name` of every Kustomization that waits for all that it applies. */
function waitingKustomizations(manifests: readonly Manifest[]): ReadonlySet<string> {
  return new Set(
    manifests.flatMap(({ cluster, object }) => {
      if (!isOfKind(object, "Kustomization") || fieldsOf(object["spec"])["wait"] !== true)
        return [];
      const { name, namespace = "" } = object.metadata;
      return [`${cluster} ${namespace}/${name}`];
    }),
  );
}
