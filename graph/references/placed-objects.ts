import type { KubernetesObject } from "../../manifests/manifest.js";
import { fluxKinds, isOfKind } from "./flux-kinds.js";
import type { ObjectIdentity } from "../objects.js";
import { identityKey, objectKey } from "../objects.js";
import { textOf, valuesAt } from "./references.js";

/** An object of a cluster, as it is applied there. */
export interface PlacedObject {
  readonly object: KubernetesObject;
  /** `namespace/name` of the Flux Kustomization that applies it; absent when none does. */
  readonly kustomization?: string;
  /** The hand-written file it stands in. */
  readonly file?: string;
  /** The file of the fleet repository that it is rendered into. */
  readonly path?: string;
  /** What it comes from, for messages: `layer "base"`. */
  readonly part: string;
  /** Fields whose references were proven already, where they were declared. @default none */
  readonly proven?: readonly string[];
  /** Text of kustomize patches that may change it in ways that are not known here. */
  readonly patches?: readonly string[];
}

/** A setter marker in a hand-written file. */
export interface PlacedMarker {
  readonly file: string;
  /** Where in the file. */
  readonly at: string;
  readonly part: string;
  readonly namespace: string;
  readonly name: string;
}

/** One cluster as far as its objects refer to each other. */
export interface PlacedCluster {
  readonly name: string;
  readonly environment: string;
  readonly ring: string;
  /** Whether what changes here must have been decided by somebody. @default false */
  readonly production?: boolean;
  /** Whether references to other Namespaces are blocked and ServiceAccounts must be named. */
  readonly lockdown: boolean;
  /** Controllers of Flux that are installed. */
  readonly components: readonly string[];
  /** Objects that are looked through. */
  readonly objects: readonly PlacedObject[];
  /** Objects that are only referred to. Indexed once for all clusters that share the list. */
  readonly shared?: readonly ObjectIdentity[];
  /** Further ones that are only referred to, looked at when something is nowhere else. */
  readonly others?: () => Iterable<ObjectIdentity>;
  /** Objects that exist without the fleet; kind, Namespace and name. */
  readonly external?: readonly ExternalIdentity[];
  /** Secrets that Pulumi installs. @default none */
  readonly secrets?: readonly { readonly name: string; readonly namespace: string }[];
  /** `namespace/name` of the GitRepository of the fleet itself. @default none */
  readonly fleetSource?: string;
  /** Tenants of the fleet and their Namespaces. @default none */
  readonly tenants?: readonly { readonly name: string; readonly namespace: string }[];
  /** Markers in hand-written files. @default none */
  readonly markers?: readonly PlacedMarker[];
  /** Whether everything that is applied is known, so that what is missing is a finding. */
  readonly complete: boolean;
}

/** An object that exists without the fleet. */
export interface ExternalIdentity {
  readonly kind: string;
  readonly name: string;
  /** Absent for kinds of the whole cluster. */
  readonly namespace?: string | undefined;
}

/** What a reference names. */
export interface Target {
  readonly key: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** What Kubernetes has on every cluster and in every Namespace. */
const builtIn: Readonly<Partial<Record<string, readonly string[]>>> = {
  Namespace: ["default", "kube-system", "kube-public", "kube-node-lease"],
  ServiceAccount: ["default"],
  ConfigMap: ["kube-root-ca.crt"],
};

const nothing: readonly ObjectIdentity[] = [];
const sharedIndexes = new WeakMap<readonly ObjectIdentity[], ReadonlyMap<string, ObjectIdentity>>();

function indexed(objects: Iterable<ObjectIdentity>): ReadonlyMap<string, ObjectIdentity> {
  return new Map([...objects].map((object) => [objectKey(object), object]));
}

/** The objects of one cluster by identity. */
export class ObjectIndex {
  readonly #cluster: PlacedCluster;
  readonly #placed = new Map<string, PlacedObject>();
  #others: ReadonlyMap<string, ObjectIdentity> | undefined;
  #made: ReadonlySet<string> | undefined;

  constructor(cluster: PlacedCluster) {
    this.#cluster = cluster;
    for (const placed of cluster.objects) {
      this.#placed.set(objectKey(placed.object), placed);
    }
  }

  /** The placed object of a key. */
  placed(key: string): PlacedObject | undefined {
    return this.#placed.get(key);
  }

  /** The object of a key, also one that is only referred to. */
  find(key: string): ObjectIdentity | undefined {
    return this.#placed.get(key)?.object ?? this.#shared().get(key) ?? this.#allOthers().get(key);
  }

  /** Whether the target is on the cluster: in the fleet, external, of Kubernetes, or made by Flux. */
  has({ key, kind, namespace, name }: Target): boolean {
    return (
      this.#placed.has(key) ||
      this.#shared().has(key) ||
      builtIn[kind]?.includes(name) === true ||
      this.#cluster.external?.some(
        (one) => one.kind === kind && one.name === name && one.namespace === namespace,
      ) === true ||
      (kind === "Secret" &&
        this.#cluster.secrets?.some((one) => one.name === name && one.namespace === namespace) ===
          true) ||
      this.#madeByFlux().has(key) ||
      this.#allOthers().has(key)
    );
  }

  /** `namespace/name` of every object of these kinds, for messages. */
  names(group: string, kind: string): readonly string[] {
    const prefix = `${group}\0${kind}\0`;
    const keys = [
      ...this.#placed.keys(),
      ...this.#shared().keys(),
      ...this.#allOthers().keys(),
      ...this.#madeByFlux(),
    ];
    return [...new Set(keys.filter((key) => key.startsWith(prefix)))]
      .map((key) => key.slice(prefix.length).replace("\0", "/").replace(/^\//, ""))
      .sort();
  }

  #shared(): ReadonlyMap<string, ObjectIdentity> {
    const list = this.#cluster.shared ?? nothing;
    const index = sharedIndexes.get(list) ?? indexed(list);
    sharedIndexes.set(list, index);
    return index;
  }

  #allOthers(): ReadonlyMap<string, ObjectIdentity> {
    this.#others ??= indexed(this.#cluster.others?.() ?? nothing);
    return this.#others;
  }

  #madeByFlux(): ReadonlySet<string> {
    this.#made ??= new Set(this.#cluster.objects.flatMap(({ object }) => madeFrom(object)));
    return this.#made;
  }
}

/** Keys of the objects that a controller makes from this one. */
function madeFrom(object: KubernetesObject): readonly string[] {
  const { name, namespace = "" } = object.metadata;
  if (isOfKind(object, "ArtifactGenerator")) {
    return valuesAt(object, "spec.artifacts[].name").flatMap(({ value }) =>
      typeof value === "string"
        ? [identityKey(fluxKinds.ExternalArtifact.group, "ExternalArtifact", namespace, value)]
        : [],
    );
  }
  if (!isOfKind(object, "HelmRelease")) return [];
  const home = textOf(object, "spec.chart.spec.sourceRef.namespace") ?? namespace;
  const target = textOf(object, "spec.targetNamespace");
  const creates = valuesAt(object, "spec.install.createNamespace")[0]?.value === true;
  return [
    ...(valuesAt(object, "spec.chart").length > 0
      ? [identityKey(fluxKinds.HelmChart.group, "HelmChart", home, `${namespace}-${name}`)]
      : []),
    ...(creates && target !== undefined ? [identityKey("", "Namespace", undefined, target)] : []),
  ];
}
