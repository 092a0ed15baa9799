import { kustomizationFile } from "../../../manifests/kustomization-file.js";
import type { KubernetesObject, Manifest } from "../../../manifests/manifest.js";
import { repoPath, repoPathIn } from "../../../manifests/repo-path.js";
import { printYaml } from "../../../manifests/yaml.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import type { TenantObjects } from "../../tenant/manifests.js";
import { tenantObjects } from "../../tenant/manifests.js";
import type { FleetModel, ModelCluster, ModelTenant } from "../model.js";
import { tenantDirectory } from "./paths.js";
import { dependencyReferences } from "../references.js";
import type { AppliedObjects, RenderContext, RenderedFile } from "../rendered.js";
import { holdsUnknown, renderedFile } from "./rendered-file.js";
import type { SecretFile } from "./secret-file.js";
import { sealedFile, secretFileName, secretManifest } from "./secret-file.js";
import { tenantSecrets } from "./tenant-secrets.js";

/** The files of a tenant, the same on each cluster where it has the same arguments. */
export interface TenantContent {
  readonly files: readonly TenantFile[];
}

interface TenantFile {
  readonly name: string;
  readonly text: string;
  /** Whether a value in the text is not known yet. */
  readonly unknown: boolean;
  readonly objects: readonly KubernetesObject[];
}

/** What kustomize reads. */
function listFile(others: readonly string[]): TenantFile {
  return {
    name: "kustomization.yaml",
    text: printYaml([kustomizationFile(["namespace.yaml", "sync.yaml", ...others])]),
    unknown: false,
    objects: [],
  };
}

/** The same for every tenant without Secrets and parts. */
const plainListFile = listFile([]);

/**
 * A function that renders a tenant, once for all clusters on which it is the same object of the
 * model. Undefined when its phase leaves nothing of it.
 */
export function tenantContents(
  model: FleetModel,
): (tenant: ModelTenant) => TenantContent | undefined {
  const known = new Map<ModelTenant, TenantContent | undefined>();
  return (tenant) => {
    if (known.has(tenant)) return known.get(tenant);
    const content = tenantContent(model, tenant);
    known.set(tenant, content);
    return content;
  };
}

function tenantContent(model: FleetModel, tenant: ModelTenant): TenantContent | undefined {
  const { args } = tenant.part;
  const objects = tenantObjects(tenant.name, args, {
    phase: tenant.phase,
    dependsOn: dependencyReferences(model, args.dependsOn ?? []),
    decrypts: tenant.identity !== undefined,
    cluster: tenant.on,
  });
  if (objects === undefined) {
    return undefined;
  }
  const { namespace, rights, source, kustomization } = objects;
  const sync = kustomization === undefined ? [source] : [source, kustomization];
  const parts = partFiles(objects);
  const others = [...parts.map((file) => file.name), ...tenantSecrets(tenant).map(secretFileName)];
  const list = others.length === 0 ? plainListFile : listFile(others);
  const files = [list, textOf("namespace.yaml", [namespace, ...rights]), textOf("sync.yaml", sync)];
  return { files: parts.length === 0 ? files : [...files, ...parts] };
}

/** The files of a tenant's parts, in the order in which their objects are applied. */
function partFiles(objects: TenantObjects): readonly TenantFile[] {
  return (["sources", "releases", "notifications", "images"] as const).flatMap((list) =>
    objects[list].length === 0 ? [] : [textOf(`${list}.yaml`, objects[list])],
  );
}

/** The files and objects of a tenant on one cluster. */
export function tenantTree(
  cluster: ModelCluster,
  tenant: ModelTenant,
  content: TenantContent,
  secrets: readonly SecretFile[],
  context: RenderContext,
): { readonly files: readonly RenderedFile[]; readonly manifests: readonly Manifest[] } {
  const directory = repoPath(tenantDirectory(cluster, tenant.name));
  const part = `tenant "${tenant.name}"`;
  const appliedBy = `${fluxNamespace}/${tenant.name}`;
  const files: RenderedFile[] = [];
  const manifests: Manifest[] = [];
  for (const { name, text, unknown, objects } of content.files) {
    const file = renderedFile(repoPathIn(directory, name), text, part, unknown);
    files.push(file);
    for (const object of objects) {
      manifests.push({
        object,
        cluster: cluster.name,
        applier: "flux",
        path: file.path,
        appliedBy,
        part,
      });
    }
  }
  for (const secret of secrets) {
    files.push(sealedFile(secret, context));
    manifests.push(secretManifest(secret));
  }
  return { files, manifests };
}

/** The objects of a tenant on one cluster when Pulumi applies them: the same ones, and no file. */
export function appliedTenant(
  cluster: ModelCluster,
  tenant: ModelTenant,
  content: TenantContent,
): { readonly applied: AppliedObjects; readonly manifests: readonly Manifest[] } {
  const objects = content.files.flatMap((file) => file.objects);
  const part = `tenant "${tenant.name}"`;
  return {
    applied: { tenant: tenant.part.name, objects },
    manifests: objects.map((object) => ({
      object,
      cluster: cluster.name,
      applier: "pulumi",
      part,
    })),
  };
}

function textOf(name: string, objects: readonly KubernetesObject[]): TenantFile {
  const text = printYaml(objects);
  return { name, text, unknown: holdsUnknown(text), objects };
}
