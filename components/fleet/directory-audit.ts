import type { Finding } from "../../errors.js";
import type { AppliedObject } from "../../graph/objects.js";
import { objectTitle } from "../../graph/objects.js";
import type { RightsRule, RightsSubject } from "../../graph/privileges.js";
import { accountNamespace, grantsNoMoreThan } from "../../graph/privileges.js";
import { layerDirectory } from "../layer/directories.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import { tenantRules } from "../tenant/role.js";
import type { WrittenDirectory, WrittenObject } from "./directories.js";
import { directoryReader } from "./directories.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "./model.js";
import { partTitle } from "./shape-validation.js";

/** What was found in hand-written directories. */
export interface DirectoryAudit {
  readonly findings: readonly Finding[];
  /** Objects that layers apply, by cluster. */
  readonly objects: ReadonlyMap<string, readonly AppliedWrittenObject[]>;
}

/** An object of a hand-written file and what applies it. */
export interface AppliedWrittenObject extends AppliedObject {
  readonly object: WrittenObject;
  /** Its file, from the root of the repository. */
  readonly file: string;
  /** `namespace/name` of the Flux Kustomization of its layer. */
  readonly kustomization: string;
}

/**
 * Looks into the hand-written directories of layers: whether they are there and readable, whether
 * everything in them works under lockdown, and whether they give a tenant's ServiceAccounts more
 * than the tenant itself may do.
 *
 * @param texts - text of the files by path; without it nothing is looked into
 */
export function auditDirectories(
  model: FleetModel,
  texts: ReadonlyMap<string, string> | undefined,
): DirectoryAudit {
  if (texts === undefined) {
    return { findings: [], objects: new Map() };
  }
  const read = directoryReader(texts);
  const findings: Finding[] = [];
  const objects = new Map<string, readonly AppliedWrittenObject[]>();
  for (const cluster of model.clusters) {
    const layers = cluster.layers.map((layer) => {
      const directory = layerDirectory(layer.part, cluster.environment);
      return { layer, directory, written: read(directory === "." ? "" : directory) };
    });
    const all = layers.flatMap(({ written }) => written.objects.map(({ object }) => object));
    for (const { layer, directory, written } of layers) {
      findings.push(...layerFindings(cluster, layer, directory, written, all));
    }
    objects.set(
      cluster.name,
      layers.flatMap(({ layer, written }) =>
        written.objects.map(({ file, object }) => ({
          object,
          applier: `layer "${layer.name}"`,
          file,
          kustomization: `${fluxNamespace}/${layer.name}`,
        })),
      ),
    );
  }
  return { findings, objects };
}

function layerFindings(
  cluster: ModelCluster,
  layer: ModelLayer,
  directory: string,
  written: WrittenDirectory,
  all: readonly WrittenObject[],
): readonly Finding[] {
  const title = partTitle("layer", layer.name);
  if (written.objects.length === 0 && written.findings.length === 0) {
    return [
      {
        code: "DANGLING_REFERENCE",
        path: `${title}: directory`,
        problem: `Nothing can be applied from ${JSON.stringify(directory)}.`,
        remedy: "Put manifests there, or name another directory.",
      },
    ];
  }
  return [
    ...written.findings.map((finding) => ({ ...finding, path: `${title}: ${finding.path}` })),
    ...written.objects.flatMap(({ file, object }) => {
      const path = `${title}: ${file}: ${objectTitle(object)}`;
      return [
        ...(cluster.lockdown ? lockdownFindings(object, written.patches, path) : []),
        ...bindingFindings(object, cluster.tenants, all, path),
      ];
    }),
  ];
}

const impersonating = [
  ["kustomize.toolkit.fluxcd.io/", "Kustomization"],
  ["helm.toolkit.fluxcd.io/", "HelmRelease"],
] as const;

function lockdownFindings(
  object: WrittenObject,
  patches: readonly string[],
  path: string,
): readonly Finding[] {
  const spec = fieldsOf(object["spec"]);
  const impersonates = impersonating.some(
    ([group, kind]) => object.apiVersion.startsWith(group) && object.kind === kind,
  );
  const named =
    isText(spec["serviceAccountName"]) ||
    patches.some((patch) => patch.includes("serviceAccountName"));
  const references = [
    spec["sourceRef"],
    spec["chartRef"],
    fieldsOf(fieldsOf(spec["chart"])["spec"])["sourceRef"],
    spec["imageRepositoryRef"],
  ];
  const elsewhere = references
    .map((reference) => fieldsOf(reference)["namespace"])
    .filter((namespace) => isText(namespace) && namespace !== object.metadata.namespace);
  return [
    ...(impersonates && !named
      ? [
          {
            code: "MISSING_SERVICE_ACCOUNT" as const,
            path,
            problem: `Under lockdown the ${object.kind} would run as the powerless "default".`,
            remedy: "Set spec.serviceAccountName.",
          },
        ]
      : []),
    ...(object.apiVersion.includes(".toolkit.fluxcd.io/") && elsewhere.length > 0
      ? [
          {
            code: "CROSS_NAMESPACE_REFERENCE" as const,
            path,
            problem: `It refers to Namespace ${JSON.stringify(elsewhere[0])}, which lockdown blocks.`,
            remedy: "Put both into one Namespace.",
          },
        ]
      : []),
  ];
}

/** Roles that are known without their rules, each with those that it includes. */
const knownRoles: Readonly<Record<string, readonly string[]>> = {
  view: ["view"],
  edit: ["view", "edit"],
  admin: ["view", "edit", "admin"],
};

function bindingFindings(
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

type Fields = Readonly<Record<string, unknown>>;

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

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
