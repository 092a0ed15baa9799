import assert from "node:assert/strict";
import type { PlannedSecret } from "../../core.js";
import { AgeIdentity } from "../../index.js";
import { ageSecretEntry } from "../../components/sops/age-secret.js";
import { identityRecipients } from "../../components/sops/identity-recipients.js";
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
  {
    title: "with identities hold every generation, each under a key of its own",
    async run(bench) {
      const { stack, api, path, namespace, gate } = bench;
      const identities = (generation: number): Program => {
        return () => {
          const provider = clusterProvider("cluster", "lab", gate.kubeconfig, {});
          const args = { generation, secret: { namespace } };
          const { recipient } = new AgeIdentity("lab", args, { providers: [provider] });
          return Promise.resolve({ recipient });
        };
      };
      stack.setProgram(identities(1));
      await stack.preview();
      const first = String((await stack.up()).outputs["recipient"]?.value);
      assert.deepEqual(await stack.up().then((up) => Object.keys(up.changeSummary)), ["same"]);
      stack.setProgram(identities(2));
      const second = String((await stack.up()).outputs["recipient"]?.value);
      const live = await api.get(path("secrets", "sops-age"));
      assert.equal(live.metadata.labels?.["reconcile.fluxcd.io/watch"], "Enabled");
      const entries = await secretData(api, path("secrets", "sops-age"));
      const keys = [first, second].map((recipient) => ageSecretEntry("lab", recipient));
      assert.deepEqual(Object.keys(entries).sort(), keys.sort());
      assert.deepEqual([...(await identityRecipients(entries))].sort(), [first, second].sort());
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
