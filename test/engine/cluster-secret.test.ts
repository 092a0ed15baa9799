import assert from "node:assert/strict";
import type { PlannedSecret } from "../../core.js";
import { clusterProvider, clusterSecret } from "../../components/cluster-secret.js";
import { describeKubernetes, secretData } from "./kubernetes-bench.js";
import type { Bench, Program } from "./kubernetes-bench.js";

const name = "flux-system";

describeKubernetes("Secrets of a fleet", [
  {
    title: "stay on destroy and are taken over by a new state, with another value",
    async run(bench) {
      const { stack, api, path } = bench;
      stack.setProgram(program(bench, { username: "git", password: "one" }));
      await stack.up();
      await stack.destroy();
      assert.deepEqual(stack.resources(), []);
      const kept = await secretData(api, path("secrets", name));
      assert.deepEqual(kept, { username: "git", password: "one" });
      stack.setProgram(program(bench, { username: "git", password: "two" }));
      await stack.up();
      const now = await secretData(api, path("secrets", name));
      assert.deepEqual(now, { username: "git", password: "two" });
    },
  },
  {
    title: "that somebody else wrote are taken over, and lose the keys that left",
    async run(bench) {
      const { stack, api, path } = bench;
      const data = { password: Buffer.from("theirs").toString("base64") };
      await api.apply(
        path("secrets", name),
        { apiVersion: "v1", kind: "Secret", metadata: { name }, data },
        "flux",
      );
      stack.setProgram(program(bench, { username: "git", password: "ours" }));
      await stack.up();
      const taken = await secretData(api, path("secrets", name));
      assert.deepEqual(taken, { username: "git", password: "ours" });
      stack.setProgram(program(bench, { password: "ours" }));
      await stack.up();
      assert.deepEqual(await secretData(api, path("secrets", name)), { password: "ours" });
    },
  },
]);

/** A program with one Secret of a fleet, as a Fleet registers it. */
function program({ namespace, gate }: Bench, values: Readonly<Record<string, string>>): Program {
  const secret: PlannedSecret = {
    name,
    namespace,
    purpose: "sync",
    cluster: "lab",
    labels: {},
    keys: Object.keys(values).sort(),
    part: 'Fleet "acme"',
  };
  return () => {
    const provider = clusterProvider("cluster", "lab", gate.kubeconfig, {});
    clusterSecret("sync", { secret, values }, { provider });
    return Promise.resolve({});
  };
}
