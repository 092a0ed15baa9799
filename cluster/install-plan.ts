import { at, listAt, textAt, type KubeObject, type ObjectKind } from "./objects.js";

/** The objects of an installation, in the order in which they are applied. */
export interface InstallPlan {
  readonly namespaces: readonly KubeObject[];
  readonly definitions: readonly KubeObject[];
  /** Accounts, roles, quotas, policies, Services and all else that the controllers need. */
  readonly surroundings: readonly KubeObject[];
  readonly deployments: readonly KubeObject[];
}

/** Sorts an installation into the steps of its order; within a step objects do not need each other. */
export function planInstall(objects: readonly KubeObject[]): InstallPlan {
  const ofKind = (kind: string): readonly KubeObject[] =>
    objects.filter((one) => one.kind === kind);
  const placed = new Set(["Namespace", "CustomResourceDefinition", "Deployment"]);
  return {
    namespaces: ofKind("Namespace"),
    definitions: ofKind("CustomResourceDefinition"),
    surroundings: objects.filter((one) => !placed.has(one.kind)),
    deployments: ofKind("Deployment"),
  };
}

const applierLabels = [
  "fluxcd.controlplane.io/name",
  "resourceset.fluxcd.controlplane.io/name",
  "helm.toolkit.fluxcd.io/name",
] as const;

/**
 * Who else keeps an object of Flux: the operator, Helm, or a Kustomization other than the root. Undefined when nobody
 * does, or when it is the root `flux-system/flux-system` itself.
 */
export function foreignKeeper(live: KubeObject): string | undefined {
  const labels = live.metadata.labels ?? {};
  for (const label of applierLabels) {
    if (labels[label] !== undefined) return `${label}=${labels[label]}`;
  }
  const release = live.metadata.annotations?.["meta.helm.sh/release-name"];
  if (release !== undefined) return `Helm release "${release}"`;
  const name = labels["kustomize.toolkit.fluxcd.io/name"];
  const namespace = labels["kustomize.toolkit.fluxcd.io/namespace"];
  if (name === undefined || (name === "flux-system" && namespace === "flux-system"))
    return undefined;
  return `Kustomization ${namespace ?? "?"}/${name}`;
}

/** Whether a definition is served; `problem` says why it never will be. */
export function judgeDefinition(live: KubeObject | undefined): {
  readonly established: boolean;
  readonly problem?: string;
} {
  const conditions = listAt(live, "status", "conditions");
  const state = (type: string): string | undefined =>
    textAt(
      conditions.find((one) => textAt(one, "type") === type),
      "status",
    );
  if (state("Established") === "True") return { established: true };
  const refused = conditions.find(
    (one) => textAt(one, "type") === "NamesAccepted" && textAt(one, "status") === "False",
  );
  const problem = textAt(refused, "message");
  return problem === undefined ? { established: false } : { established: false, problem };
}

/** The kinds that a definition declares as served. */
export function definedKinds(definition: KubeObject): readonly ObjectKind[] {
  const group = textAt(definition, "spec", "group") ?? "";
  const kind = textAt(definition, "spec", "names", "kind") ?? "";
  return listAt(definition, "spec", "versions")
    .filter((version) => at(version, "served") === true)
    .map((version) => ({ apiVersion: `${group}/${textAt(version, "name") ?? ""}`, kind }));
}
