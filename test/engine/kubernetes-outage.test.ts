import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import { failure } from "../support/engine.js";
import { configMap, describeKubernetes, ids, map, withExec } from "./kubernetes-bench.js";

const { ConfigMap } = kubernetes.core.v1;

describeKubernetes("reaching the cluster", [
  {
    title: "previews while the cluster is unreachable, changed or not",
    async run({ stack, provider, namespace, gate }) {
      stack.setProgram(map(namespace, "map", { a: "1" }, provider));
      await stack.up();
      await gate.close();
      assert.deepEqual((await stack.preview()).changeSummary, { same: 3 });
      assert.deepEqual((await stack.up()).changeSummary, { same: 3 });
      stack.setProgram(async () => {
        await map(namespace, "map", { a: "1" }, provider)();
        const more = new kubernetes.Provider("more", { kubeconfig: gate.kubeconfig });
        new ConfigMap("new", configMap("new", {}, {}, namespace), { provider: more });
      });
      assert.equal((await stack.preview()).changeSummary["create"], 2);
    },
  },
  {
    title: "fails an update and a refresh while the cluster is unreachable and keeps the state",
    async run({ stack, provider, namespace, api, gate, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableConfigMapMutable: true });
      stack.setProgram(map(namespace, "map", { a: "1" }, mutable));
      await stack.up();
      await gate.close();
      stack.setProgram(map(namespace, "map", { a: "2" }, mutable));
      const { problems } = await failure(stack.up());
      assert.match(problems, /configured Kubernetes cluster is unreachable/);
      assert.match((await failure(stack.refresh())).problems, /PULUMI_K8S_DELETE_UNREACHABLE/);
      assert.deepEqual(ids(stack), [`${namespace}/map`]);
      await gate.open();
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "map"))).data, { a: "2" });
    },
  },
  {
    title: "skips updates of an unreachable cluster when told to, and makes them up later",
    async run({ stack, provider, namespace, api, gate, path }) {
      const patient = (): kubernetes.Provider =>
        provider({ enableConfigMapMutable: true, skipUpdateUnreachable: true });
      stack.setProgram(map(namespace, "map", { a: "1" }, patient));
      await stack.up();
      await gate.close();
      stack.setProgram(map(namespace, "map", { a: "2" }, patient));
      assert.match((await stack.up()).problems, /warning: .*unreachable/i);
      await gate.open();
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "map"))).data, { a: "2" });
    },
  },
  {
    title: "forgets objects of a cluster that is gone for good when told to",
    async run({ stack, provider, namespace, gate }) {
      const gone = (): kubernetes.Provider => provider({ deleteUnreachable: true });
      stack.setProgram(map(namespace, "map", { a: "1" }, gone));
      await stack.up();
      await gate.close();
      await stack.destroy();
      assert.deepEqual(stack.resources(), []);
    },
  },
  {
    title: "asks the exec plugin of a kubeconfig for its credentials",
    async run({ stack, namespace, api, gate, path }) {
      const kubeconfig = withExec(gate.kubeconfig);
      const exec = (): kubernetes.Provider => new kubernetes.Provider("cluster", { kubeconfig });
      stack.setProgram(map(namespace, "map", { a: "1" }, exec));
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "map"))).data, { a: "1" });
    },
  },
]);
