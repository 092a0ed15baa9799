import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "../graph/unknown-value.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { fieldManager } from "./cluster-secret.js";

/**
 * Applies one rendered object through a Kubernetes provider instead of Git. `shape` decides what the
 * resource is, so it is plain; `object` is the same object with every Output resolved.
 */
export function appliedObject(
  name: string,
  shape: KubernetesObject,
  object: Promise<KubernetesObject>,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  // The renderer fixes the type of each field; one with a value that is not known yet is not known as a whole.
  const field = <T>(key: string): Promise<T> =>
    object.then((one) => {
      const value = key === "metadata" ? withFieldManager(one) : one[key];
      const isKnown = !JSON.stringify(value ?? null).includes(unknownValue);
      return (isKnown ? value : pulumi.unknown) as T;
    });
  const metadata = field<{ readonly name: string }>("metadata");
  switch (`${shape.apiVersion}/${shape.kind}`) {
    case "v1/Namespace":
      return new kubernetes.core.v1.Namespace(name, { metadata }, opts);
    case "v1/ServiceAccount":
      return new kubernetes.core.v1.ServiceAccount(name, { metadata }, opts);
    case "rbac.authorization.k8s.io/v1/Role":
      return new kubernetes.rbac.v1.Role(name, { metadata, rules: field("rules") }, opts);
    case "rbac.authorization.k8s.io/v1/RoleBinding":
      return new kubernetes.rbac.v1.RoleBinding(
        name,
        { metadata, roleRef: field("roleRef"), subjects: field("subjects") },
        opts,
      );
    default: {
      const { apiVersion, kind } = shape;
      const args = { apiVersion, kind, metadata, spec: field("spec") };
      return new kubernetes.apiextensions.CustomResource(name, args, opts);
    }
  }
}

function withFieldManager({ metadata }: KubernetesObject): KubernetesObject["metadata"] {
  const annotations = { ...metadata.annotations, "pulumi.com/patchFieldManager": fieldManager };
  return { ...metadata, annotations };
}
