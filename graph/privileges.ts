/** One rule of a Role or ClusterRole. */
export interface RightsRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Who receives rights. */
export interface RightsSubject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Whether rules grant nothing beyond others. Wildcards count as more than anything listed. */
export function grantsNoMoreThan(
  rules: readonly RightsRule[],
  allowed: readonly RightsRule[],
): boolean {
  const known = new Set(allowed.flatMap(rights));
  return rules.every(
    (rule) =>
      (rule.nonResourceURLs ?? []).length === 0 && rights(rule).every((right) => known.has(right)),
  );
}

/**
 * The Namespaces whose ServiceAccounts a subject stands for: one, all (`"*"`), or none.
 *
 * @param bindingNamespace - where the binding is, the default of a ServiceAccount's Namespace
 */
export function accountNamespace(
  { kind, name, namespace }: RightsSubject,
  bindingNamespace: string | undefined,
): string | undefined {
  switch (kind) {
    case "ServiceAccount":
      return namespace ?? bindingNamespace;
    case "User":
      return /^system:serviceaccount:([^:]+):/.exec(name)?.[1];
    case "Group":
      return name === "system:serviceaccounts" || name === "system:authenticated"
        ? "*"
        : /^system:serviceaccounts:(.+)$/.exec(name)?.[1];
    default:
      return undefined;
  }
}

function rights({ apiGroups = [], resources = [], verbs = [] }: RightsRule): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${group}\0${resource}\0${verb}`)),
  );
}
