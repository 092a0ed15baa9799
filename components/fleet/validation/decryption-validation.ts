import type { Finding } from "../../../errors.js";
import { isOfKind } from "../../../graph/references/flux-kinds.js";
import { valuesAt } from "../../../graph/references/references.js";
import type { PlacedSecret, SecretCluster } from "../../../graph/secrets/placed-secrets.js";
import { ruleFindings } from "../../../graph/secrets/rule-findings.js";
import { secretFindings } from "../../../graph/secrets/secret-findings.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import type { KubernetesObject } from "../../../manifests/manifest.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { ageSecretName } from "../../sops/age-secret.js";
import type { WrittenObject } from "../hand-written/directories.js";
import type { AppliedDirectories } from "../hand-written/directory-audit.js";
import {
  keyNames,
  missingSourceFindings,
  writtenSecrets,
} from "../hand-written/written-secrets.js";
import type { FleetModel, ModelCluster } from "../model.js";
import type { RenderContext, RenderedCluster, RenderedFleet } from "../rendered.js";
import { fleetRules } from "../rendering.js";
import { declaresSecrets, renderedSecrets } from "./rendered-secrets.js";
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
  const others = [...global.flatMap(globalKeyFindings), ...missing(rendered, applied)];
  if (!isNeeded) return others;
  const decrypting = decryptingOn(rendered, applied);
  const clusters = model.clusters.map((cluster): SecretCluster => ({
    ...secretCluster(model, cluster, renderedOf.get(cluster.name), decrypting.get(cluster.name)),
    secrets: [...(declared?.get(cluster.name) ?? []), ...(written.get(cluster.name) ?? [])],
    hasGlobalKey: global.includes(cluster),
  }));
  const found = secretFindings(clusters, {
    breakGlass: model.declaration.sops?.breakGlass ?? [],
    others: new Set(
      model.tenants.flatMap(({ identity }) => [...(identity?.recipients.installed ?? [])]),
    ),
  });
  return [
    ...others,
    ...found,
    ...ruleFindings(clusters, fleetRules(model), isElsewhere(texts)).filter(
      ({ path }) => !found.some((finding) => finding.path === path),
    ),
  ];
}

function secretCluster(
  { declaration }: FleetModel,
  { name, environment, identity }: ModelCluster,
  rendered: RenderedCluster | undefined,
  decrypting: Decrypting | undefined,
): Omit<SecretCluster, "secrets" | "hasGlobalKey"> {
  const installed = identity?.recipients.installed ?? [];
  const isKnown = installed.length > 0 && !installed.some(isUnknown);
  const planned = (rendered?.secrets ?? []).map(
    (secret) => [`${secret.namespace}/${secret.name}`, secret.keys] as const,
  );
  return {
    name,
    isProduction: isProduction(declaration, environment),
    kustomizations: decrypting?.kustomizations ?? new Map<string, KubernetesObject>(),
    identities: new Map(isKnown ? [[`${fluxNamespace}/${ageSecretName}`, installed]] : []),
    keys: new Map([...planned, ...keyNames(decrypting?.secrets ?? [])]),
  };
}

/** What is applied on a cluster and decrypts, or can be decrypted with. */
interface Decrypting {
  /** By `namespace/name`. */
  readonly kustomizations: Map<string, KubernetesObject>;
  readonly secrets: WrittenObject[];
}

function decryptingOn(
  { clusters, manifests }: RenderedFleet,
  { objects }: AppliedDirectories,
): ReadonlyMap<string, Decrypting> {
  const found = new Map(
    clusters.map(({ name }) => [
      name,
      { kustomizations: new Map<string, KubernetesObject>(), secrets: [] as WrittenObject[] },
    ]),
  );
  const add = (cluster: string, object: KubernetesObject): void => {
    const { name, namespace = "" } = object.metadata;
    if (object.kind === "Secret") found.get(cluster)?.secrets.push(object);
    if (!isOfKind(object, "Kustomization")) return;
    found.get(cluster)?.kustomizations.set(`${namespace}/${name}`, object);
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

/** Whether a `.sops.yaml` that people wrote is nearer to a file than that of the fleet. */
function isElsewhere(texts: ReadonlyMap<string, string>): (file: string) => boolean {
  const folders = [...texts.keys()].flatMap((path) => /^(.+\/)\.sops\.yaml$/.exec(path)?.[1] ?? []);
  return (file) => folders.some((folder) => file.startsWith(folder));
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
