import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import { layer, opaqueSecret, renderFleet, secretValues } from "../../core.js";
import {
  fleetContext,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { fileOf, kustomizations } from "../fixtures/rendered.js";
import { sealedFleet } from "../fixtures/secrets.js";

function render(declaration: FleetDeclaration): RenderedFleet {
  return renderFleet("acme", declaration, fleetContext());
}

const inApps = { namespace: "apps" };

describe("the Namespace of a layer's Secrets", () => {
  const namespaced = { apiVersion: "v1", kind: "Namespace", metadata: { name: "apps" } };
  const secrets = [opaqueSecret("a", { key: "1" }, inApps)];
  const clusters = [someCluster("eu", { environment: "dev", age: { recipient: recipients[0] } })];

  function namespaces(fleet: RenderedFleet): readonly string[] {
    return fleet.manifests
      .filter(({ object }) => object.kind === "Namespace" && object.metadata.name === "apps")
      .map(({ appliedBy }) => appliedBy ?? "");
  }

  it("belongs to one of two layers, and the other waits for it", () => {
    const late = layer("a-late", { clusters: "all", directory: "./late", secrets });
    const early = layer("early", { clusters: "all", directory: "./early", secrets: [] });
    const other = layer("b-other", {
      ...{ clusters: "all", directory: "./other", dependsOn: [early] },
      secrets: [opaqueSecret("b", { key: "1" }, inApps)],
    });
    const fleet = render(someFleet({ clusters, layers: [other, late, early] }));
    assert.deepEqual(namespaces(fleet), ["flux-system/a-late-secrets"]);
    assert.deepEqual(kustomizations(fleet, "eu").get("b-other-secrets")?.["dependsOn"], [
      { name: "a-late-secrets", namespace: "flux-system" },
      { name: "early", namespace: "flux-system" },
    ]);
  });

  it("belongs to the layer that others depend on, so that nobody waits in a circle", () => {
    const base = layer("z-base", { clusters: "all", directory: "./base", secrets });
    const upper = layer("a-upper", {
      ...{ clusters: "all", directory: "./upper", dependsOn: [base] },
      secrets: [opaqueSecret("b", { key: "1" }, inApps)],
    });
    const fleet = render(someFleet({ clusters, layers: [upper, base] }));
    assert.deepEqual(namespaces(fleet), ["flux-system/z-base-secrets"]);
  });

  it("is left to a layer that is Ready before", () => {
    const base = layer("base", { clusters: "all", base: { objects: [namespaced] } });
    const upper = layer("upper", {
      ...{ clusters: "all", directory: "./upper", dependsOn: [base] },
      secrets,
    });
    const fleet = render(someFleet({ clusters, layers: [upper, base] }));
    assert.deepEqual(namespaces(fleet), ["flux-system/base"]);
    assert.deepEqual(kustomizations(fleet, "eu").get("upper-secrets")?.["dependsOn"], [
      { name: "base", namespace: "flux-system" },
    ]);
  });

  it("is not made where it exists anyway or is that of a tenant", () => {
    const shared = layer("shared", {
      ...{ clusters: "all", directory: "./shared" },
      secrets: ["kube-system", "default", "flux-system", "shop"].map((namespace) =>
        opaqueSecret("a", { key: "1" }, { namespace }),
      ),
    });
    const tenants = [someTenant("shop")];
    const fleet = render(someFleet({ clusters, tenants, layers: [shared] }));
    const made = fleet.manifests.filter(
      ({ object, appliedBy }) =>
        object.kind === "Namespace" && appliedBy === "flux-system/shared-secrets",
    );
    assert.deepEqual(made, []);
  });
});

describe("a tenant with secrets", () => {
  const age = { recipient: recipients[0] };
  const secrets = [opaqueSecret("a", { key: "1" })];

  it("that Pulumi applies has none of them in Git, and the same ones planned for Pulumi", () => {
    const fleet = someFleet({
      clusters: [someCluster("eu", { environment: "dev", kubeconfig: "k" })],
      tenants: [someTenant("shop", { secrets, applier: "pulumi" })],
    });
    const { files, clusters } = render(fleet);
    assert.ok(!files.some(({ path }) => path.includes("secret-") || path === ".sops.yaml"));
    const planned = clusters[0]?.secrets.filter(({ purpose }) => purpose === "declared") ?? [];
    assert.deepEqual(
      planned.map((one) => [one.namespace, one.name, one.type, secretValues(one, fleet)]),
      [["shop", "a", "Opaque", { key: "1" }]],
    );
  });

  it("leaves them behind when it leaves its workload behind", async () => {
    const clusters = [someCluster("eu", { environment: "dev", age })];
    const shop = someFleet({ clusters, tenants: [someTenant("shop", { secrets })] });
    const first = await sealedFleet(shop);
    const leaving = someFleet({
      clusters,
      tenants: [someTenant("shop", { secrets, offboard: "orphan" })],
    });
    const { text } = fileOf(await sealedFleet(leaving, first), "tenants/dev/eu/shop/secret-a.yaml");
    assert.match(text, /kustomize\.toolkit\.fluxcd\.io\/prune: disabled/);
    assert.doesNotMatch(fileOf(first, "tenants/dev/eu/shop/secret-a.yaml").text, /prune/);
  });
});
