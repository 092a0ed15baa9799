import type { Finding } from "../errors.js";
import { quoted } from "../graph/values/names.js";
import type { Shape } from "../graph/values/shapes.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { isTarget, patched } from "../manifests/object-patch.js";
import type { ObjectPatch, PatchTarget } from "../manifests/object-patch.js";
import { isPlainObject } from "../manifests/printable.js";
import { missingFlags } from "./bootstrap/lockdown.js";

/** A list of `ObjectPatch`. */
export const patchesShape: Shape = {
  list: {
    fields: {
      target: {
        fields: {
          kind: "text",
          group: { optional: "text" },
          name: { optional: "text" },
          namespace: { optional: "text" },
        },
      },
      patch: { table: "anything" },
    },
  },
};

/** Tells which fields that no patch may change differ between an object and what a patch made of it. */
export type PatchGuard = (before: KubernetesObject, after: KubernetesObject) => readonly string[];

type Guarded = Readonly<Record<string, readonly (readonly string[])[]>>;

const identity = [["apiVersion"], ["kind"], ["metadata", "name"], ["metadata", "namespace"]];
const keptFromPruning = [["metadata", "annotations", "kustomize.toolkit.fluxcd.io/prune"]];
const account = ["spec", "serviceAccountName"];

const ofTenants: Guarded = {
  Namespace: [["metadata", "labels", "toolkit.fluxcd.io/tenant"], ...keptFromPruning],
  Role: [["rules"]],
  RoleBinding: [["roleRef"], ["subjects"]],
  Kustomization: [
    account,
    ["spec", "targetNamespace"],
    ["spec", "kubeConfig"],
    ["spec", "deletionPolicy"],
  ],
  HelmRelease: [
    account,
    ...["targetNamespace", "storageNamespace", "kubeConfig"].map((key) => ["spec", key]),
  ],
  ImageUpdateAutomation: [["spec", "sourceRef"]],
};

/** What would change the objects of a layer or tenant, which has arguments for that. */
const changingObjects = [
  ...["commonMetadata", "components", "images", "namePrefix", "nameSuffix"],
  ...["patches", "postBuild"],
] as const;

const ofClusters: Guarded = {
  Namespace: keptFromPruning,
  CustomResourceDefinition: keptFromPruning,
  GitRepository: [
    ["spec", "url"],
    ["spec", "ref"],
    ["spec", "secretRef"],
  ],
  Kustomization: [
    account,
    ["spec", "targetNamespace"],
    ["spec", "kubeConfig"],
    ["spec", "deletionPolicy"],
    ["spec", "prune"],
    ["spec", "path"],
    ["spec", "sourceRef"],
    ...changingObjects.map((field) => ["spec", field]),
  ],
};

/** What every patch must leave as it is: what names an object. */
export const nameGuard: PatchGuard = (before, after) => changed({}, before, after);

/** What a patch of a tenant must leave as it is: its names, its rights, and what keeps its Namespace. */
export const tenantGuard: PatchGuard = (before, after) => changed(ofTenants, before, after);

/** What a patch of a cluster must leave as it is: also what its root reads, and its lockdown. */
export function clusterGuard(lockdown: boolean): PatchGuard {
  return (before, after) => [
    ...changed(ofClusters, before, after),
    ...(lockdown && missingFlags(after).length > 0 ? ["spec.template.spec.containers"] : []),
  ];
}

/**
 * The findings of patches against the objects without them: one that matches nothing, or that changes
 * what it must not.
 *
 * @param at - where the patches are written, for example `Tenant "payments": patches`
 */
export function patchFindings(
  objects: readonly KubernetesObject[],
  patches: readonly ObjectPatch[],
  guard: PatchGuard,
  at: string,
): readonly Finding[] {
  return patches.flatMap((patch, index) =>
    onePatchFindings(objects, patch, guard, `${at}[${String(index)}]`),
  );
}

/** The same for one patch that is written at `path`. */
export function onePatchFindings(
  objects: readonly KubernetesObject[],
  patch: ObjectPatch,
  guard: PatchGuard,
  path: string,
): readonly Finding[] {
  const targets = objects.filter((object) => isTarget(object, patch.target));
  if (targets.length === 0) return [unused(path, patch.target, objects)];
  const fields = targets.flatMap((object) => guard(object, patched(object, [patch])));
  return [...new Set(fields)].map((field) => ({
    code: "PATCH_REFUSED",
    path: `${path}.patch`,
    problem: `It would change ${field} of ${describe(patch.target)}.`,
    remedy: "Leave that field out; arguments of the part decide it, if anything may.",
  }));
}

function unused(path: string, target: PatchTarget, objects: readonly KubernetesObject[]): Finding {
  const ofKind = objects.filter(({ kind }) => kind === target.kind);
  const known = (ofKind.length > 0 ? ofKind : objects).map(({ kind, metadata }) =>
    ofKind.length > 0 ? quoted(metadata.name) : kind,
  );
  const shown = [...new Set(known)].sort().slice(0, 12).join(", ");
  return {
    code: "PATCH_UNUSED",
    path: `${path}.target`,
    problem: `No rendered object is ${describe(target)}.`,
    remedy: ofKind.length > 0 ? `Use one of the names ${shown}.` : `There are ${shown}.`,
  };
}

function describe({ kind, group, name, namespace }: PatchTarget): string {
  const where = namespace === undefined ? "" : ` in Namespace ${quoted(namespace)}`;
  const what = name === undefined ? "" : ` ${quoted(name)}`;
  return `${kind}${group === undefined || group === "" ? "" : `.${group}`}${what}${where}`;
}

function changed(
  guarded: Guarded,
  before: KubernetesObject,
  after: KubernetesObject,
): readonly string[] {
  return [...identity, ...(guarded[before.kind] ?? [])]
    .filter((path) => JSON.stringify(at(before, path)) !== JSON.stringify(at(after, path)))
    .map((path) => path.join("."));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (isPlainObject(found) ? found[key] : undefined),
    value,
  );
}
