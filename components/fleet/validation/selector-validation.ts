import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import type { FleetModel } from "../model.js";
import { selected } from "../model.js";
import type { ClusterSelector } from "../selector.js";
import { isClusterHandle, isClusterList, isEmptyQuery, queriesOf } from "../selector.js";

/** The findings of one selector: clusters that are not listed, properties that no cluster has, no match. */
export function selectorFindings(
  model: FleetModel,
  selector: ClusterSelector,
  path: string,
): readonly Finding[] {
  const { index } = model;
  if (model.clusters.length === 0) {
    return [];
  }
  const empty = (problem: string, remedy: string): Finding => {
    return { code: "EMPTY_SELECTOR", path, problem, remedy };
  };
  const unlisted = unlistedClusters(selector, model).map((name): Finding => ({
    code: "NOT_LISTED",
    path,
    problem: `Cluster ${quoted(name)} is not listed in the fleet.`,
    remedy: `List it in \`clusters\`, or use one of ${index.names.join(", ")}.`,
  }));
  const unnamed = queriesOf(selector)
    .filter(isEmptyQuery)
    .map(() => empty("The selector names no property.", 'Say "all" if every cluster is meant.'));
  const missing = queriesOf(selector)
    .flatMap((query) => index.missing(query))
    .map(({ property, value }) => {
      const values = index.valuesOf(property);
      return empty(
        `No cluster has ${property} ${quoted(value)}.`,
        values.length === 0
          ? "No cluster has this label; drop it, or label a cluster."
          : `Use one of ${values.map((one) => quoted(one)).join(", ")}.`,
      );
    });
  const found = [...unlisted, ...unnamed, ...missing];
  return found.length > 0 || selected(selector, index).length > 0
    ? found
    : [
        empty(
          "The selector matches no cluster.",
          `There are environments ${index.environments.join(", ")} and rings ${index.rings.join(", ")}.`,
        ),
      ];
}

function unlistedClusters(selector: ClusterSelector, { index }: FleetModel): readonly string[] {
  if (selector === "all" || !isClusterList(selector)) {
    return [];
  }
  return selector
    .filter(isClusterHandle)
    .map(({ name }) => name)
    .filter((name) => !index.has(name));
}
