import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ClusterArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { failure } from "../support/engine.js";
import { assertAt, assertRuns, find, read, text } from "./support/live.js";
import {
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
  type LabFleet,
} from "./support/lab-fleet.js";

let lab: Lab;
let near: LabCluster;
let far: LabCluster;
let fleet: LabFleet;

const kustomizations = ["flux-system/flux-system", "flux-system/orders"] as const;

/** Declares the fleet with one value that the last call did not have. */
function declare(interval: string, ofFar: Partial<ClusterArgs> = {}): void {
  fleet.declare({
    clusters: [labCluster(near), labCluster(far, { environment: "staging", ...ofFar })],
    tenants: [labTenant(lab, "orders", { interval, waitFor: true })],
  });
}

async function assertHasAll(cluster: LabCluster, commit: string): Promise<void> {
  await assertAt(cluster, commit, ...kustomizations);
  await assertRuns(cluster, "orders");
  const login = await read(cluster, "Secret orders/orders-source");
  assert.equal(text(login, "password"), lab.git.reader.token);
}

before(async () => {
  lab = await openLab();
  [near, far] = await Promise.all([
    lab.startCluster("outage-near"),
    lab.startCluster("outage-far"),
  ]);
  await createApp(lab, "orders");
  fleet = await labFleet(lab, "fleet-outage", {
    // Two controllers are enough for these stories.
    flux: { version: "2.9.4", components: ["source-controller", "kustomize-controller"] },
    clusters: [],
  });
});
after(async () => {
  fleet.stack.dispose();
  await Promise.all([near.remove(), far.remove()]);
  await lab.stop();
});

describe("a cluster that is down", () => {
  it("is reported as pending where it may be skipped, and the others get everything", async () => {
    await far.stop();
    declare("60m", { whenUnreachable: "skip" });
    const { outputs, problems } = await fleet.stack.up();
    assert.match(problems, /warning: Cluster "outage-far": /);
    assert.doesNotMatch(problems, /error:/);
    await assertHasAll(near, String(outputs["commit"]?.value));
  });

  it("runs no step while nothing else changed", async () => {
    const { changeSummary } = await fleet.stack.up();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("ends up non-zero by default, with its name, and the others get everything", async () => {
    declare("30m");
    const { problems } = await failure(fleet.stack.up());
    assert.match(problems, /Cluster "outage-far": .*CLUSTER_UNREACHABLE/);
    const [commit = ""] = await fleet.commits();
    await assertHasAll(near, commit);
    assert.equal((await fleet.commits()).length, 2);
  });

  it("gets everything from the next up with an unchanged program when it is back", async () => {
    await far.start();
    const commit = await fleet.up();
    assert.deepEqual((await fleet.commits())[0], commit);
    await assertHasAll(far, commit);
    const { changeSummary } = await fleet.stack.up();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("loses nothing that Pulumi applied when it is skipped and comes back", async () => {
    await far.stopApiServer();
    declare("30m", { whenUnreachable: "skip" });
    const { stdout } = await fleet.stack.preview();
    assert.match(stdout, /acme-outage-far-flux-sync.*\[retain\]/);
    await fleet.stack.up();
    await far.start();
    await assertHasAll(far, await fleet.up());
  });
});

it("installs a rebuilt cluster again, Secrets included, with an unchanged program", async () => {
  const before = await far.uid();
  await far.rebuild();
  assert.notEqual(await far.uid(), before);
  assert.equal(await find(far, "Namespace flux-system"), undefined);
  const commits = await fleet.commits();
  await assertHasAll(far, await fleet.up());
  assert.deepEqual(await fleet.commits(), commits);
});

describe("a kubeconfig that leads to another cluster", () => {
  let other: LabCluster;
  before(async () => {
    other = await lab.startCluster("outage-other");
  });
  after(async () => {
    await other.remove();
  });

  it("is refused, in the preview already, before anything is installed there", async () => {
    declare("30m", { kubeconfig: other.kubeconfig });
    for (const operation of [fleet.stack.preview(), fleet.stack.up()]) {
      const { problems } = await failure(operation);
      assert.match(problems, /Cluster "outage-far": its kubeconfig now leads elsewhere/);
    }
    assert.equal(await find(other, "Namespace flux-system"), undefined);
  });

  it("is refused, too, when the recorded cluster was out of reach in between", async () => {
    await far.stopApiServer();
    declare("30m", { whenUnreachable: "skip" });
    await fleet.stack.up();
    declare("30m", { whenUnreachable: "skip", kubeconfig: other.kubeconfig });
    const { problems } = await failure(fleet.stack.preview());
    assert.match(problems, /Cluster "outage-far": its kubeconfig now leads elsewhere/);
  });

  it("is followed when the declaration names the new cluster", async () => {
    const identity = await other.uid();
    declare("30m", { kubeconfig: other.kubeconfig, identity });
    await assertHasAll(other, await fleet.up());
  });
});
