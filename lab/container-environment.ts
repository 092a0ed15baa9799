import type { Container, EnvVar, KeyReference, Pod } from "./pod.js";
import { inUnitsOf } from "./quantity.js";

/** Where values come from that are not in the pod itself. */
export interface ValueSources {
  /** A value of a Secret or ConfigMap in the pod's namespace. */
  readonly keyValue: (
    kind: "secrets" | "configmaps",
    key: KeyReference,
  ) => Promise<string | undefined>;
  /** What the node offers, for containers without limits. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The container asks for something the lab's kubelet does not have. */
export class ContainerConfigError extends Error {
  override readonly name = "ContainerConfigError";
}

/**
 * The environment a pod declares for a container, each value taken from where the pod says.
 * @throws {@link ContainerConfigError}
 */
export async function containerEnvironment(
  pod: Pod,
  container: Container,
  sources: ValueSources,
): Promise<Record<string, string>> {
  if ((container.envFrom ?? []).length > 0) {
    throw new ContainerConfigError(
      `container "${container.name}": envFrom is not supported in the lab`,
    );
  }
  const values: Record<string, string> = {};
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expand(variable.value ?? "", values)
        : await referenced(pod, container, variable, sources);
    if (value !== undefined) values[variable.name] = value;
  }
  return values;
}

async function referenced(
  pod: Pod,
  container: Container,
  { name, valueFrom }: EnvVar,
  sources: ValueSources,
): Promise<string | undefined> {
  if (valueFrom?.fieldRef !== undefined) return podField(pod, valueFrom.fieldRef.fieldPath);
  if (valueFrom?.resourceFieldRef !== undefined) {
    const { resource, divisor } = valueFrom.resourceFieldRef;
    return inUnitsOf(resourceOf(container, resource, sources.allocatable), divisor ?? "1");
  }
  const [kind, key] =
    valueFrom?.secretKeyRef === undefined
      ? (["configmaps", valueFrom?.configMapKeyRef] as const)
      : (["secrets", valueFrom.secretKeyRef] as const);
  if (key === undefined) {
    throw new ContainerConfigError(`env "${name}": the lab does not know this kind of valueFrom`);
  }
  const value = await sources.keyValue(kind, key);
  if (value === undefined && key.optional !== true) {
    throw new ContainerConfigError(`env "${name}": no key "${key.key}" in ${kind} "${key.name}"`);
  }
  return value;
}

function podField(pod: Pod, fieldPath: string): string {
  const { metadata, spec, status } = pod;
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath);
  if (keyed !== null) {
    const map = keyed[1] === "labels" ? metadata.labels : metadata.annotations;
    return map?.[keyed[2] ?? ""] ?? "";
  }
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": spec.nodeName,
    "spec.serviceAccountName": spec.serviceAccountName,
    "status.hostIP": "127.0.0.1",
    "status.podIP": status?.podIP ?? "127.0.0.1",
  };
  const value = fields[fieldPath];
  if (value === undefined) throw new ContainerConfigError(`fieldRef "${fieldPath}" has no value`);
  return value;
}

function resourceOf(
  { resources }: Container,
  resource: string,
  allocatable: Readonly<Record<string, string>>,
): string {
  const [kind = "", name = ""] = resource.split(/\.(.*)/s);
  if (kind === "requests") return resources?.requests?.[name] ?? "0";
  return resources?.limits?.[name] ?? allocatable[name] ?? "0";
}

/** `$(NAME)` becomes the variable's value; `$$(NAME)` and unknown names stay, as Kubernetes defines it. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([-._a-zA-Z0-9]+)\))/g, (whole, what: string, name?: string) => {
    if (what === "$") return "$";
    return variables[name ?? ""] ?? whole;
  });
}
