import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Lab, LabCluster } from "../../lab/index.js";
import { startLab } from "../../lab/index.js";
import { defaultComponents, eventually, installFlux, isAvailable } from "./install-flux.js";

let lab: Lab;
let cluster: LabCluster;

before(async () => {
  lab = await startLab({ clusters: ["store"] });
  cluster = lab.cluster("store");
});
after(() => lab.stop());

const configMap = "/api/v1/namespaces/default/configmaps/note";
const available = (name: string): Promise<void> =>
  eventually(`${name} Available`, () => isAvailable(cluster, name));

test("a controller reads the lab's Git server and applies what it finds there", async () => {
  await installFlux(cluster);
  await Promise.all(defaultComponents.map(available));
  const note = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-git, namespace: default}\n`;
  await lab.git.createRepository("fleet", { files: { "apps/note.yaml": note } });
  const metadata = { name: "fleet", namespace: "flux-system" };
  const { token, username } = lab.git.reader;
  await cluster.api.apply("/api/v1/namespaces/flux-system/secrets/fleet", {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    stringData: { username, password: token, "ca.crt": lab.git.ca },
  });
  const source = "source.toolkit.fluxcd.io/v1";
  await cluster.api.apply(`/apis/${source}/namespaces/flux-system/gitrepositories/fleet`, {
    apiVersion: source,
    kind: "GitRepository",
    metadata,
    spec: {
      url: lab.git.url("fleet"),
      interval: "1m",
      secretRef: { name: "fleet" },
      ref: { branch: "main" },
    },
  });
  const kustomize = "kustomize.toolkit.fluxcd.io/v1";
  await cluster.api.apply(`/apis/${kustomize}/namespaces/flux-system/kustomizations/fleet`, {
    apiVersion: kustomize,
    kind: "Kustomization",
    metadata,
    spec: {
      path: "./apps",
      prune: true,
      interval: "1m",
      sourceRef: { kind: "GitRepository", name: "fleet" },
    },
  });
  const applied = "/api/v1/namespaces/default/configmaps/from-git";
  await eventually("applied", async () => (await cluster.api.find(applied)) !== undefined);
});

test("a cluster that was switched off comes back with what it stored", async () => {
  const uid = await cluster.uid();
  await cluster.api.apply(configMap, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "note" },
    data: { kept: "yes" },
  });
  await cluster.stop();
  await assert.rejects(cluster.uid(), /ECONNREFUSED/);
  assert.ok((await cluster.programs()).every(({ pid }) => pid === undefined));
  await cluster.start();
  assert.equal(await cluster.uid(), uid);
  assert.deepEqual((await cluster.api.get(configMap)).data, { kept: "yes" });
  await eventually("controllers run", async () => {
    const running = (await cluster.programs()).filter(({ pid }) => pid !== undefined);
    return running.length === defaultComponents.length;
  });
  await Promise.all(defaultComponents.map(available));
});

test("a rebuilt cluster is empty and another one, behind the same kubeconfig", async () => {
  const uid = await cluster.uid();
  const { kubeconfig } = cluster;
  await cluster.rebuild();
  assert.notEqual(await cluster.uid(), uid);
  assert.equal(await cluster.api.find(configMap), undefined);
  assert.equal(await cluster.api.find("/api/v1/namespaces/flux-system"), undefined);
  assert.deepEqual(await cluster.programs(), []);
  assert.equal(cluster.kubeconfig, kubeconfig);
  await installFlux(cluster, ["source-controller"]);
  await available("source-controller");
});

test("one more cluster can be started and removed while the lab runs", async () => {
  const extra = await lab.startCluster("extra");
  assert.notEqual(await extra.uid(), await cluster.uid());
  assert.notEqual(extra.server, cluster.server);
  await extra.remove();
  await assert.rejects(extra.uid(), /ECONNREFUSED/);
  await assert.rejects(cluster.remove(), /belongs to the whole lab/);
});
