import type { Finding } from "../../errors.js";
import { objectTitle } from "../objects.js";
import { isOfKind } from "./flux-kinds.js";
import { checksHealth, isReadyUnseen, isStopped } from "./health.js";
import type { ObjectIndex, PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { fieldsOf, referencesOf, valuesAt } from "./references.js";

/** Warnings about objects that are Ready sooner, later or less often than whoever wrote them believes. */
export function readinessFindings(
  { objects }: PlacedCluster,
  index: ObjectIndex,
): readonly Finding[] {
  return objects.flatMap((placed) => {
    if (isOfKind(placed.object, "Kustomization")) {
      return [...unheard(placed, index), ...unusedChecks(placed)];
    }
    return isOfKind(placed.object, "HelmRelease")
      ? [...unheard(placed, index), ...notRetried(placed)]
      : [];
  });
}

/** Dependencies that say nothing of their health, or nothing at all. */
function unheard(placed: PlacedObject, index: ObjectIndex): readonly Finding[] {
  if (placed.proven?.includes("spec.dependsOn[]") === true) return [];
  return referencesOf(placed.object).flatMap(({ rule, key, at }): readonly Finding[] => {
    const target = rule.field === "spec.dependsOn[]" ? index.placed(key) : undefined;
    const said = target && silenceOf(target, hasExpression(placed, at));
    if (said === undefined) return [];
    return [
      {
        code: "DEPENDENCY_NOT_AWAITED",
        path: `${placeOf(placed)}: ${at}`,
        ...said,
        severity: "warning",
      },
    ];
  });
}

/** Why whoever depends on an object does not hear how it is; undefined when it does. */
function silenceOf(
  { object }: PlacedObject,
  isConditional: boolean,
): { readonly problem: string; readonly remedy: string } | undefined {
  const title = objectTitle(object);
  if (isStopped(object)) {
    return {
      problem: `${title} is suspended, so it says nothing of a new commit and what depends on it waits for ever.`,
      remedy: "Drop the dependency, or leave `suspend` out there.",
    };
  }
  if (isConditional) return undefined;
  if (isOfKind(object, "Kustomization") && !checksHealth(object)) {
    return {
      problem: `${title} has neither \`wait\` nor health checks, so it is Ready as soon as it is applied, not when it is healthy.`,
      remedy: "Set `wait: true` there.",
    };
  }
  if (isOfKind(object, "HelmRelease") && isReadyUnseen(object)) {
    return {
      problem: `${title} has \`disableWait\`, so it is Ready as soon as Helm has sent its objects, not when they are healthy.`,
      remedy: "Leave `disableWait` out there.",
    };
  }
  return undefined;
}

/** Whether the dependency has a condition of its own. */
function hasExpression({ object }: PlacedObject, at: string): boolean {
  const items = valuesAt(object, "spec.dependsOn[]");
  return items.some((item) => item.at === at && fieldsOf(item.value)["readyExpr"] !== undefined);
}

/** Health checks of a Kustomization that Flux does not look at. */
function unusedChecks(placed: PlacedObject): readonly Finding[] {
  // Those of the Kustomization of a part were looked at where they were declared.
  if (placed.proven !== undefined) return [];
  const { wait, healthChecks, healthCheckExprs } = fieldsOf(placed.object["spec"]);
  const ignored = (field: string, problem: string, remedy: string): readonly Finding[] => {
    const path = `${placeOf(placed)}: spec.${field}`;
    return [{ code: "HEALTH_CHECK_IGNORED", path, problem, remedy, severity: "warning" }];
  };
  const isFilled = (list: unknown): boolean => Array.isArray(list) && list.length > 0;
  if (wait === true && isFilled(healthChecks)) {
    const problem = "With `wait` Flux waits for everything and ignores this list.";
    return ignored("healthChecks", problem, "Leave it out, or set `wait: false`.");
  }
  if (isFilled(healthCheckExprs) && !checksHealth(placed.object)) {
    const problem = "Flux uses these only with `wait` or `healthChecks`.";
    return ignored("healthCheckExprs", problem, "Set `wait: true`, or name what is checked.");
  }
  return [];
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
