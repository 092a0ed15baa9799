import { parseAllDocuments, stringify } from "yaml";

interface Stage {
  readonly spec: {
    readonly resourceRef: { readonly kind: string };
    readonly selector?: { readonly matchExpressions?: readonly object[] };
  };
}

/**
 * The kwok stages with every Pod stage narrowed to the namespaces whose pods kwok may call Running.
 * Pods of the other namespaces belong to the lab's kubelet, which runs them for real.
 * @param stages - one YAML stream of `Stage` objects
 */
export function withoutPodsOf(namespaces: readonly string[], stages: string): string {
  const mine = { key: ".metadata.namespace", operator: "NotIn", values: namespaces };
  return parseAllDocuments(stages)
    .map((document) => document.toJS() as Stage)
    .map((stage) => {
      if (stage.spec.resourceRef.kind !== "Pod") return stage;
      const matchExpressions = [...(stage.spec.selector?.matchExpressions ?? []), mine];
      return {
        ...stage,
        spec: { ...stage.spec, selector: { ...stage.spec.selector, matchExpressions } },
      };
    })
    .map((stage) => stringify(stage))
    .join("---\n");
}
