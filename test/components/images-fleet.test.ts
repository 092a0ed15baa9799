import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, ImageAutomationArgs, KubernetesObject } from "../../core.js";
import {
  cluster,
  gitCredentialsSecret,
  gitSource,
  image,
  imageAutomation,
  layer,
  renderFleet,
  tenant,
} from "../../core.js";
import { fleetContext, findingsOf, recipients, someFleet } from "../fixtures/fleets.js";
import { fileOf } from "../fixtures/rendered.js";

const writer = gitCredentialsSecret(
  "image-writer",
  { token: "not-to-be-seen" },
  { namespace: "flux-system" },
);

const eu = cluster("eu-west-1", {
  environment: "production",
  age: { recipient: recipients[0] },
  secrets: [writer],
});
const us = cluster("us-east-1", { environment: "production" });
const early = cluster("eu-north-1", { environment: "production", ring: "canary" });

const web = imageAutomation("web", {
  image: "ghcr.io/acme/web",
  policy: { semver: ">=1.0.0 <2.0.0" },
});

function deployment(policy: Parameters<typeof image>[1]["policy"]): KubernetesObject {
  const containers = [{ name: "web", image: image("ghcr.io/acme/web", { policy, tag: "1.3.2" }) }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "web" },
    spec: { template: { spec: { containers } } },
  };
}

const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } };

/** A fleet whose layer runs one image on all clusters. */
function fleet(more: Partial<FleetDeclaration> = {}, policy: typeof web | undefined = web) {
  return someFleet({
    flux: {
      version: "2.9.4",
      components: [
        ...(["source-controller", "kustomize-controller"] as const),
        ...(["image-reflector-controller", "image-automation-controller"] as const),
      ],
    },
    clusters: [eu, us],
    sops: { breakGlass: [recipients[1]] },
    layers: [layer("apps", { clusters: "all", base: { objects: [home, deployment(policy)] } })],
    images: [web],
    imageUpdates: {
      runsOn: eu,
      writesTo: { path: "./apps", secret: writer },
      author: { email: "bot@example.com" },
    },
    ...more,
  });
}

/** `CODE path` of every finding. */
function codes(declaration: FleetDeclaration): readonly string[] {
  return findingsOf(declaration).map(({ code, path }) => `${code} ${path}`);
}

describe("a fleet with images", () => {
  it("asks registries and writes tags on one cluster, and marks the files of all", () => {
    const rendered = renderFleet("acme", fleet(), fleetContext());
    const kinds = rendered.manifests
      .filter(({ object }) => object.apiVersion.startsWith("image."))
      .map(({ cluster: on, object }) => `${on} ${object.kind}`);
    assert.deepEqual(kinds.sort(), [
      "eu-west-1 ImagePolicy",
      "eu-west-1 ImageRepository",
      "eu-west-1 ImageUpdateAutomation",
    ]);
    const { text } = fileOf(rendered, "apps/base/deployment-web.yaml");
    assert.match(
      text,
      /image: ghcr\.io\/acme\/web:1\.3\.2 # \{"\$imagepolicy": "flux-system:web"\}$/m,
    );
    assert.doesNotMatch(JSON.stringify(rendered), /not-to-be-seen/);
  });

  it("counts what it asks of each host", () => {
    const { polls } = renderFleet("acme", fleet(), fleetContext());
    assert.deepEqual(polls, [
      { host: "git.example.com", perHour: 132 },
      { host: "ghcr.io", perHour: 12 },
    ]);
  });

  it("is refused when it asks a host too often", () => {
    const polling = { limits: { "git.example.com": 100, "ghcr.io": 12 } };
    assert.deepEqual(codes(fleet({ polling })), ['POLL_LIMIT polling.limits["git.example.com"]']);
  });

  it("is refused when one policy chooses for two rings", () => {
    assert.deepEqual(codes(fleet({ clusters: [eu, us, early] })), [
      'FLOATING_VERSION Layer "apps": Deployment web/web: spec.template.spec.containers[0].image',
    ]);
  });

  it("is refused when a marked file is outside of what is written", () => {
    const imageUpdates = {
      runsOn: eu,
      writesTo: { path: "./clusters", secret: writer },
      author: { email: "bot@example.com" },
    };
    assert.deepEqual(codes(fleet({ imageUpdates })), [
      'FOREIGN_POLICY Layer "apps": Deployment web/web: spec.template.spec.containers[0].image',
    ]);
  });

  it("is refused when a marked image is not listed", () => {
    const other = imageAutomation("other", web.args);
    assert.deepEqual(codes(fleet({}, other)), [
      'DANGLING_REFERENCE Layer "apps": Deployment web/web: spec.template.spec.containers[0].image',
    ]);
  });

  it("is refused when production follows any version, unless somebody says why", () => {
    const open = (more: Partial<ImageAutomationArgs>) =>
      codes(fleet({ images: [imageAutomation("web", { ...web.args, ...more })], clusters: [eu] }));
    const policy = { semver: ">=1.0.0" };
    assert.deepEqual(open({ policy }), [
      'UNBOUNDED_RANGE Cluster "eu-west-1": ImagePolicy flux-system/web: spec.policy.semver.range',
    ]);
    assert.deepEqual(open({ policy, reason: "the vendor never breaks us" }), []);
  });
});

describe("a tenant with images", () => {
  const shop = (url: string, more: Partial<ImageAutomationArgs> = {}) =>
    tenant("shop", {
      clusters: [eu, us],
      source: gitSource({ url, branch: "main" }),
      path: "./deploy",
      images: [imageAutomation("web", { ...web.args, ...more })],
      imageUpdates: {
        runsOn: us,
        writesTo: { path: "./deploy", secret: { name: "writer" } },
        author: { email: "bot@example.com" },
      },
    });
  const external = [{ kind: "Secret", namespace: "shop", name: "writer" }];

  it("writes its own repository from one cluster, and may follow no open range on several", () => {
    const url = "https://git.example.com/apps/shop";
    assert.deepEqual(codes(fleet({ external, tenants: [shop(url)] })), []);
    const open = shop(url, { policy: { semver: "*" } });
    assert.deepEqual(codes(fleet({ external, tenants: [open] })), [
      'FLOATING_VERSION Tenant "shop": ImagePolicy shop/web: spec.policy.semver.range',
    ]);
  });

  it("does not write the repository of the platform", () => {
    const own = shop("https://git.example.com/platform/fleet-infra.git");
    assert.deepEqual(codes(fleet({ external, tenants: [own] })), [
      'DUPLICATE_WRITER Tenant "shop": ImageUpdateAutomation shop/image-updates: spec.sourceRef',
    ]);
  });

  it("is not what a file of the fleet is marked with", () => {
    const apps = layer("apps", {
      clusters: "all",
      base: { objects: [home, deployment({ namespace: "shop", name: "web" })] },
    });
    const tenants = [shop("https://git.example.com/apps/shop")];
    assert.deepEqual(codes(fleet({ external, tenants, layers: [apps] })), [
      'FOREIGN_POLICY Layer "apps": Deployment web/web: spec.template.spec.containers[0].image',
    ]);
  });
});
