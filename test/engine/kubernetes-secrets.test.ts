import assert from "node:assert/strict";
import type * as kubernetes from "@pulumi/kubernetes";
import { assertNoCanary } from "../support/engine.js";
import { describeKubernetes, secret, secretData } from "./kubernetes-bench.js";
import type { Data } from "./kubernetes-bench.js";

describeKubernetes("Secrets", [
  {
    title:
      "changes a value of a Secret in place with enableSecretMutable, else replaces the Secret",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableSecretMutable: true });
      const uid = async (): Promise<string | undefined> =>
        (await api.get(path("secrets", "value"))).metadata.uid;
      stack.setProgram(secret(namespace, "value", { token: "one" }, mutable));
      await stack.up();
      const first = await uid();
      stack.setProgram(secret(namespace, "value", { token: "two" }, mutable));
      assert.equal((await stack.preview()).changeSummary["update"], 1);
      await stack.up();
      assert.equal(await uid(), first);
      assert.deepEqual(await secretData(api, path("secrets", "value")), { token: "two" });
      stack.setProgram(secret(namespace, "value", { token: "three" }, provider));
      assert.equal((await stack.preview()).changeSummary["replace"], 1);
      await stack.up();
      assert.notEqual(await uid(), first);
      assert.deepEqual(await secretData(api, path("secrets", "value")), { token: "three" });
    },
  },
  {
    title: "adds and removes keys of a Secret and leaves keys of others alone",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableSecretMutable: true });
      stack.setProgram(secret(namespace, "keys", { old: "1", stays: "2" }, mutable));
      await stack.up();
      const foreign = { theirs: Buffer.from("3").toString("base64") };
      await api.apply(path("secrets", "keys"), {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "keys" },
        data: foreign,
      });
      stack.setProgram(secret(namespace, "keys", { stays: "2", fresh: "4" }, mutable));
      await stack.up();
      assert.deepEqual(await secretData(api, path("secrets", "keys")), {
        stays: "2",
        theirs: "3",
        fresh: "4",
      });
    },
  },
  {
    title: "keeps a retained Secret on destroy and takes it over again, without its old keys",
    async run({ stack, provider, namespace, api, path }) {
      const owner = (): kubernetes.Provider =>
        provider({ enableSecretMutable: true, upsertExistingObjects: true });
      const annotations = { "pulumi.com/patchFieldManager": "flux-fleet" };
      const retained = (data: Data) =>
        secret(namespace, "kept", data, owner, { retainOnDelete: true }, annotations);
      stack.setProgram(retained({ a: "1", b: "2" }));
      await stack.up();
      await stack.destroy();
      assert.deepEqual(await secretData(api, path("secrets", "kept")), { a: "1", b: "2" });
      stack.setProgram(retained({ a: "changed" }));
      await stack.up();
      assert.deepEqual(await secretData(api, path("secrets", "kept")), { a: "changed" });
    },
  },
  {
    title: "keeps a secret out of output, state and history, and marks what is derived from it",
    async run({ stack, provider, namespace }) {
      const [first, second] = ["canary-3f9a1c", "canary-77be02"];
      const mutable = (): kubernetes.Provider => provider({ enableSecretMutable: true });
      const said: string[] = [];
      for (const token of [first, second]) {
        stack.setProgram(secret(namespace, "sealed", { token }, mutable));
        const preview = await stack.preview({ diff: true });
        const up = await stack.up({ diff: true });
        assert.equal(up.outputs["data"]?.secret, true);
        const events = JSON.stringify([preview.events, up.events]);
        said.push(preview.stdout, preview.stderr, up.stdout, up.stderr, events);
      }
      said.push((await stack.refresh()).stdout, stack.everythingStored());
      assertNoCanary(first, ...said);
      assertNoCanary(second, ...said);
    },
  },
]);
