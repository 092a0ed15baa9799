import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../manifests/manifest.js";

/**
 * Applies one rendered object through a Kubernetes provider instead of Git. `shape` decides what the
 * resource is, so it is plain; `object` is the same object with every Output resolved.
 */
export function appliedObject(
  name: string,
  shape: KubernetesObject,
  object: pulumi.Output<KubernetesObject>,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const field = <T>(key: string): pulumi.Output<T> =>
    object.apply((resolved) => resolved[key] as T); // the renderer fixes the type of each field
  const metadata = object.apply(({ metadata: resolved }) => resolved);
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
