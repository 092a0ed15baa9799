import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  helmRelease,
  helmRepository,
  imagePolicy,
  imageRepository,
  imageUpdateAutomation,
} from "../../api/index.js";
import type { FleetDeclaration, KubernetesObject } from "../../core.js";
import { layer, renderFleet } from "../../core.js";
import { imagePolicyMarker } from "../../manifests/index.js";
import {
  fleetContext,
  findingsOf,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

const platform = { name: "payment-service", namespace: "flux-system" };
const inPayment = { name: "payment-service", namespace: "payment" };
const fleetSource = { kind: "GitRepository", name: "flux-system" } as const;

const namespace: KubernetesObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "payment" },
};
const account: KubernetesObject = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "helm", namespace: "payment" },
};
const deployment: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "payment-api", namespace: "payment" },
  spec: {
    selector: { matchLabels: { app: "payment-api" } },
    template: {
      metadata: { labels: { app: "payment-api" } },
      spec: {
        containers: [
          {
            name: "payment-api",
            image: imagePolicyMarker(platform, "ghcr.io/myorg/payment-service:1.3.2"),
          },
        ],
      },
    },
  },
};

/** The article as a program: what it means, without what is wrong with it. */
function article(): FleetDeclaration {
  const age = { recipient: recipients[0] };
  const infrastructure = layer("infrastructure", {
    clusters: "all",
    base: { objects: [namespace, account] },
  });
  const images = layer("images", {
    clusters: [someCluster("eu-west-1")],
    base: {
      objects: [
        imageRepository(platform, { image: "ghcr.io/myorg/payment-service", interval: "5m" }),
        imagePolicy(platform, {
          imageRepositoryRef: { name: "payment-service" },
          policy: { semver: { range: "1.x" } },
        }),
        imageUpdateAutomation(platform, {
          interval: "1m",
          sourceRef: fleetSource,
          git: {
            checkout: { ref: { branch: "main" } },
            commit: {
              author: { email: "fluxcdbot@myorg.com", name: "Flux CD Bot" },
              messageTemplate: "{{ range .Changed.Changes }}{{ println .NewValue }}{{ end }}",
            },
            push: { branch: "image-updates" },
          },
          update: { path: "./apps", strategy: "Setters" },
        }),
      ],
    },
  });
  const apps = layer("apps", {
    clusters: { environment: "production" },
    dependsOn: [infrastructure],
    base: {
      objects: [
        helmRepository(
          { name: "myorg-charts", namespace: "payment" },
          { interval: "1h", url: "https://charts.example.com" },
        ),
        helmRelease(inPayment, {
          interval: "5m",
          serviceAccountName: "helm",
          chart: {
            spec: {
              chart: "payment-service",
              version: "1.4.2",
              sourceRef: { kind: "HelmRepository", name: "myorg-charts" },
            },
          },
          install: { strategy: { name: "RetryOnFailure" } },
          upgrade: { remediation: { retries: 3 } },
          rollback: { timeout: "5m", cleanupOnFail: true },
          driftDetection: { mode: "enabled" },
        }),
        deployment,
      ],
    },
  });
  return someFleet({
    flux: {
      version: "2.9.4",
      components: [
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
        "image-reflector-controller",
        "image-automation-controller",
      ],
    },
    clusters: [
      someCluster("eu-west-1", { age }),
      someCluster("europe-west1", { age }),
      someCluster("eu-central-1", { environment: "staging" }),
    ],
    layers: [infrastructure, images, apps],
    tenants: [someTenant("payments", { dependsOn: [infrastructure] })],
  });
}

describe("the article as a program", () => {
  it("renders and has no finding", () => {
    assert.deepEqual(findingsOf(article()), []);
    const { manifests } = renderFleet("acme", article(), fleetContext());
    const kinds = new Set(manifests.map(({ object }) => object.kind));
    for (const kind of ["HelmRelease", "ImagePolicy", "ImageUpdateAutomation", "Deployment"]) {
      assert.equal(kinds.has(kind), true, kind);
    }
  });

  it("waits for health before what depends on it, without being told", () => {
    const { manifests } = renderFleet("acme", article(), fleetContext());
    const layers = manifests.filter(
      ({ object, appliedBy, part }) =>
        object.kind === "Kustomization" &&
        appliedBy === "flux-system/flux-system" &&
        part.startsWith("layer"),
    );
    assert.equal(layers.length > 0, true);
    for (const { object } of layers) {
      assert.deepEqual({ ...(object["spec"] as object), wait: true }, object["spec"]);
    }
  });

  it("shows what each object that is taken away was for", () => {
    const whole = article();
    const taken = (layerName: string, kind: string): readonly string[] => {
      const layers = (whole.layers ?? []).map((one) =>
        one.name === layerName
          ? layer(one.name, {
              ...one.args,
              base: {
                objects: (one.args.base?.objects ?? []).filter((object) => object.kind !== kind),
              },
            })
          : one,
      );
      const found = findingsOf({ ...whole, layers });
      return [
        ...new Set(
          found.map(({ code, path }) => `${code} ${path.split(": ").slice(-2).join(": ")}`),
        ),
      ];
    };
    assert.deepEqual(taken("images", "ImageRepository"), [
      "DANGLING_REFERENCE ImagePolicy flux-system/payment-service: spec.imageRepositoryRef",
    ]);
    assert.deepEqual(taken("images", "ImagePolicy"), [
      "DANGLING_REFERENCE Deployment payment/payment-api: spec.template.spec.containers[0].image",
    ]);
    assert.deepEqual(taken("images", "ImageUpdateAutomation"), [
      "DANGLING_REFERENCE Deployment payment/payment-api: spec.template.spec.containers[0].image",
    ]);
    assert.deepEqual(taken("apps", "HelmRepository"), [
      "DANGLING_REFERENCE HelmRelease payment/payment-service: spec.chart.spec.sourceRef",
    ]);
    assert.deepEqual(taken("infrastructure", "ServiceAccount"), [
      "DANGLING_REFERENCE HelmRelease payment/payment-service: spec.serviceAccountName",
    ]);
  });
});
