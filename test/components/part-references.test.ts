import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import {
  alert,
  gitCredentialsSecret,
  helmRelease,
  helmRepository,
  image,
  imageAutomation,
  layer,
  opaqueSecret,
  provider,
  renderFleet,
} from "../../core.js";
import { fleetContext, recipients, someCluster, someTenant } from "../fixtures/fleets.js";
import { codesOf, partsFleet, shopFleet } from "../fixtures/parts.js";
import { fileOf } from "../fixtures/rendered.js";

const charts = helmRepository("charts", { url: "https://charts.example.com" });

function render(declaration: FleetDeclaration): RenderedFleet {
  return renderFleet("acme", declaration, fleetContext());
}

describe("Secrets that parts refer to", () => {
  const login = opaqueSecret("login", { address: "https://hooks.example.com/x" });
  const chat = provider("chat", { type: "slack", channel: "ops", secret: login });
  const all = alert("all", { provider: chat, sources: "all" });
  const inFlux = opaqueSecret("login", login.args.data, { namespace: "flux-system" });
  const missing = /^DANGLING_REFERENCE .*Provider .*\/chat: spec\.secretRef/;

  it("are found among those of the tenant", () => {
    assert.deepEqual(codesOf(shopFleet({ notifications: [chat, all], secrets: [login] })), []);
    const [finding, ...others] = codesOf(shopFleet({ notifications: [chat, all] }));
    assert.match(finding ?? "", missing);
    assert.deepEqual(others, []);
  });

  it("are found among those of the layer", () => {
    const on = (secrets: readonly (typeof inFlux)[]): FleetDeclaration =>
      shopFleet(
        {},
        {
          tenants: [],
          layers: [
            layer("base", {
              clusters: "all",
              base: { notifications: [chat, all] },
              ...(secrets.length === 0 ? {} : { secrets }),
            }),
          ],
        },
      );
    assert.deepEqual(codesOf(on([inFlux])), []);
    assert.match(codesOf(on([])).join(), missing);
  });

  it("are found among those of the cluster, for its own notifications and those of the fleet", () => {
    const age = { recipient: recipients[0] };
    const cluster = someCluster("eu", { age, notifications: [chat], secrets: [inFlux] });
    const bare = someCluster("eu", { age });
    const of = (more: Partial<FleetDeclaration>): readonly string[] =>
      codesOf(shopFleet({}, { tenants: [], ...more }));
    assert.deepEqual(of({ clusters: [cluster] }), []);
    assert.deepEqual(
      of({
        clusters: [someCluster("eu", { age, secrets: [inFlux] })],
        notifications: [chat],
      }),
      [],
    );
    assert.match(of({ clusters: [bare], notifications: [chat] }).join(), missing);
  });

  it("reach nobody with the reference: only the Secret itself holds the value", () => {
    const tenant = someTenant("shop", {
      notifications: [chat, all],
      imageUpdates: {
        runsOn: someCluster("eu", { kubeconfig: "k" }),
        writesTo: { path: "./", secret: gitCredentialsSecret("writer", { token: "s3cr3t" }) },
        author: { email: "bot@example.com" },
      },
    });
    const text = JSON.stringify(tenant);
    for (const secret of ["hooks.example.com", "s3cr3t", "kubeconfig"]) {
      assert.ok(!text.includes(secret), secret);
    }
  });
});

describe("a setter marker in the values of a release", () => {
  const components = partsFleet().flux.components ?? [];
  const app = imageAutomation("app", {
    image: "registry.example.com/app",
    policy: { semver: "1.x" },
    reason: "trials",
  });
  const marked = helmRelease("web", {
    chart: { source: charts, name: "web", version: "1.0.0" },
    targetNamespace: "web",
    values: {
      containers: [{ image: image("registry.example.com/app", { policy: app, tag: "1.3.2" }) }],
      text: "${NOT} ours",
    },
  });
  const automation = {
    flux: { version: "2.9.4", components },
    images: [app],
    imageUpdates: {
      runsOn: someCluster("eu"),
      writesTo: { path: "./", secret: { name: "writer" } },
      author: { email: "bot@example.com" },
    },
    external: [{ kind: "Secret", namespace: "flux-system", name: "writer" }],
  };
  const line =
    /\n +- image: registry\.example\.com\/app:1\.3\.2 # \{"\$imagepolicy": "flux-system:app"\}\n/;

  it("is printed as one for a tenant", () => {
    const { chart, values } = marked.args;
    const release = { ...marked, args: values === undefined ? { chart } : { chart, values } };
    const fleet = render(shopFleet({ sources: [charts], releases: [release] }, automation));
    assert.match(fileOf(fleet, "tenants/production/eu/shop/releases.yaml").text, line);
  });

  it("is printed as one for a layer, beside text that Flux substitutes", () => {
    const one = layer("apps", {
      clusters: "all",
      variables: { A: "1" },
      base: {
        sources: [charts],
        releases: [marked],
        objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } }],
      },
    });
    const fleet = render(shopFleet({}, { ...automation, tenants: [], layers: [one] }));
    const { text } = fileOf(fleet, "apps/base/helmrelease-web.yaml");
    assert.match(text, line);
  });
});
