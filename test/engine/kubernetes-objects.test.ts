import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import { failure } from "../support/engine.js";
import { configMap, describeKubernetes, ids, map } from "./kubernetes-bench.js";

const { Namespace } = kubernetes.core.v1;

describeKubernetes("objects", [
  {
    title: "creates what a preview announced, once, and leaves it alone afterwards",
    async run({ stack, provider, namespace, api }) {
      const name = `${namespace}-new`;
      stack.setProgram(async () => {
        const made = new Namespace("made", { metadata: { name } }, { provider: provider() });
        return Promise.resolve({ name: made.metadata.name });
      });
      assert.deepEqual((await stack.preview()).changeSummary, { create: 3 });
      assert.equal(await api.find(`/api/v1/namespaces/${name}`), undefined);
      const first = await stack.up();
      assert.equal(first.problems, "");
      assert.equal(first.outputs["name"]?.value, name);
      assert.notEqual(await api.find(`/api/v1/namespaces/${name}`), undefined);
      assert.deepEqual((await stack.up()).changeSummary, { same: 3 });
    },
  },
  {
    title: "refuses to create what exists already, and leaves it untouched",
    async run({ stack, provider, namespace, api, path }) {
      await api.create(path("configmaps", ""), configMap("theirs", { a: "theirs" }));
      stack.setProgram(map(namespace, "theirs", { a: "ours" }, provider));
      await stack.preview();
      const { problems } = await failure(stack.up());
      assert.match(problems, /configmaps "theirs" already exists/);
      assert.deepEqual((await api.get(path("configmaps", "theirs"))).data, { a: "theirs" });
      assert.deepEqual(ids(stack), []);
    },
  },
  {
    title: "adopts what exists already with upsertExistingObjects and keeps foreign labels",
    async run({ stack, provider, namespace, api, path }) {
      const theirs = configMap("shared", { a: "same" }, { keep: "me" });
      await api.create(path("configmaps", ""), theirs);
      const upsert = (): kubernetes.Provider => provider({ upsertExistingObjects: true });
      stack.setProgram(map(namespace, "shared", { a: "same", b: "ours" }, upsert));
      await stack.up();
      const live = await api.get(path("configmaps", "shared"));
      assert.deepEqual(live.data, { a: "same", b: "ours" });
      assert.deepEqual(live.metadata.labels, { keep: "me" });
    },
  },
  {
    title: "stops at a field another manager took over, already in preview, until it is forced",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableConfigMapMutable: true });
      stack.setProgram(map(namespace, "contested", { a: "1" }, mutable));
      await stack.up();
      const theirs = configMap("contested", { a: "99" });
      await api.apply(path("configmaps", "contested"), theirs, "kustomize-controller");
      assert.deepEqual((await stack.preview()).changeSummary, { same: 3 });
      assert.equal((await stack.refresh()).changeSummary["update"], 1);
      stack.setProgram(map(namespace, "contested", { a: "2" }, mutable));
      const { problems } = await failure(stack.preview());
      assert.match(problems, /conflict with "kustomize-controller".*\.data\.a/);
      const forced = { "pulumi.com/patchForce": "true" };
      stack.setProgram(map(namespace, "contested", { a: "2" }, mutable, forced));
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "contested"))).data, { a: "2" });
    },
  },
  {
    title: "makes an object of the new name and removes the old one on a rename",
    async run({ stack, provider, namespace, api, path }) {
      stack.setProgram(map(namespace, "before", { a: "1" }, provider));
      await stack.up();
      stack.setProgram(map(namespace, "after", { a: "1" }, provider));
      assert.equal((await stack.preview()).changeSummary["replace"], 1);
      await stack.up();
      assert.equal(await api.find(path("configmaps", "before")), undefined);
      assert.notEqual(await api.find(path("configmaps", "after")), undefined);
      assert.deepEqual(ids(stack), [`${namespace}/after`]);
    },
  },
  {
    title: "deletes what the program no longer declares",
    async run({ stack, provider, namespace, api, path }) {
      stack.setProgram(map(namespace, "gone", { a: "1" }, provider));
      await stack.up();
      stack.setProgram(async () => Promise.resolve());
      assert.equal((await stack.preview()).changeSummary["delete"], 2);
      await stack.up();
      assert.equal(await api.find(path("configmaps", "gone")), undefined);
    },
  },
  {
    title: "sees drift on refresh and repairs it, a deleted object included",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider =>
        provider({ enableConfigMapMutable: true, enablePatchForce: true });
      stack.setProgram(map(namespace, "drifts", { a: "1", b: "2" }, mutable));
      await stack.up();
      await api.patch(path("configmaps", "drifts"), { data: { a: "moved", foreign: "3" } });
      assert.equal((await stack.refresh()).changeSummary["update"], 1);
      assert.equal((await stack.preview()).changeSummary["update"], 1);
      await stack.up();
      const repaired = { a: "1", b: "2", foreign: "3" };
      assert.deepEqual((await api.get(path("configmaps", "drifts"))).data, repaired);
      await api.delete(path("configmaps", "drifts"));
      assert.equal((await stack.refresh()).changeSummary["delete"], 1);
      assert.equal((await stack.up()).changeSummary["create"], 1);
      assert.deepEqual((await api.get(path("configmaps", "drifts"))).data, { a: "1", b: "2" });
    },
  },
  {
    title: "previews an object in a Namespace that does not exist yet, and fails to create it",
    async run({ stack, provider }) {
      stack.setProgram(map("no-such-namespace", "map", { a: "1" }, provider));
      await stack.preview();
      const { problems } = await failure(stack.up());
      assert.match(problems, /namespaces "no-such-namespace" not found/);
      assert.deepEqual(ids(stack), []);
    },
  },
]);
