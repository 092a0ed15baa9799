import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderFleet } from "../../core.js";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import { article } from "../../examples/article/fleet.js";
import { fleetContext, findingsOf, recipients } from "../fixtures/fleets.js";
import { furtherRecipients } from "../fixtures/encrypted.js";

/** `examples/article` with clusters that only pull. */
function program(): FleetDeclaration {
  const login = (whose: string): { token: string } => ({ token: `token of ${whose}` });
  const brings = { recipient: recipients[0] };
  return article({
    repository: "https://git.example.com/acme/fleet-infra",
    push: login("up"),
    read: login("the clusters"),
    bot: login("the bot"),
    botSigningKey: "key of the bot",
    registry: { path: "ghcr.io/acme" },
    clusters: {
      "eu-west-1": brings,
      "europe-west1": { recipient: furtherRecipients[0] },
      "eu-central-1": { recipient: furtherRecipients[1] },
    },
    database: { username: "payment", password: "of the payment database" },
    payments: { application: "https://git.example.com/acme/payments-app", bot: login("payments") },
    appsInterval: "60m",
    breakGlass: recipients[1],
  });
}

function rendered(): RenderedFleet {
  return renderFleet("acme", program(), fleetContext());
}

interface Spec {
  readonly dependsOn?: readonly { readonly name: string }[];
  readonly wait?: boolean;
}

describe("examples/article", () => {
  it("has no finding, not even a warning", () => {
    assert.deepEqual(findingsOf(program()), []);
  });
  it("chains infrastructure, apps and ingress on every cluster, each waiting for health", () => {
    const layers = ["infrastructure", "apps", "ingress"];
    const chains = new Map<string, readonly unknown[]>();
    for (const { object, cluster, appliedBy } of rendered().manifests) {
      const { name } = object.metadata;
      const isLayer = object.kind === "Kustomization" && layers.includes(name);
      if (!isLayer || appliedBy !== "flux-system/flux-system") continue;
      const { dependsOn = [], wait } = object["spec"] as Spec;
      const others = dependsOn.map((one) => one.name).filter((one) => !one.endsWith("-secrets"));
      chains.set(cluster, [...(chains.get(cluster) ?? []), [name, others, wait]]);
    }
    const chain = [
      ["apps", ["infrastructure"], true],
      ["infrastructure", [], true],
      ["ingress", ["apps"], true],
    ];
    for (const cluster of ["eu-west-1", "europe-west1", "eu-central-1"]) {
      assert.deepEqual(chains.get(cluster), chain, cluster);
    }
  });

  it("keeps images of production and staging apart, and writes them from one cluster", () => {
    const { files } = rendered();
    const holding = (text: string): readonly string[] =>
      files.filter((file) => file.text.includes(text)).map(({ path }) => path);
    assert.deepEqual(holding('{"$imagepolicy": "flux-system:payment-service"}'), [
      "apps/overlays/production/deployment-payment-service.yaml",
    ]);
    assert.deepEqual(holding('{"$imagepolicy": "flux-system:payment-service-staging"}'), [
      "apps/overlays/staging/deployment-payment-service.yaml",
    ]);
    const writers = holding("kind: ImageUpdateAutomation");
    assert.deepEqual(
      writers.filter((path) => !path.endsWith("/gotk-components.yaml")),
      [
        "clusters/production/eu-west-1/image-automation.yaml",
        "tenants/production/eu-west-1/payments/images.yaml",
      ],
    );
  });

  it("gives the login that writes to no cluster but the one that writes with it", () => {
    const secrets = rendered().manifests.flatMap(({ object: { kind, metadata }, path = "" }) =>
      kind === "Secret" && metadata.name.startsWith("fleet-infra-bot") ? [path] : [],
    );
    assert.equal(secrets.length, 2);
    for (const path of secrets) assert.match(path, /^secrets\/production\/eu-west-1\//);
  });
});
