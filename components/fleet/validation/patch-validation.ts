import type { Finding } from "../../../errors.js";
import { selectedComponents } from "../../bootstrap/flux-components.js";
import { clusterGuard, patchFindings } from "../../patches.js";
import { tenantPatchFindings } from "../../tenant/validation.js";
import { clusterTree } from "../tree/cluster-tree.js";
import { fluxInstalls } from "../tree/flux-install.js";
import type { FleetModel, ModelCluster, ModelTenant } from "../model.js";
import { everyOverride } from "../overrides.js";
import type { RenderContext } from "../rendered.js";
import { partTitle } from "./shape-validation.js";

/** The findings of every patch of a valid model against what is rendered without it. */
export function partPatchFindings(model: FleetModel, context: RenderContext): readonly Finding[] {
  return [
    ...model.tenants.flatMap(tenantFindings),
    ...model.clusters.flatMap((cluster) => clusterFindings(model, cluster, context)),
  ];
}

function tenantFindings({ name, part }: ModelTenant): readonly Finding[] {
  const title = partTitle("tenant", part.name);
  const written = [
    { at: "patches", patches: part.args.patches },
    ...everyOverride(part.args.overrides).map(({ at, value: { patches } }) => ({
      at: `${at}.patches`,
      patches,
    })),
  ];
  return written.flatMap(({ at, patches }) =>
    patches === undefined
      ? []
      : tenantPatchFindings(name, { ...part.args, patches }, `${title}: ${at}`),
  );
}

function clusterFindings(
  model: FleetModel,
  cluster: ModelCluster,
  { installManifests }: RenderContext,
): readonly Finding[] {
  const { patches = [], ...args } = cluster.part.args;
  const release = installManifests.get(cluster.fluxVersion ?? "");
  if (patches.length === 0 || release === undefined) return [];
  const components = selectedComponents(model.declaration.flux.components);
  const install = fluxInstalls(components)(release, cluster.lockdown);
  // The constructor of a Fleet checks before it has read what Flux consists of.
  if (install.objects.length === 0) return [];
  const plain = { ...cluster, part: { ...cluster.part, args } };
  const objects = clusterTree(model, plain, install).manifests.map(({ object }) => object);
  const at = `${partTitle("cluster", cluster.name)}: patches`;
  return patchFindings(objects, patches, clusterGuard(cluster.lockdown), at);
}
