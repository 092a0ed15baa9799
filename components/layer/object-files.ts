import type { KubernetesObject } from "../../manifests/manifest.js";
import { objectKey } from "../../graph/objects.js";

/**
 * Names of the files of objects, for example `helmrelease-cert-manager.yaml`. Only objects that
 * would share a name have their group and Namespace in it too, so that a file keeps its name when
 * others come and go.
 */
export function fileNames(
  objects: readonly KubernetesObject[],
): (object: KubernetesObject) => string {
  const keys = new Map<string, Set<string>>();
  for (const object of objects) {
    const stem = shortStem(object);
    keys.set(stem, (keys.get(stem) ?? new Set()).add(objectKey(object)));
  }
  return (object) => {
    const stem = shortStem(object);
    return `${(keys.get(stem)?.size ?? 0) > 1 ? longStem(object) : stem}.yaml`;
  };
}

function shortStem({ kind, metadata }: KubernetesObject): string {
  return portable(`${kind.toLowerCase()}-${metadata.name}`);
}

function longStem({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
  return portable(`${kind.toLowerCase()}${group}-${metadata.namespace ?? ""}-${metadata.name}`);
}

/** Names of roles hold ":", which not every file system takes. */
function portable(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]/g, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `_${code.toString(16)}`;
  });
}
