import { after, before, describe, test } from "node:test";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { attachLab, labVariable, startLab, type Lab } from "../../lab/index.js";
import { kubernetesPlugin } from "../../lab/pulumi.js";
import { inlineStack } from "../support/engine.js";
import { openGate } from "../support/gate.js";
import { scenarios } from "./kubernetes-scenarios.js";

describe("the Kubernetes provider", () => {
  let lab: Lab;

  before(async () => {
    const isShared = (process.env[labVariable] ?? "") !== "";
    lab = isShared ? attachLab() : await startLab({ clusters: 1, git: false });
    console.log((await kubernetesPlugin()).line);
  });

  after(() => lab.stop());

  for (const [index, { title, run }] of scenarios.entries()) {
    test(title, async () => {
      const [cluster] = lab.clusters;
      if (cluster === undefined) throw new Error("the lab has no cluster");
      const { api } = cluster;
      const namespace = `scenario-${index}-${process.pid}`;
      await api.create("/api/v1/namespaces", { metadata: { name: namespace } });
      const gate = await openGate(cluster.server, cluster.kubeconfig);
      const kubeconfig = pulumi.secret(gate.kubeconfig);
      const stack = await inlineStack({ program: () => Promise.resolve() });
      try {
        await run({
          api,
          namespace,
          gate,
          stack,
          provider: (args) =>
            new kubernetes.Provider("cluster", { clusterIdentifier: "lab", ...args, kubeconfig }),
          path: (plural, name) =>
            `/api/v1/namespaces/${namespace}/${plural}${name === "" ? "" : `/${name}`}`,
        });
      } finally {
        stack.dispose();
        await gate.close();
        await api.delete(`/api/v1/namespaces/${namespace}`);
      }
    });
  }
});
