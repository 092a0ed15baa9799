import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import type { FleetDeclaration, RenderedFleet, TenantArgs } from "../../core.js";
import {
  gitRepository,
  helmRelease,
  helmRepository,
  layer,
  provider,
  receiver,
  renderFleet,
} from "../../core.js";
import { fleetContext, recipients, someCluster, someFleet } from "../fixtures/fleets.js";
import { codesOf, partsFleet, shopFleet, tenantWithParts } from "../fixtures/parts.js";
import { fileOf } from "../fixtures/rendered.js";

const charts = helmRepository("charts", { url: "https://charts.example.com" });
const web = helmRelease("web", { chart: { source: charts, name: "web", version: "1.0.0" } });

function render(declaration: FleetDeclaration): RenderedFleet {
  return renderFleet("acme", declaration, fleetContext());
}

/** Paths and names of what is below a directory, without it. */
function below(fleet: RenderedFleet, directory: string): readonly string[] {
  return fleet.files
    .filter(({ path }) => path.startsWith(`${directory}/`))
    .map(({ path }) => path.slice(directory.length + 1));
}

/** What a kustomization file lists. */
function listed(fleet: RenderedFleet, directory: string): unknown {
  const [document] = parseAllDocuments(fileOf(fleet, `${directory}/kustomization.yaml`).text);
  return (document?.toJS() as { readonly resources: unknown }).resources;
}

describe("the parts of a tenant", () => {
  it("stand in files of their own, images only on the cluster that looks for them", () => {
    const fleet = render(partsFleet());
    const files = ["kustomization", "namespace", "notifications", "releases", "sources", "sync"];
    const names = files.map((name) => `${name}.yaml`);
    assert.deepEqual(below(fleet, "tenants/production/eu-1/shop"), names);
    assert.deepEqual(below(fleet, "tenants/production/eu-2/shop"), ["images.yaml", ...names]);
    for (const cluster of ["eu-1", "eu-2"]) {
      const directory = `tenants/production/${cluster}/shop`;
      const others = below(fleet, directory).filter((name) => name !== "kustomization.yaml");
      assert.deepEqual(listed(fleet, directory), others);
    }
  });

  it("live in its Namespace, with its label, and releases with its rights", () => {
    const objects = render(partsFleet())
      .manifests.filter(({ path }) => /\/(releases|sources|notifications|images)/.test(path ?? ""))
      .filter(({ part }) => part === 'tenant "shop"')
      .map(({ object }) => object);
    assert.equal(objects.length, 2 * (2 + 2 + 3) + 4);
    for (const { kind, metadata, spec } of objects) {
      assert.equal(metadata.namespace, "shop", kind);
      assert.deepEqual(metadata.labels, { "toolkit.fluxcd.io/tenant": "shop" }, kind);
      if (kind !== "HelmRelease") continue;
      assert.equal((spec as { serviceAccountName?: unknown }).serviceAccountName, "shop");
    }
  });

  it("are the same bytes whatever the order in which they are declared", () => {
    const { sources, releases, notifications, images } = tenantWithParts().args;
    const reversed = tenantWithParts({
      sources: [...(sources ?? [])].reverse(),
      releases: [...(releases ?? [])].reverse(),
      notifications: [...(notifications ?? [])].reverse(),
      images: [...(images ?? [])].reverse(),
    });
    const other = partsFleet({ tenants: [reversed] });
    assert.deepEqual(render(other).files, render(partsFleet()).files);
  });

  it("can be patched, but not given other rights or another Namespace", () => {
    const target = { kind: "HelmRelease", name: "database" };
    const fleet = (patch: object): FleetDeclaration =>
      partsFleet({
        tenants: [tenantWithParts({ patches: [{ target, patch: { ...patch } }] })],
      });
    const { text } = fileOf(
      render(fleet({ spec: { maxHistory: 3 } })),
      "tenants/production/eu-1/shop/releases.yaml",
    );
    assert.match(text, /\n {2}maxHistory: 3\n/);
    for (const spec of [
      { serviceAccountName: "default" },
      { targetNamespace: "kube-system" },
      { storageNamespace: "kube-system" },
      { kubeConfig: { secretRef: { name: "other" } } },
    ]) {
      assert.ok(
        codesOf(fleet({ spec })).includes('PATCH_REFUSED Tenant "shop": patches[0].patch'),
        Object.keys(spec).join(),
      );
    }
  });

  it("are refused when two of a list have one name", () => {
    assert.deepEqual(codesOf(shopFleet({ sources: [charts], releases: [web, web] })), [
      'DUPLICATE_IDENTITY Tenant "shop": releases["web"]',
    ]);
  });

  it("are refused under the name of the tenant's own source", () => {
    const sources = [
      gitRepository("shop", { url: "https://git.example.com/x", ref: { branch: "main" } }),
    ];
    assert.deepEqual(codesOf(shopFleet({ sources })), [
      'DUPLICATE_IDENTITY Tenant "shop": sources["shop"]',
    ]);
  });

  it("are applied by Pulumi with the tenant, and then in no file", () => {
    const clusters = [someCluster("eu", { age: { recipient: recipients[0] }, kubeconfig: "k" })];
    const fleet = render(
      shopFleet({ sources: [charts], releases: [web], applier: "pulumi" }, { clusters }),
    );
    const [applied] = fleet.clusters[0]?.applied ?? [];
    assert.deepEqual(
      applied?.objects.slice(-4).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["GitRepository shop", "Kustomization shop", "HelmRepository charts", "HelmRelease web"],
    );
    assert.deepEqual(below(fleet, "tenants/production/eu"), []);
  });

  it("are refused when what they refer to is not declared", () => {
    assert.deepEqual(codesOf(shopFleet({ releases: [web] })), [
      'DANGLING_REFERENCE Tenant "shop": HelmRelease shop/web: spec.chart.spec.sourceRef',
    ]);
  });

  it("are checked against the Flux of the cluster, with what is laid over them", () => {
    const release = helmRelease("web", {
      chart: { source: charts, name: "web", version: "1.0.0" },
      spec: { timeot: "1m" } as object,
    });
    const [finding, ...others] = codesOf(shopFleet({ sources: [charts], releases: [release] }));
    assert.deepEqual(others, []);
    assert.match(finding ?? "", /^UNKNOWN_FIELD Tenant "shop": HelmRelease shop\/web: .*timeot/);
  });
});

describe("the parts of a layer", () => {
  it("live in flux-system, with the rights with which the layer is applied", () => {
    const base = {
      sources: [charts],
      releases: [{ ...web, args: { ...web.args, targetNamespace: "web" } }],
      objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } }],
    };
    const applied = (serviceAccountName?: string): readonly unknown[] => {
      const own = serviceAccountName === undefined ? {} : { serviceAccountName };
      const layers = [layer("apps", { clusters: "all", base, ...own })];
      const external = [{ kind: "ServiceAccount", namespace: "flux-system", name: "apps" }];
      const { manifests } = render(shopFleet({}, { tenants: [], layers, external }));
      return manifests
        .filter(({ object }) => object.kind === "HelmRelease")
        .map(({ object: { metadata, spec } }) => [
          metadata.namespace,
          (spec as { readonly serviceAccountName?: unknown }).serviceAccountName,
        ]);
    };
    assert.deepEqual(applied(), [["flux-system", "kustomize-controller"]]);
    assert.deepEqual(applied("apps"), [["flux-system", "apps"]]);
  });
});

describe("notifications and images of the platform", () => {
  it("are applied by the root of each cluster, images on one only", () => {
    const fleet = render(partsFleet());
    for (const [cluster, files] of Object.entries({
      "clusters/production/eu-1": ["image-automation.yaml", "notifications.yaml"],
      "clusters/production/eu-2": ["notifications.yaml"],
      "clusters/staging/test-1": ["notifications.yaml"],
    })) {
      const parts = (listed(fleet, cluster) as readonly string[]).filter((name) =>
        /^(image|notif)/.test(name),
      );
      assert.deepEqual(parts, files, cluster);
      for (const { object, path, appliedBy } of fleet.manifests) {
        if (!files.some((file) => path === `${cluster}/${file}`)) continue;
        assert.equal(appliedBy, "flux-system/flux-system");
        assert.equal(object.metadata.namespace, "flux-system");
      }
    }
  });

  it("are checked against the Flux of the cluster", () => {
    const spec = { channl: "ops" } as object;
    const chat = provider("chat", { type: "slack", channel: "ops", secret: { name: "a" }, spec });
    const external = [{ kind: "Secret", namespace: "flux-system", name: "a" }];
    const [finding, ...others] = codesOf(someFleet({ notifications: [chat], external }));
    assert.match(
      finding ?? "",
      /^UNKNOWN_FIELD Cluster "eu": Provider flux-system\/chat: .*channl/,
    );
    assert.deepEqual(others, []);
  });

  it("are refused under one name for the fleet and for a cluster", () => {
    const chat = provider("chat", { type: "slack", channel: "ops", secret: { name: "a" } });
    const external = [{ kind: "Secret", namespace: "flux-system", name: "a" }];
    const clusters = [someCluster("eu", { notifications: [chat] })];
    assert.ok(
      codesOf(someFleet({ clusters, notifications: [chat], external })).includes(
        'DUPLICATE_IDENTITY Cluster "eu": notifications["chat"]',
      ),
    );
  });

  it("are refused when a layer wants their file", () => {
    const base = {
      objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } }],
    };
    const layers = [layer("notifications", { clusters: "all", base })];
    assert.deepEqual(codesOf(someFleet({ layers })), []);
    const chat = provider("chat", { type: "slack", channel: "ops", secret: { name: "a" } });
    const external = [{ kind: "Secret", namespace: "flux-system", name: "a" }];
    const found = codesOf(someFleet({ layers, notifications: [chat], external }));
    assert.ok(
      found.some((one) => one.startsWith("PATH_COLLISION")),
      found.join(),
    );
  });
});

describe("the cluster that images are looked for on", () => {
  it("is one of the fleet, and of the tenant", () => {
    const updates = {
      runsOn: someCluster("nowhere"),
      writesTo: { path: "./", secret: { name: "writer" } },
      author: { email: "bot@example.com" },
    };
    assert.ok(
      codesOf(partsFleet({ imageUpdates: updates })).includes("NOT_LISTED imageUpdates.runsOn"),
    );
    const tenants = [tenantWithParts({ imageUpdates: updates })];
    assert.ok(
      codesOf(partsFleet({ tenants })).includes('NOT_LISTED Tenant "shop": imageUpdates.runsOn'),
    );
  });
});

describe("the source of a tenant", () => {
  const hook = receiver("push", {
    type: "generic",
    resources: [{ kind: "GitRepository", name: "shop" }],
    secret: { name: "hook" },
  });
  const interval = (more: Partial<TenantArgs<string>>): unknown => {
    const external = [{ kind: "Secret", namespace: "shop", name: "hook" }];
    const { text } = fileOf(
      render(shopFleet(more, { external })),
      "tenants/production/eu/shop/sync.yaml",
    );
    return /GitRepository[^]*?\n {2}interval: (\w+)/.exec(text)?.[1];
  };

  it("is polled every 5 minutes, and every 10 when a Receiver names it", () => {
    assert.equal(interval({}), "5m");
    assert.equal(interval({ notifications: [hook] }), "10m");
    const labelled = (matchLabels: Readonly<Record<string, string>>): typeof hook => {
      const resources = [{ kind: "GitRepository" as const, name: "*", matchLabels }];
      return { ...hook, args: { ...hook.args, resources } };
    };
    const ours = labelled({ "toolkit.fluxcd.io/tenant": "shop" });
    assert.equal(interval({ notifications: [ours] }), "10m");
    assert.equal(interval({ notifications: [labelled({ team: "other" })] }), "5m");
  });
});
