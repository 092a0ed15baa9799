import type { KubernetesObject } from "../../manifests/manifest.js";
import { fieldsOf } from "./references.js";

/** Whether a Kustomization is Ready only when something that it applied is healthy. */
export function checksHealth(kustomization: KubernetesObject): boolean {
  const { wait, healthChecks } = fieldsOf(kustomization["spec"]);
  return wait === true || (Array.isArray(healthChecks) && healthChecks.length > 0);
}

/** Whether a HelmRelease is Ready as soon as Helm has sent its objects, healthy or not. */
export function isReadyUnseen(release: KubernetesObject): boolean {
  const spec = fieldsOf(release["spec"]);
  return ["install", "upgrade"].some((action) => fieldsOf(spec[action])["disableWait"] === true);
}

/** Whether somebody declared that Flux leaves an object alone. */
export function isStopped(object: KubernetesObject): boolean {
  return fieldsOf(object["spec"])["suspend"] === true;
}
