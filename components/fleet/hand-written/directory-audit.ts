import type { Finding } from "../../../errors.js";
import type { AppliedObject } from "../../../graph/objects.js";
import { objectTitle } from "../../../graph/objects.js";
import type { RightsRule, RightsSubject } from "../../../graph/privileges.js";
import { accountNamespace, grantsNoMoreThan } from "../../../graph/privileges.js";
import { fieldsOf } from "../../../graph/references/references.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import { tenantRules } from "../../tenant/role.js";
import type { WrittenObject } from "./directories.js";
import type { LayerView } from "./layer-views.js";
import type { AppliedFiles } from "./written-secrets.js";
import { grouped, layerViewFindings, layerViews } from "./layer-views.js";
import { unfetchedFindings } from "./unfetched-findings.js";
import type { FleetModel, ModelCluster, ModelTenant } from "../model.js";
import { partTitle } from "../validation/shape-validation.js";

/** What was found in hand-written directories. */
export interface DirectoryAudit {
  readonly findings: readonly Finding[];
  readonly applied: AppliedDirectories;
}

/** What is applied from hand-written directories, by cluster. */
export interface AppliedDirectories {
  readonly objects: ReadonlyMap<string, readonly AppliedWrittenObject[]>;
  /** What is no object that can be read in a file. */
  readonly files: ReadonlyMap<string, readonly AppliedFiles[]>;
}

/** An object of a hand-written file and what applies it. */
export interface AppliedWrittenObject extends AppliedObject {
  readonly object: WrittenObject;
  /** Its file, from the root of the repository. */
  readonly file: string;
  /** `namespace/name` of the Flux Kustomization of its layer. */
  readonly kustomization: string;
  /** As it stands in the file, before the patches of the layer; absent when nothing changes it. */
  readonly inGit?: WrittenObject;
  /** Text of the kustomize patches beside it, which may change it. */
  readonly patches: readonly string[];
}

/**
 * Looks into what layers apply: whether hand-written directories are there and readable, whether
 * variables and patches fit them, and whether anything gives a tenant's ServiceAccounts more than
 * the tenant itself may do.
 *
 * @param texts - text of the files by path; without it no directory is looked into
 */
export function auditDirectories(
  model: FleetModel,
  texts: ReadonlyMap<string, string> | undefined,
): DirectoryAudit {
  const views = layerViews(model, texts);
  const byCluster = grouped(views, ({ cluster }) => cluster.name);
  const findings = [
    ...views.flatMap(placeFindings),
    ...layerViewFindings(views),
    ...views.flatMap((view) => unfetchedFindings(model, view)),
    ...model.clusters.flatMap((cluster) =>
      privilegeFindings(cluster, byCluster.get(cluster.name) ?? []),
    ),
  ];
  const perCluster = <Item>(of: (view: LayerView) => readonly Item[]): Map<string, Item[]> =>
    new Map([...byCluster].map(([cluster, own]) => [cluster, own.flatMap(of)]));
  return {
    findings,
    applied: { objects: perCluster(appliedObjects), files: perCluster(appliedFiles) },
  };
}

function appliedFiles({ layer, places }: LayerView): readonly AppliedFiles[] {
  const part = `layer "${layer.name}"`;
  return places.map(({ written: { whole, sources } }) => ({
    ...{ part, kustomization: `${fluxNamespace}/${layer.name}`, whole, sources },
  }));
}

function appliedObjects({ layer, places, objects }: LayerView): readonly AppliedWrittenObject[] {
  const patches = places.flatMap(({ written }) => written.patches);
  return objects.map(({ file, object, inGit }) => ({
    object,
    ...(inGit === object ? {} : { inGit }),
    applier: `layer "${layer.name}"`,
    file,
    kustomization: `${fluxNamespace}/${layer.name}`,
    patches,
  }));
}

/** What is wrong with the files of directories, or missing. */
function placeFindings({ title, places }: LayerView): readonly Finding[] {
  return places.flatMap(({ field, directory, written }): readonly Finding[] =>
    written.objects.length === 0 && written.findings.length === 0
      ? [
          {
            code: "DANGLING_REFERENCE",
            path: `${title}: ${field}`,
            problem: `Nothing can be applied from ${JSON.stringify(directory)}.`,
            remedy: "Put manifests there, or name another directory.",
          },
        ]
      : written.findings.map((finding) => ({ ...finding, path: `${title}: ${finding.path}` })),
  );
}

function privilegeFindings(cluster: ModelCluster, views: readonly LayerView[]): readonly Finding[] {
  const written = views.flatMap(({ title, objects }) =>
    objects.map(({ file, object }) => ({
      object,
      path: `${title}: ${file}: ${objectTitle(object)}`,
    })),
  );
  const typed = cluster.layers.flatMap(({ part, contents }) =>
    (contents.clusters.get(cluster.name)?.applied ?? []).map(({ object }) => ({
      object,
      path: `${partTitle("layer", part.name)}: ${objectTitle(object)}`,
    })),
  );
  const placed = [...written, ...typed];
  const all = placed.map(({ object }) => object);
  return placed.flatMap(({ object, path }) => bindingFindings(object, cluster.tenants, all, path));
}

/** Roles that are known without their rules, each with those that it includes. */
const knownRoles: Readonly<Record<string, readonly string[]>> = {
  view: ["view"],
  edit: ["view", "edit"],
  admin: ["view", "edit", "admin"],
};

/** The finding for a binding that gives ServiceAccounts of tenants more than the tenants have. */
export function bindingFindings(
  object: WrittenObject,
  tenants: readonly ModelTenant[],
  all: readonly WrittenObject[],
  path: string,
): readonly Finding[] {
  if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") {
    return [];
  }
  const { namespace } = object.metadata;
  const subjects = listOf(object["subjects"]).filter(isSubject);
  return tenants.flatMap((tenant) => {
    const bound = subjects.some((subject) => {
      const of = accountNamespace(subject, namespace);
      return of === "*" || of === tenant.namespace;
    });
    if (!bound || (namespace === tenant.namespace && isWithin(object, tenant, all))) {
      return [];
    }
    return [
      {
        code: "PRIVILEGED_SERVICE_ACCOUNT" as const,
        path,
        problem: `It gives ServiceAccounts of tenant ${JSON.stringify(tenant.name)} more than the tenant may do, and the tenant can mint their tokens.`,
        remedy: "Bind them to no more than the tenant's own role, or use another Namespace.",
      },
    ];
  });
}

/** Whether a RoleBinding in a tenant's Namespace grants no more than the tenant has. */
function isWithin(
  binding: WrittenObject,
  tenant: ModelTenant,
  all: readonly WrittenObject[],
): boolean {
  const { kind, name } = fieldsOf(binding["roleRef"]);
  const own = tenant.part.args.role;
  if (kind === "ClusterRole" && typeof name === "string") {
    const included = own === undefined ? ["view"] : (knownRoles[own.name] ?? []);
    if (included.includes(name)) return true;
  }
  if (kind === "Role" && own === undefined && name === `${tenant.name}-reconciler`) {
    return true;
  }
  const role = all.find(
    ({ kind: of, metadata }) =>
      of === kind &&
      metadata.name === name &&
      (of === "ClusterRole" || metadata.namespace === tenant.namespace),
  );
  // A role that is not here, or that others widen, may hold anything.
  return (
    role !== undefined &&
    role["aggregationRule"] === undefined &&
    grantsNoMoreThan(listOf(role["rules"]).map(ruleOf), tenantRules)
  );
}

function ruleOf(value: unknown): RightsRule {
  const fields = fieldsOf(value);
  const texts = (key: string): readonly string[] => listOf(fields[key]).map(String);
  return {
    apiGroups: texts("apiGroups"),
    resources: texts("resources"),
    verbs: texts("verbs"),
    nonResourceURLs: texts("nonResourceURLs"),
  };
}

function isSubject(value: unknown): value is RightsSubject {
  const { kind, name } = fieldsOf(value);
  return typeof kind === "string" && typeof name === "string";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
