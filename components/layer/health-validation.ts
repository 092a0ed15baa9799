import type { Finding } from "../../errors.js";
import { expressionFindings, healthRule } from "../../graph/values/expressions.js";
import type { LayerArgs, LayerHealthCheckExpr } from "./layer.js";

/**
 * The findings of what a layer calls healthy.
 *
 * @param field - where a field of the layer is written
 */
export function layerHealthFindings(
  { wait = true, healthChecks = [], healthCheckExprs = [] }: LayerArgs<string>,
  field: (key: string) => string,
): readonly Finding[] {
  return [
    ...expressionListFindings(healthCheckExprs, field("healthCheckExprs")),
    ...effectFindings(wait, healthChecks.length > 0, healthCheckExprs.length > 0, field),
  ];
}

function expressionListFindings(
  expressions: readonly LayerHealthCheckExpr[],
  path: string,
): readonly Finding[] {
  return expressions.flatMap(({ current, inProgress, failed }, index) =>
    Object.entries({ current, inProgress, failed }).flatMap(([name, text]) =>
      expressionFindings(text, healthRule, `${path}[${String(index)}].${name}`),
    ),
  );
}

/** What Flux does not look at, and layers at whose health nobody looks. */
function effectFindings(
  wait: boolean,
  hasChecks: boolean,
  hasExpressions: boolean,
  field: (key: string) => string,
): readonly Finding[] {
  const ignored = (key: string, problem: string, remedy: string): readonly Finding[] => {
    return [{ code: "HEALTH_CHECK_IGNORED", path: field(key), problem, remedy }];
  };
  if (wait && hasChecks) {
    const problem = "With `wait` Flux waits for everything and ignores this list.";
    return ignored("healthChecks", problem, "Leave it out, or set `wait: false`.");
  }
  if (wait || hasChecks) return [];
  if (hasExpressions) {
    const problem = "Flux uses these only with `wait` or `healthChecks`.";
    return ignored("healthCheckExprs", problem, "Leave `wait` on, or name what is checked.");
  }
  return [
    {
      code: "HEALTH_UNCHECKED",
      path: field("wait"),
      problem: "The layer is Ready once it is applied, whether it works or not.",
      remedy: "Leave `wait` on, or name what must be healthy in `healthChecks`.",
      severity: "warning",
    },
  ];
}
