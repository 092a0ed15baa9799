import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { KustomizeBuild } from "./flux-cli.js";
import { fluxComponents } from "./parts.js";
import { judgeYaml, plainValue } from "./yaml-judge.js";

/** A Kubernetes object as far as this file looks into it. */
export interface InstallObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/**
 * Everything `flux install` of one version applies, as it stands with all options at their defaults. A renderer takes the
 * shared objects, then those of each chosen component in the order chosen, and edits what its options touch: that is the
 * export of `flux install`, object by object.
 */
export interface InstallManifests {
  readonly version: string;
  readonly components: Readonly<
    Record<
      string,
      {
        readonly version: string;
        /** Whether `flux install` leaves the component out unless it is asked for. */
        readonly extra: boolean;
        readonly objects: readonly InstallObject[];
      }
    >
  >;
  readonly shared: { readonly objects: readonly InstallObject[] };
}

/** What {@link writeInstallManifests} needs. */
export interface InstallSources {
  /** The manifests `stageFluxCli` made. */
  readonly staged: string;
  /** Bare version of Flux, as in `2.9.4`. */
  readonly version: string;
  readonly componentVersion: (name: string) => string;
  readonly kustomizeBuild: KustomizeBuild;
  /** A folder for intermediate files. */
  readonly scratch: string;
}

const namespace = "flux-system";
const clusterDomain = "cluster.local";

/** Builds all components with the options `flux install` has by default and writes them as one JSON file. */
export async function writeInstallManifests(from: InstallSources, file: string): Promise<void> {
  writeKustomizations(from);
  const yaml = await from.kustomizeBuild(from.scratch);
  const [judgement] = judgeYaml([yaml]);
  if (judgement === undefined || judgement.v3.error !== undefined) {
    throw new Error(`Cannot read what kustomize built: ${judgement?.v3.error ?? "no answer"}.`);
  }
  const objects = judgement.v3.documents.map((node) => plainValue(node) as InstallObject);
  const manifests = splitByComponent(objects, from);
  writeFileSync(file, `${JSON.stringify(manifests, null, 1)}\n`);
}

/** Sorts objects into components by their label; those without belong to all. */
export function splitByComponent(
  objects: readonly InstallObject[],
  from: Pick<InstallSources, "version" | "componentVersion">,
): InstallManifests {
  const componentOf = (object: InstallObject): string | undefined =>
    object.metadata.labels?.["app.kubernetes.io/component"];
  const components = fluxComponents.map(({ name, extra }) => {
    const own = objects.filter((object) => componentOf(object) === name);
    if (!own.some(({ kind }) => kind === "Deployment")) {
      throw new Error(`The install manifests hold no Deployment of ${name}.`);
    }
    return [name, { version: from.componentVersion(name), extra, objects: own }] as const;
  });
  return {
    version: from.version,
    components: Object.fromEntries(components),
    shared: { objects: objects.filter((object) => componentOf(object) === undefined) },
  };
}

/** The kustomizations that stand for the default options. JSON is YAML, so kustomize reads it. */
function writeKustomizations({ staged, scratch, version }: InstallSources): void {
  const names = fluxComponents.map(({ name }) => name);
  const roles = path.join(scratch, "roles");
  mkdirSync(roles, { recursive: true });
  for (const name of [...names, "policies"]) {
    copyFileSync(path.join(staged, `${name}.yaml`), path.join(scratch, `${name}.yaml`));
  }
  copyFileSync(path.join(staged, "rbac.yaml"), path.join(roles, "rbac.yaml"));
  const write = (file: string, content: object): void => {
    writeFileSync(path.join(scratch, file), JSON.stringify(content));
  };
  const kustomization = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" };

  write("roles/kustomization.yaml", {
    ...kustomization,
    namespace,
    nameSuffix: `-${namespace}`,
    resources: ["rbac.yaml"],
  });
  write("namespace.yaml", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      labels: {
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "latest",
      },
    },
  });
  write("labels.yaml", {
    apiVersion: "builtin",
    kind: "LabelTransformer",
    metadata: { name: "labels" },
    labels: {
      "app.kubernetes.io/instance": namespace,
      "app.kubernetes.io/part-of": "flux",
      "app.kubernetes.io/version": `v${version}`,
    },
    fieldSpecs: [
      { path: "metadata/labels", create: true },
      { kind: "Deployment", path: "spec/template/metadata/labels", create: true },
    ],
  });
  write("kustomization.yaml", {
    ...kustomization,
    namespace,
    sortOptions: { order: "fifo" },
    transformers: ["labels.yaml"],
    resources: ["namespace.yaml", "policies.yaml", "roles", ...names.map((name) => `${name}.yaml`)],
    patches: names.map((name) => ({
      target: { group: "apps", version: "v1", kind: "Deployment", name },
      patch: JSON.stringify(deploymentPatch(name)),
    })),
    images: names.map((name) => ({ name: `fluxcd/${name}`, newName: `ghcr.io/fluxcd/${name}` })),
  });
}

/** Controllers that serve what they fetched. */
const stores: readonly string[] = ["source-controller", "source-watcher"];

/** The edits on one Deployment. The positions of the arguments are those of flux2's own template. */
function deploymentPatch(name: string): object[] {
  const args = "/spec/template/spec/containers/0/args";
  const replace = (index: number, value: string): object => ({
    op: "replace",
    path: `${args}/${String(index)}`,
    value,
  });
  const events = `http://notification-controller.$(RUNTIME_NAMESPACE).svc.${clusterDomain}./`;
  const storage = `${name}.$(RUNTIME_NAMESPACE).svc.${clusterDomain}.`;
  const common = ["--watch-all-namespaces=true", "--log-level=info"];
  const leading =
    name === "notification-controller" ? common : [`--events-addr=${events}`, ...common];
  return [
    { op: "add", path: "/spec/template/spec/nodeSelector", value: { "kubernetes.io/os": "linux" } },
    ...leading.map((value, index) => replace(index, value)),
    ...(stores.includes(name) ? [replace(6, `--storage-adv-addr=${storage}`)] : []),
  ];
}
