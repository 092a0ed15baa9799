import { ApiObject, App, Chart, Yaml } from "cdk8s";
import type { ApiObjectProps } from "cdk8s";
import type { Contender } from "../contender.js";
import { isApiObject } from "../equal-content.js";

/**
 * A chart per cluster, printed in memory. It gets the objects for API servers only: it has no files
 * for kustomize and sops, so it has less to do than the others.
 */
export const contender: Contender = ({ files, size }) => {
  const given = files().map(({ path, objects }) => ({
    path,
    objects: objects.filter(isApiObject),
  }));
  return () => {
    const app = new App();
    const charts = new Map<string, Chart>();
    for (const { path, objects } of given) {
      const name = path.split("/")[2] ?? "fleet"; // clusters/<environment>/<cluster>/…
      const chart = charts.get(name) ?? new Chart(app, name);
      charts.set(name, chart);
      objects.forEach((object, index) => {
        new ApiObject(chart, `${path}-${String(index)}`, object as ApiObjectProps);
      });
    }
    if (charts.size < size.clusters) throw new Error("a cluster has no chart");
    return [...charts].map(([path, chart]) => ({
      path,
      text: Yaml.stringify(...(chart.toJson() as object[])),
    }));
  };
};
