import type { Finding } from "../../errors.js";
import { isOfKind } from "./flux-kinds.js";
import { quoted } from "../values/names.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { fieldsOf, referencesOf, valuesAt } from "./references.js";

/** Warnings about objects that are Ready sooner, or fail sooner, than whoever wrote them believes. */
export function readinessFindings(
  { objects }: PlacedCluster,
  index: ObjectIndex,
): readonly Finding[] {
  return objects.flatMap((placed) => {
    if (isOfKind(placed.object, "Kustomization")) return notAwaited(placed, index);
    return isOfKind(placed.object, "HelmRelease") ? notRetried(placed) : [];
  });
}

/** Without `wait` and health checks a Kustomization is Ready as soon as its objects are stored. */
function notAwaited(placed: PlacedObject, index: ObjectIndex): readonly Finding[] {
  if (placed.proven?.includes("spec.dependsOn[]") === true) return [];
  return referencesOf(placed.object).flatMap(({ rule, key, at }): readonly Finding[] => {
    const target = rule.field === "spec.dependsOn[]" ? index.placed(key) : undefined;
    if (target === undefined || isAwaited(target) || hasExpression(placed, at)) return [];
    const { namespace = "", name } = target.object.metadata;
    return [
      {
        code: "DEPENDENCY_NOT_AWAITED",
        path: `${placeOf(placed)}: ${at}`,
        problem: `Kustomization ${quoted(`${namespace}/${name}`)} has neither \`wait\` nor health checks, so it is Ready as soon as it is applied, not when it is healthy.`,
        remedy: "Set `wait: true` there.",
        severity: "warning",
      },
    ];
  });
}

function isAwaited({ object }: PlacedObject): boolean {
  const { wait, healthChecks } = fieldsOf(object["spec"]);
  return wait === true || (Array.isArray(healthChecks) && healthChecks.length > 0);
}

/** Whether the dependency has a condition of its own. */
function hasExpression({ object }: PlacedObject, at: string): boolean {
  const items = valuesAt(object, "spec.dependsOn[]");
  return items.some((item) => item.at === at && fieldsOf(item.value)["readyExpr"] !== undefined);
}

function notRetried(placed: PlacedObject): readonly Finding[] {
  const { install, upgrade } = fieldsOf(placed.object["spec"]);
  const first = fieldsOf(install);
  const later = fieldsOf(upgrade);
  const retriesLater = later["remediation"] !== undefined || later["strategy"] !== undefined;
  const retriesFirst = first["remediation"] !== undefined || first["strategy"] !== undefined;
  return !retriesLater || retriesFirst
    ? []
    : [
        {
          code: "INSTALL_NOT_RETRIED",
          path: `${placeOf(placed)}: spec.install`,
          problem: "Upgrades are retried, and a failed first install is not.",
          remedy:
            "Set `install.strategy` to `name: RetryOnFailure`; until then Flux stalls after one attempt.",
          severity: "warning",
        },
      ];
}
