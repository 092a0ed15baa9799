import type { Finding } from "../../../errors.js";
import { labelFindings } from "../../../graph/values/labels.js";
import { nameFindings, textFindings, variableFindings } from "../../../graph/values/names.js";
import { repoPathFindings } from "../../../graph/values/path-findings.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import { secretListFindings } from "../../sops/secrets/validation.js";
import { tenantNamespace } from "../../tenant/manifests.js";
import { tenantOverrideFindings, tenantValueFindings } from "../../tenant/validation.js";
import type { ClusterPart } from "../cluster.js";
import type { LayerPart } from "../../layer/layer.js";
import type { TenantPart } from "../../tenant/tenant.js";
import { layerValueFindings } from "../../layer/validation.js";
import { everyOverride } from "../overrides.js";
import { clusterSecretsName } from "../tree/secret-directories.js";
import { partTitle } from "./shape-validation.js";

/** Layer names whose file would be one that the tree has anyway. */
const treeNames: ReadonlySet<string> = new Set([
  clusterSecretsName,
  "flux-system",
  "kustomization",
]);

/** The findings of a cluster's own arguments. */
export function clusterFindings({ name, args }: ClusterPart<string>): readonly Finding[] {
  const field = (key: string): string => `${partTitle("cluster", name)}: ${key}`;
  const { lockdown } = args;
  return [
    ...fileNameFindings(name, field("name")),
    ...fileNameFindings(args.environment, field("environment")),
    ...(args.ring === undefined ? [] : nameFindings(args.ring, field("ring"))),
    ...labelFindings(args.labels ?? {}, field("labels")),
    ...Object.entries(args.variables ?? {}).flatMap(([key, value]) => [
      ...variableFindings(key, field("variables")),
      ...textFindings(value, field(`variables.${key}`)),
    ]),
    ...(args.path === undefined ? [] : repoPathFindings(args.path, field("path"))),
    ...secretListFindings(args.secrets ?? [], undefined, field("secrets")),
    ...(args.retire === undefined || args.retire.reason.trim() !== ""
      ? []
      : [
          {
            code: "MISSING_REASON" as const,
            path: field("retire.reason"),
            problem: "The cluster is retired without a reason.",
            remedy: "Write why it leaves, or leave `retire` out.",
          },
        ]),
    ...(args.identity === undefined ||
    isUnknown(args.identity) ||
    /^[0-9a-f-]{36}$/.test(args.identity)
      ? []
      : [
          {
            code: "INVALID_ARGUMENT" as const,
            path: field("identity"),
            problem: "The text is not the UID of a Namespace.",
            remedy:
              "Give what `kubectl get namespace kube-system -o jsonpath={.metadata.uid}` prints.",
          },
        ]),
    ...(lockdown === undefined || lockdown === true || lockdown.reason.trim() !== ""
      ? []
      : [
          {
            code: "MISSING_REASON" as const,
            path: field("lockdown.reason"),
            problem: "Lockdown is disabled without a reason.",
            remedy: "Write why this cluster may run without it, or leave `lockdown` out.",
          },
        ]),
  ];
}

/** The findings of a layer's own arguments. */
export function layerFindings(layer: LayerPart<string>): readonly Finding[] {
  const { name } = layer;
  const title = partTitle("layer", name);
  return [
    ...fileNameFindings(name, `${title}: name`),
    ...(treeNames.has(name)
      ? [
          {
            code: "RESERVED_NAMESPACE" as const,
            path: `${title}: name`,
            problem: `"${name}" is a name that the tree of every cluster has.`,
            remedy: "Choose another name.",
          },
        ]
      : []),
    ...layerValueFindings(layer, title),
  ];
}

/** The findings of a tenant's own arguments. */
export function tenantPartFindings({ name, args }: TenantPart<string>): readonly Finding[] {
  const title = partTitle("tenant", name);
  const findings = [
    ...tenantValueFindings(name, args, title),
    ...everyOverride(args.overrides).flatMap(({ at, value }) =>
      tenantOverrideFindings(value, tenantNamespace(name, args), `${title}: ${at}`),
    ),
  ];
  return findings.length > 0 ? findings : fileNameFindings(name, `${title}: name`);
}

/** A DNS label that can also be the name of a file on every system. */
function fileNameFindings(name: string, path: string): readonly Finding[] {
  const invalid = nameFindings(name, path);
  return invalid.length > 0 ? invalid : repoPathFindings(name, path);
}
