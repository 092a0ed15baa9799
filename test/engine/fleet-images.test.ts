import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import type { FleetArgs } from "../../index.js";
import { cluster, image, imageAutomation, layer } from "../../index.js";
import { failure } from "../support/engine.js";
import type { FleetStack } from "../support/fleet-stack.js";
import { fleetStack, smallFleet } from "../support/fleet-stack.js";

const file = "apps/base/deployment-web.yaml";

const web = imageAutomation("web", {
  image: "ghcr.io/acme/web",
  policy: { semver: ">=1.0.0 <2.0.0" },
});

/** Two clusters that run one image, of which the first writes the tags. */
function imageFleet(url: string, tag: string, replicas: number): FleetArgs {
  const clusters = ["eu-west-1", "eu-west-2"].map((name) =>
    cluster(name, { environment: "production" }),
  );
  const [writer] = clusters;
  assert.ok(writer);
  const containers = [{ name: "web", image: image("ghcr.io/acme/web", { policy: web, tag }) }];
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { replicas, template: { spec: { containers } } },
  };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  return {
    ...smallFleet(url),
    flux: {
      version: "2.9.4",
      components: [
        ...["source-controller", "kustomize-controller"],
        ...["image-reflector-controller", "image-automation-controller"],
      ] as NonNullable<FleetArgs["flux"]["components"]>,
    },
    clusters,
    tenants: [],
    external: [{ kind: "Secret", namespace: "flux-system", name: "image-writer" }],
    layers: [layer("apps", { clusters: "all", base: { objects: [namespace, deployment] } })],
    images: [web],
    imageUpdates: {
      runsOn: writer,
      writesTo: { path: "./apps", secret: { name: "image-writer" } },
      author: { email: "bot@example.com" },
    },
  };
}

async function textAtHead({ repositories }: FleetStack): Promise<string> {
  return (await repositories.read("fleet", "main")).get(file) ?? "";
}

async function tagAtHead(fleet: FleetStack): Promise<string | undefined> {
  return /acme\/web:([^ "]+)/u.exec(await textAtHead(fleet))?.[1];
}

/** What image-automation-controller commits. */
async function bot(fleet: FleetStack, tag: string): Promise<void> {
  const text = (await textAtHead(fleet)).replace(/acme\/web:[^ "]+/u, `acme/web:${tag}`);
  await fleet.repositories.commit("fleet", "main", { [file]: text });
}

test("five rounds of image automation and `up` lose no tag, and an emptied repository gets no older one", async (t) => {
  const fleet = await fleetStack(t);
  const { stack, url, repositories } = fleet;
  fleet.declare(imageFleet(url, "1.0.0", 1));
  await stack.up();
  for (const [round, tag] of ["1.1.0", "1.2.0", "1.3.0", "1.10.0", "1.11.0"].entries()) {
    await bot(fleet, tag);
    const quiet = await stack.preview();
    assert.deepEqual(Object.keys(quiet.changeSummary), ["same"], tag);
    fleet.declare(imageFleet(url, "1.0.0", round + 2));
    await stack.up();
    assert.equal(await tagAtHead(fleet), tag);
    assert.match(await textAtHead(fleet), new RegExp(`replicas: ${String(round + 2)}`, "u"));
  }
  assert.equal((await fleet.commits()).length, 11, "one of the bot and one of ours in each round");

  await rm(repositories.bareDirectory("fleet"), { recursive: true });
  await repositories.createRepository("fleet");
  for (const refused of [await failure(stack.preview()), await failure(stack.up())]) {
    assert.match(refused.problems, /has lost every commit of this fleet.*\[MARKER_FILE\]/su);
  }
  assert.deepEqual(await fleet.commits(), []);
  fleet.declare({ ...imageFleet(url, "1.11.0", 6), restore: [file] });
  await stack.up();
  assert.equal(await tagAtHead(fleet), "1.11.0");
});
