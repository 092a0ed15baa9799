/** One rule of a Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const write = ["get", "list", "watch", "create", "update", "patch", "delete"] as const;
const read = ["get", "list", "watch"] as const;

/**
 * What a tenant may do in its Namespace unless it says otherwise: run workloads, configure them and
 * open their network. Listed kind by kind and verb by verb, so that no other component can widen it
 * by aggregation. Nothing here reads or changes rights, quotas, limits or the Namespace, mints
 * tokens or impersonates; ReplicaSets and Pods' logs are read by health checks and people.
 *
 * @see https://kubernetes.io/docs/concepts/security/rbac-good-practices/
 */
export const tenantRules: readonly PolicyRule[] = [
  {
    apiGroups: [""],
    resources: [
      "configmaps",
      "persistentvolumeclaims",
      "pods",
      "secrets",
      "serviceaccounts",
      "services",
    ],
    verbs: write,
  },
  { apiGroups: [""], resources: ["endpoints", "events", "pods/log"], verbs: read },
  {
    apiGroups: ["apps"],
    resources: ["daemonsets", "deployments", "statefulsets"],
    verbs: write,
  },
  { apiGroups: ["apps"], resources: ["controllerrevisions", "replicasets"], verbs: read },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: write },
  { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: write },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
  {
    apiGroups: ["networking.k8s.io"],
    resources: ["ingresses", "networkpolicies"],
    verbs: write,
  },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: write },
];
