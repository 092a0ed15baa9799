import type { KubernetesObject } from "../../manifests/manifest.js";
import type { FluxComponent } from "./flux-components.js";
import { withArguments } from "./install.js";

/** The ServiceAccount of everything the platform applies. */
export const platformServiceAccount = "kustomize-controller";

const noCrossNamespace = "--no-cross-namespace-refs=true";
const defaultAccount = "--default-service-account=default";

/**
 * Flags that keep tenants inside their Namespaces: no source of another Namespace, no remote bases,
 * and what names no ServiceAccount runs as the powerless `default` of its Namespace.
 *
 * @see https://fluxcd.io/flux/installation/configuration/multitenancy/
 */
const lockdownFlags: Readonly<Record<FluxComponent, readonly string[]>> = {
  "source-controller": [],
  "kustomize-controller": [noCrossNamespace, "--no-remote-bases=true", defaultAccount],
  "helm-controller": [noCrossNamespace, defaultAccount],
  "notification-controller": [noCrossNamespace],
  "image-reflector-controller": [noCrossNamespace],
  "image-automation-controller": [noCrossNamespace],
  "source-watcher": [noCrossNamespace],
};

/** One entry of `patches` in a kustomization file. */
export interface KustomizePatch {
  readonly target: { readonly kind: string; readonly name: string };
  /** Operations of JSON patch as YAML text. */
  readonly patch: string;
}

/**
 * The patches of `flux-system/kustomization.yaml` that lock the controllers down. They stay in force
 * when Flux is upgraded or `flux bootstrap` writes its files again.
 */
export function lockdownPatches(components: readonly FluxComponent[]): readonly KustomizePatch[] {
  const controllers = components
    .filter((name) => lockdownFlags[name].length > 0)
    .map((name) => ({
      target: { kind: "Deployment", name },
      patch: lockdownFlags[name]
        .map((flag) => operation("/spec/template/spec/containers/0/args/-", flag))
        .join(""),
    }));
  const root = {
    target: { kind: "Kustomization", name: "flux-system" },
    patch: operation("/spec/serviceAccountName", platformServiceAccount),
  };
  return [...controllers, root];
}

/** A controller's Deployment as {@link lockdownPatches} leaves it; any other object as it is. */
export function lockedDown(object: KubernetesObject): KubernetesObject {
  const flags = flagsOf(object.metadata.name);
  return flags.length === 0 ? object : withArguments(object, (args) => [...args, ...flags]);
}

/** The flags of the lockdown that a controller's Deployment lacks; none for any other object. */
export function missingFlags(object: KubernetesObject): readonly string[] {
  if (object.kind !== "Deployment") return [];
  let given: readonly string[] = [];
  withArguments(object, (args) => (given = args));
  return flagsOf(object.metadata.name).filter((flag) => !given.includes(flag));
}

function flagsOf(name: string): readonly string[] {
  return Object.entries(lockdownFlags).find(([component]) => component === name)?.[1] ?? [];
}

function operation(path: string, value: string): string {
  return `- op: add\n  path: ${path}\n  value: ${value}\n`;
}
