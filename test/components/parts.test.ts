import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import type { FleetDeclaration, RenderedFleet, TenantArgs } from "../../core.js";
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
  receiver,
  renderFleet,
} from "../../core.js";
import {
  fleetContext,
  findingsOf,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { partsFleet, tenantWithParts } from "../fixtures/parts.js";
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

function codes(declaration: FleetDeclaration): readonly string[] {
  return findingsOf(declaration).map(({ code, path }) => `${code} ${path}`);
}

/** A fleet of one cluster with one tenant. */
function fleetOf(more: Partial<TenantArgs<string>>, fleet: Partial<FleetDeclaration> = {}) {
  return someFleet({
    clusters: [someCluster("eu", { age: { recipient: recipients[0] } })],
    sops: { breakGlass: [recipients[1]] },
    tenants: [someTenant("shop", more)],
    ...fleet,
  });
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
        codes(fleet({ spec })).includes('PATCH_REFUSED Tenant "shop": patches[0].patch'),
        Object.keys(spec).join(),
      );
    }
  });

  it("are refused when two of a list have one name", () => {
    assert.deepEqual(codes(fleetOf({ sources: [charts], releases: [web, web] })), [
      'DUPLICATE_IDENTITY Tenant "shop": releases["web"]',
    ]);
  });

  it("are refused when what they refer to is not declared", () => {
    assert.deepEqual(codes(fleetOf({ releases: [web] })), [
      'DANGLING_REFERENCE Tenant "shop": HelmRelease shop/web: spec.chart.spec.sourceRef',
    ]);
  });

  it("are checked against the Flux of the cluster, with what is laid over them", () => {
    const release = helmRelease("web", {
      chart: { source: charts, name: "web", version: "1.0.0" },
      spec: { timeot: "1m" } as object,
    });
    const [finding, ...others] = codes(fleetOf({ sources: [charts], releases: [release] }));
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
      const { manifests } = render(fleetOf({}, { tenants: [], layers, external }));
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

describe("Secrets that parts refer to", () => {
  const login = opaqueSecret("login", { address: "https://hooks.example.com/x" });
  const chat = provider("chat", { type: "slack", channel: "ops", secret: login });
  const all = alert("all", { provider: chat, sources: "all" });
  const inFlux = opaqueSecret("login", login.args.data, { namespace: "flux-system" });
  const missing = /^DANGLING_REFERENCE .*Provider .*\/chat: spec\.secretRef/;

  it("are found among those of the tenant", () => {
    assert.deepEqual(codes(fleetOf({ notifications: [chat, all], secrets: [login] })), []);
    const [finding, ...others] = codes(fleetOf({ notifications: [chat, all] }));
    assert.match(finding ?? "", missing);
    assert.deepEqual(others, []);
  });

  it("are found among those of the layer", () => {
    const on = (secrets: readonly (typeof inFlux)[]): FleetDeclaration =>
      fleetOf(
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
    assert.deepEqual(codes(on([inFlux])), []);
    assert.match(codes(on([])).join(), missing);
  });

  it("are found among those of the cluster, for its own notifications and those of the fleet", () => {
    const age = { recipient: recipients[0] };
    const cluster = someCluster("eu", { age, notifications: [chat], secrets: [inFlux] });
    const bare = someCluster("eu", { age });
    const of = (more: Partial<FleetDeclaration>): readonly string[] =>
      codes(fleetOf({}, { tenants: [], ...more }));
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
    const fleet = render(fleetOf({ sources: [charts], releases: [release] }, automation));
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
    const fleet = render(fleetOf({}, { ...automation, tenants: [], layers: [one] }));
    const { text } = fileOf(fleet, "apps/base/helmrelease-web.yaml");
    assert.match(text, line);
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
    const [finding, ...others] = codes(someFleet({ notifications: [chat], external }));
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
      codes(someFleet({ clusters, notifications: [chat], external })).includes(
        'DUPLICATE_IDENTITY Cluster "eu": notifications["chat"]',
      ),
    );
  });

  it("are refused when a layer wants their file", () => {
    const base = {
      objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } }],
    };
    const layers = [layer("notifications", { clusters: "all", base })];
    assert.deepEqual(codes(someFleet({ layers })), []);
    const chat = provider("chat", { type: "slack", channel: "ops", secret: { name: "a" } });
    const external = [{ kind: "Secret", namespace: "flux-system", name: "a" }];
    const found = codes(someFleet({ layers, notifications: [chat], external }));
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
      codes(partsFleet({ imageUpdates: updates })).includes("NOT_LISTED imageUpdates.runsOn"),
    );
    const tenants = [tenantWithParts({ imageUpdates: updates })];
    assert.ok(
      codes(partsFleet({ tenants })).includes('NOT_LISTED Tenant "shop": imageUpdates.runsOn'),
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
      render(fleetOf(more, { external })),
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
