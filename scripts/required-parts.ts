import { existsSync } from "node:fs";
import { dataNames, dataPath, partPath, type DataName, type PartName } from "../lab/parts/index.js";

/** A part, or data that is made with parts. */
export type Requirement = PartName | DataName;

const apiServer: readonly Requirement[] = ["etcd", "kube-apiserver", "crds"];
const cluster: readonly Requirement[] = [
  ...(["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
  ...(["kwok", "kwok-stages"] as const),
];
const fluxCluster: readonly Requirement[] = [
  ...cluster,
  ...(["source-controller", "kustomize-controller"] as const),
  ...(["helm-controller", "notification-controller", "crds", "flux-install"] as const),
];
const age: readonly Requirement[] = ["age", "age-keygen", "age-plugin-tag", "age-plugin-tagtest"];

/** What the test files need whose path starts so; the longest start counts. */
export const requirements: Readonly<Record<string, readonly Requirement[]>> = {
  "test/e2e/": [...fluxCluster, "pulumi"],
  "test/e2e/article": [
    ...fluxCluster,
    ...(["image-reflector-controller", "image-automation-controller"] as const),
    ...(["pulumi", "docker-registry"] as const),
  ],
  "test/e2e/notifications": [
    ...fluxCluster,
    ...(["image-reflector-controller", "image-automation-controller", "pulumi"] as const),
  ],
  "test/e2e/secrets": [...fluxCluster, "pulumi", "sops"],
  "test/engine/": ["pulumi"],
  "test/engine/examples": ["pulumi", "flux-install"],
  "test/engine/fleet-": ["pulumi", "flux-install"],
  "test/engine/cluster-secret": [...cluster, "pulumi"],
  "test/engine/kubernetes-objects": [...cluster, "pulumi"],
  "test/engine/kubernetes-secrets": [...cluster, "pulumi"],
  "test/engine/kubernetes-outage": [...cluster, "pulumi"],
  "test/cluster/client": apiServer,
  "test/cluster/exec-plugin": apiServer,
  "test/cluster/install-refusals": apiServer,
  "test/cluster/stored-versions": [...apiServer, "flux-install"],
  "test/cluster/observe": apiServer,
  "test/cluster/wait.": apiServer,
  "test/cluster/wait-health": apiServer,
  "test/cluster/flux": [...fluxCluster, "source-watcher"],
  "test/lab/budget": fluxCluster,
  "test/lab/cli": cluster,
  "test/lab/cluster": fluxCluster,
  "test/lab/guardian": cluster,
  "test/lab/image-automation": [
    ...fluxCluster,
    ...(["image-reflector-controller", "image-automation-controller"] as const),
    ...(["source-watcher", "docker-registry"] as const),
  ],
  "test/lab/kubelet": fluxCluster,
  "test/lab/registry": ["docker-registry"],
  "test/conformance/flux-kinds": ["etcd", "kube-apiserver"],
  "test/conformance/flux-crds": ["crds"],
  "test/conformance/fleet-tree": ["kustomize", "sops", "crds", "flux-install"],
  "test/conformance/layers": ["kustomize", "flux"],
  "test/conformance/parts": ["kustomize", "flux"],
  "test/conformance/substitution": ["flux"],
  "test/conformance/sops-": ["sops"],
  "test/conformance/sops-age": ["sops", ...age],
  "test/conformance/sops-plugins": age,
  "test/conformance/strict-server": apiServer,
  "test/conformance/yaml": ["yaml-judge", "pyyaml"],
};

/** The parts and data without which a test file cannot run. */
export function requiredParts(path: string): readonly Requirement[] {
  const [longest = ""] = Object.keys(requirements)
    .filter((start) => path.startsWith(start))
    .sort((a, b) => b.length - a.length);
  return requirements[longest] ?? [];
}

/** Whether a test file attaches to the clusters that a run shares; those of `lab` bring their own. */
export function sharesLab(path: string): boolean {
  return !path.startsWith("test/lab/") && requiredParts(path).includes("kwok");
}

/** Whether it is built. */
export function isBuilt(name: Requirement): boolean {
  return existsSync(isData(name) ? dataPath(name) : partPath(name));
}

function isData(name: Requirement): name is DataName {
  return (dataNames as readonly string[]).includes(name);
}
