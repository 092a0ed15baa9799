import type { KubernetesObject } from "../../manifests/manifest.js";
import type { FluxComponent } from "./flux-components.js";
import type { InstallManifests } from "./install-manifests.js";

const eventsAddress = "--events-addr=";

/** Without it these controllers refuse the artifacts that source-watcher makes. */
const readsArtifacts = "--feature-gates=ExternalArtifact=true";
const artifactReaders: readonly string[] = ["kustomize-controller", "helm-controller"];

/** Kinds in the order in which they can be applied. */
const applyOrder: readonly string[] = [
  "Namespace",
  "ResourceQuota",
  "CustomResourceDefinition",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Service",
  "NetworkPolicy",
  "Deployment",
];

/**
 * The objects that `flux install --components` prints for these components, in an order in which
 * they can be applied, whatever the order of the data. Without notification-controller the other
 * controllers get an empty events address: a dead one costs 15 seconds per event. With source-watcher
 * those that apply read the artifacts that it makes.
 *
 * @throws TypeError when the data does not hold a component; validation has excluded it.
 */
export function installObjects(
  manifests: InstallManifests,
  components: readonly FluxComponent[],
): readonly KubernetesObject[] {
  const notifies = components.includes("notification-controller");
  const generates = components.includes("source-watcher");
  const selected = components.flatMap((name) => {
    const component = manifests.components[name];
    if (component === undefined) {
      throw new TypeError(`Flux ${manifests.version} has no ${name}`);
    }
    const reads = artifactReaders.includes(name);
    return component.objects.map((object) => {
      const sending = notifies ? object : withoutEvents(object);
      return reads ? readingArtifacts(sending, generates) : sending;
    });
  });
  return [...manifests.shared.objects, ...selected]
    .map((object) => ({ object, at: kindRank(object.kind), name: object.metadata.name }))
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ object }) => object);
}

function kindRank(kind: string): number {
  const rank = applyOrder.indexOf(kind);
  return rank < 0 ? applyOrder.length : rank;
}

/** The same object, or a Deployment whose container runs with other arguments. */
export function withArguments(
  object: KubernetesObject,
  change: (args: readonly string[]) => readonly string[],
): KubernetesObject {
  const pod = object.kind === "Deployment" ? podOf(object) : undefined;
  if (pod === undefined) {
    return object;
  }
  const containers = pod.containers.map((container, index) =>
    index === 0 ? { ...container, args: change(container.args ?? []) } : container,
  );
  return {
    ...object,
    spec: { ...pod.spec, template: { ...pod.template, spec: { ...pod.podSpec, containers } } },
  };
}

function withoutEvents(object: KubernetesObject): KubernetesObject {
  return withArguments(object, (args) =>
    args.map((argument) => (argument.startsWith(eventsAddress) ? eventsAddress : argument)),
  );
}

/** Whether or not the manifests were exported with source-watcher, the flag is there once or not at all. */
function readingArtifacts(object: KubernetesObject, reads: boolean): KubernetesObject {
  return withArguments(object, (args) => {
    const others = args.filter((argument) => argument !== readsArtifacts);
    return reads ? [...others, readsArtifacts] : others;
  });
}

interface Container {
  readonly args?: readonly string[];
}

interface Pod {
  readonly spec: object;
  readonly template: object;
  readonly podSpec: object;
  readonly containers: readonly Container[];
}

function podOf(deployment: KubernetesObject): Pod {
  // The shape of apps/v1 Deployment; the data is Flux's own.
  const spec = deployment["spec"] as {
    readonly template: { readonly spec: { readonly containers: readonly Container[] } };
  };
  const { template } = spec;
  return { spec, template, podSpec: template.spec, containers: template.spec.containers };
}
