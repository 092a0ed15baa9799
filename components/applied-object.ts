import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "../graph/values/unknown-value.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { isSetterMarked } from "../manifests/marker.js";
import { isPlainObject } from "../manifests/printable.js";
import { fieldManager } from "./cluster-secret.js";

/**
 * Applies one rendered object through a Kubernetes provider instead of Git. `shape` decides what the
 * resource is, so it is plain; `object` is the same object with every Output resolved.
 *
 * @param annotations - how the provider applies it; they reach the cluster and never Git
 */
export function appliedObject(
  name: string,
  shape: KubernetesObject,
  object: Promise<KubernetesObject>,
  opts: pulumi.CustomResourceOptions,
  annotations: Readonly<Record<string, string>> = {},
): pulumi.CustomResource {
  // The renderer fixes the type of each field; one with a value that is not known yet is not known as a whole.
  const field = <T>(key: string): Promise<T> =>
    object.then((one) => {
      const value = key === "metadata" ? withAnnotations(one, annotations) : unmarked(one[key]);
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

function withAnnotations(
  { metadata }: KubernetesObject,
  more: Readonly<Record<string, string>>,
): KubernetesObject["metadata"] {
  const own = { "pulumi.com/patchFieldManager": fieldManager, ...more };
  return { ...metadata, annotations: { ...metadata.annotations, ...own } };
}

/** What image automation may change later in Git has only its declared value on a cluster. */
function unmarked(value: unknown): unknown {
  if (isSetterMarked(value)) return value.value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmarked(item)]));
}
