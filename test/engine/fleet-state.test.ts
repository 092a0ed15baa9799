import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster } from "../../index.js";
import { fleetStack, silentKubeconfig, smallFleet } from "../support/fleet-stack.js";

describe("the state of a Fleet", () => {
  test("holds exactly these resources, and of the tree its name alone", async (t) => {
    const { stack, url, ...fleet } = await fleetStack(t);
    const kubeconfig = pulumi.secret(silentKubeconfig("some-token"));
    fleet.declare({
      ...smallFleet(url),
      clusters: [
        cluster("eu-west-1", { environment: "production", kubeconfig, whenUnreachable: "skip" }),
        cluster("eu-central-1", { environment: "staging" }),
      ],
    });
    const up = await stack.up();
    assert.match(up.problems, /^warning: .*eu-west-1/m);
    const resources = stack.resources();
    const prefix = "urn:pulumi:test::engine-test::";
    const own = "pulumi-flux-fleet:index:";
    const bootstrap = `${own}Fleet$${own}Cluster$${own}FluxBootstrap`;
    assert.deepEqual(resources.map(({ urn }) => urn.replace(prefix, "")).sort(), [
      `${bootstrap}$pulumi:index:Stash::acme-eu-west-1-flux-identity`,
      `${bootstrap}::acme-eu-west-1-flux`,
      `${own}Fleet$${own}Cluster$pulumi:providers:kubernetes::acme-eu-west-1-provider`,
      `${own}Fleet$${own}Cluster::acme-eu-west-1`,
      `${own}Fleet$${own}Tenant::acme-payments`,
      `${own}Fleet$pulumi:index:Stash::acme-publish`,
      `${own}Fleet$pulumi:index:Stash::acme-wait`,
      `${own}Fleet::acme`,
      "pulumi:providers:pulumi::default",
    ]);
    const [commit] = await fleet.commits();
    const of = (name: string): (typeof resources)[number] | undefined =>
      resources.find(({ urn }) => urn.endsWith(`::${name}`));
    assert.equal(of("acme")?.inputs, undefined);
    assert.deepEqual(of("acme")?.outputs, { commit });
    assert.deepEqual(Object.keys(inputOf(of("acme-publish"))).sort(), [
      "branch",
      "performed",
      "remote",
      "tree",
    ]);
    assert.deepEqual({ ...inputOf(of("acme-wait")), performed: "" }, { commit, performed: "" });
  });
});

function inputOf(
  resource: { readonly inputs?: Readonly<Record<string, unknown>> } | undefined,
): Readonly<Record<string, unknown>> {
  return resource?.inputs?.["input"] as Readonly<Record<string, unknown>>; // what every Step records
}
