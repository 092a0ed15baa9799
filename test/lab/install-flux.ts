import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiObject, LabCluster } from "../../lab/index.js";
import { installManifestPath, type InstallManifests } from "../../lab/parts/index.js";

/** The four components that `flux install` applies by default. */
export const defaultComponents = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
] as const;

const first = ["Namespace", "CustomResourceDefinition"];

/** The objects of `flux install` with the given components, those that others need first. */
export function fluxObjects(
  components: readonly string[] = defaultComponents,
): readonly ApiObject[] {
  const manifests = JSON.parse(
    readFileSync(installManifestPath("2.9.4"), "utf8"),
  ) as InstallManifests;
  const objects = [
    ...manifests.shared.objects,
    ...components.flatMap((name) => manifests.components[name]?.objects ?? []),
  ];
  const rank = ({ kind }: ApiObject): number => {
    const index = first.indexOf(kind ?? "");
    return index < 0 ? first.length : index;
  };
  return [...objects].sort((a, b) => rank(a) - rank(b));
}

/** Applies the objects to a cluster, as a user of kubectl would. */
export async function installFlux(
  cluster: LabCluster,
  components: readonly string[] = defaultComponents,
): Promise<void> {
  const objects = fluxObjects(components);
  const applyAll = async (chosen: readonly ApiObject[]): Promise<void> => {
    await Promise.all(chosen.map((one) => cluster.api.apply(objectPath(one), one, "flux")));
  };
  for (const kind of first) await applyAll(objects.filter((one) => one.kind === kind));
  const definitions = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
  await Promise.all(
    definitions.map((definition) =>
      eventually(`${definition.metadata.name} served`, () => isServed(cluster, definition)),
    ),
  );
  await applyAll(objects.filter((one) => !first.includes(one.kind ?? "")));
}

/** Whether the API server lists the kind; a controller started earlier would end at once. */
async function isServed(cluster: LabCluster, { spec }: ApiObject): Promise<boolean> {
  const { group, names, versions } = spec as {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  const version = versions.find(({ served }) => served)?.name ?? "";
  const { resources } = await cluster.api.get<{
    readonly resources: readonly { readonly name: string }[];
  }>(`/apis/${group}/${version}`);
  return resources.some(({ name }) => name === names.plural);
}

/** The API path of an object of a kind that `flux install` contains. */
export function objectPath({ apiVersion = "v1", kind = "", metadata }: ApiObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind === "NetworkPolicy" ? "networkpolicies" : `${kind.toLowerCase()}s`;
  const scope = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${plural}/${metadata.name}`;
}

/** Waits until `check` holds; its last answer or error is in the message. */
export async function eventually(
  what: string,
  check: () => Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = "false";
  while (Date.now() < deadline) {
    try {
      if (await check()) return;
      last = "false";
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${String(timeoutMs / 1000)} s; last: ${String(last)}`);
}

/** The status of a Deployment's Available condition in `flux-system`. */
export async function isAvailable(cluster: LabCluster, deployment: string): Promise<boolean> {
  const { status } = await cluster.api.get(deploymentPath(deployment));
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some((one) => one.type === "Available" && one.status === "True");
}

/** The API path of a Deployment in `flux-system`. */
export function deploymentPath(name: string): string {
  return `/apis/apps/v1/namespaces/flux-system/deployments/${name}`;
}
