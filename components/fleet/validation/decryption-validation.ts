import type { Finding } from "../../../errors.js";
import { isOfKind } from "../../../graph/references/flux-kinds.js";
import { valuesAt } from "../../../graph/references/references.js";
import type { PlacedSecret, SecretCluster } from "../../../graph/secrets/placed-secrets.js";
import { secretFindings } from "../../../graph/secrets/secret-findings.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import type { KubernetesObject } from "../../../manifests/manifest.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { ageSecretName } from "../../sops/age-secret.js";
import type { AppliedDirectories } from "../hand-written/directory-audit.js";
import {
  keyNames,
  missingSourceFindings,
  writtenSecrets,
} from "../hand-written/written-secrets.js";
import type { FleetModel, ModelCluster } from "../model.js";
import type { RenderContext, RenderedCluster, RenderedFleet } from "../rendered.js";
import { declaredKeys, declaresSecrets, renderedSecrets } from "./rendered-secrets.js";
import { isProduction } from "./recipient-validation.js";
import { partTitle } from "./shape-validation.js";

/**
 * The findings about everything that is encrypted, or should be, over the whole fleet: who applies
 * it, who decrypts it and who can read it. A fleet without secrets costs nothing.
 *
 * @param applied - what hand-written directories apply
 * @param known - what was found already; after a refused patch the objects are not what is meant
 */
export function fleetSecretFindings(
  model: FleetModel,
  rendered: RenderedFleet,
  { directories }: RenderContext,
  applied: AppliedDirectories,
  known: readonly Finding[],
): readonly Finding[] {
  if (known.some(({ code }) => code === "PATCH_REFUSED")) return [];
  const texts = directories ?? new Map<string, string>();
  const declared = declaresSecrets(model.declaration) ? renderedSecrets(rendered) : undefined;
  const written = new Map(
    [...applied.objects].map(([name, objects]): [string, readonly PlacedSecret[]] => [
      name,
      writtenSecrets(objects, applied.files.get(name) ?? [], texts),
    ]),
  );
  const isNeeded = declared !== undefined || [...written.values()].some((own) => own.length > 0);
  const renderedOf = new Map(rendered.clusters.map((cluster) => [cluster.name, cluster]));
  const global = model.clusters.filter(({ name, part }) => {
    const install = renderedOf.get(name)?.install ?? [];
    return (part.args.patches ?? []).length > 0 && install.some(lendsKey);
  });
  const kustomizations = isNeeded ? kustomizationsByCluster(rendered, applied) : undefined;
  const clusters = isNeeded
    ? model.clusters.map((cluster): SecretCluster => ({
        ...secretCluster(model, cluster, renderedOf.get(cluster.name), applied),
        kustomizations: kustomizations?.get(cluster.name) ?? new Map<string, KubernetesObject>(),
        secrets: [...(declared?.get(cluster.name) ?? []), ...(written.get(cluster.name) ?? [])],
        hasGlobalKey: global.includes(cluster),
      }))
    : [];
  return [
    ...global.flatMap(globalKeyFindings),
    ...missing(rendered, applied),
    ...secretFindings(clusters, {
      breakGlass: model.declaration.sops?.breakGlass ?? [],
      others: new Set(
        model.tenants.flatMap(({ identity }) => [...(identity?.recipients.installed ?? [])]),
      ),
    }),
  ];
}

function secretCluster(
  { declaration }: FleetModel,
  cluster: ModelCluster,
  rendered: RenderedCluster | undefined,
  applied: AppliedDirectories,
): Omit<SecretCluster, "kustomizations" | "secrets" | "hasGlobalKey"> {
  const installed = cluster.identity?.recipients.installed ?? [];
  const isKnown = installed.length > 0 && !installed.some(isUnknown);
  const planned = (rendered?.secrets ?? []).map(
    ({ namespace, name, keys }) => [`${namespace}/${name}`, keys] as const,
  );
  const written = applied.objects.get(cluster.name) ?? [];
  return {
    name: cluster.name,
    isProduction: isProduction(declaration, cluster.environment),
    identities: new Map(isKnown ? [[`${fluxNamespace}/${ageSecretName}`, installed]] : []),
    keys: new Map([
      ...planned,
      ...declaredKeys(cluster),
      ...keyNames(written.map(({ object }) => object)),
    ]),
  };
}

/** The Kustomizations of every cluster by `namespace/name`. */
function kustomizationsByCluster(
  { clusters, manifests }: RenderedFleet,
  { objects }: AppliedDirectories,
): ReadonlyMap<string, ReadonlyMap<string, KubernetesObject>> {
  const found = new Map(clusters.map(({ name }) => [name, new Map<string, KubernetesObject>()]));
  const add = (cluster: string, object: KubernetesObject): void => {
    if (!isOfKind(object, "Kustomization")) return;
    const { name, namespace = "" } = object.metadata;
    found.get(cluster)?.set(`${namespace}/${name}`, object);
  };
  for (const { cluster, object } of manifests) add(cluster, object);
  for (const [cluster, own] of objects) {
    for (const { object } of own) add(cluster, object);
  }
  return found;
}

function missing({ files }: RenderedFleet, applied: AppliedDirectories): readonly Finding[] {
  const named = [...applied.files.values()].flat();
  if (named.every(({ sources }) => sources.length === 0)) return [];
  const paths = new Set<string>(files.map(({ path }) => path));
  return missingSourceFindings(named, (path) => paths.has(path));
}

/** Whether a Deployment lends a key to every Kustomization that names none. */
function lendsKey(object: KubernetesObject): boolean {
  if (object.kind !== "Deployment" || object.metadata.name !== "kustomize-controller") return false;
  return valuesAt(object, "spec.template.spec.containers[].args[]").some(
    ({ value }) => typeof value === "string" && value.startsWith("--sops-age-secret="),
  );
}

function globalKeyFindings({ name, tenants }: ModelCluster): readonly Finding[] {
  return tenants.length === 0
    ? []
    : [
        {
          code: "GLOBAL_AGE_KEY",
          path: `${partTitle("cluster", name)}: patches`,
          problem:
            "With --sops-age-secret kustomize-controller decrypts for the Kustomization of any tenant that names no key.",
          remedy:
            "Take the flag out and name the Secret where it is needed: a tenant only has to commit a copy of somebody else's encrypted Secret under its own Namespace, and Flux hands it the values.",
        },
      ];
}
