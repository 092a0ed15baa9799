import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject, ObjectPatch, RenderedFleet } from "../../core.js";
import { renderFleet } from "../../core.js";
import {
  fleetContext,
  findingsOf,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

function tenantPatched(...patches: readonly ObjectPatch[]): ReturnType<typeof someFleet> {
  return someFleet({ tenants: [someTenant("shop", { patches })] });
}

function clusterPatched(...patches: readonly ObjectPatch[]): ReturnType<typeof someFleet> {
  return someFleet({
    clusters: [someCluster("eu", { patches, variables: { REGION: "eu" } })],
    tenants: [someTenant("shop")],
  });
}

function render(fleet: ReturnType<typeof someFleet>): RenderedFleet {
  return renderFleet("acme", fleet, fleetContext());
}

function find(fleet: RenderedFleet, kind: string, name: string): KubernetesObject {
  const found = fleet.manifests.filter(
    ({ object }) => object.kind === kind && object.metadata.name === name,
  );
  const [first] = found;
  assert.ok(first, `${kind} ${name}`);
  return first.object;
}

function codes(fleet: ReturnType<typeof someFleet>): readonly string[] {
  return findingsOf(fleet).map(({ code, path }) => `${code} ${path}`);
}

const slow: ObjectPatch = {
  target: { kind: "Kustomization", name: "shop", namespace: "shop" },
  patch: { spec: { force: true, healthChecks: [{ kind: "Deployment", name: "web" }] } },
};

describe("the patches of a tenant", () => {
  it("change what is committed and what is listed, and nothing without them", () => {
    const before = render(tenantPatched());
    const after = render(tenantPatched(slow));
    const changed = after.files.filter(({ text }, index) => text !== before.files[index]?.text);
    assert.deepEqual(
      changed.map(({ path }) => path),
      ["tenants/production/eu/shop/sync.yaml"],
    );
    assert.match(changed[0]?.text ?? "", /force: true/);
    const own = after.manifests.find(
      ({ object }) => object.kind === "Kustomization" && object.metadata.namespace === "shop",
    );
    assert.equal((own?.object["spec"] as { force?: unknown }).force, true);
  });

  it("are refused when they match nothing, with what there is", () => {
    const patch = { target: { kind: "Deployment" }, patch: {} };
    const finding = findingsOf(tenantPatched(slow, patch)).find(
      ({ code }) => code === "PATCH_UNUSED",
    );
    assert.ok(finding);
    assert.equal(finding.path, 'Tenant "shop": patches[1].target');
    assert.match(finding.remedy, /GitRepository, Kustomization, Namespace, Role,/);
  });

  const refused: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
    ["its name", "Role", { metadata: { name: "other" } }],
    ["its Namespace", "Kustomization", { metadata: { namespace: "kube-system" } }],
    ["its kind", "Role", { kind: "ClusterRole" }],
    ["whose rights it runs with", "Kustomization", { spec: { serviceAccountName: null } }],
    ["where it applies", "Kustomization", { spec: { targetNamespace: "kube-system" } }],
    [
      "which cluster it applies to",
      "Kustomization",
      { spec: { kubeConfig: { secretRef: { name: "other" } } } },
    ],
    ["what keeps the Namespace", "Namespace", { metadata: { annotations: null } }],
    ["what it may do", "Role", { rules: [] }],
    ["who may do it", "RoleBinding", { subjects: [] }],
  ];
  for (const [what, kind, patch] of refused) {
    it(`are refused when they change ${what}`, () => {
      assert.deepEqual(codes(tenantPatched({ target: { kind }, patch })), [
        'PATCH_REFUSED Tenant "shop": patches[0].patch',
      ]);
    });
  }

  it("apply after those of the part where an override has some", () => {
    const fleet = someFleet({
      clusters: [someCluster("eu"), someCluster("us")],
      tenants: [
        someTenant("shop", {
          patches: [slow],
          overrides: {
            clusters: { us: { patches: [{ ...slow, patch: { spec: { force: false } } }] } },
          },
        }),
      ],
    });
    const specs = render(fleet)
      .manifests.filter(
        ({ object }) => object.kind === "Kustomization" && object.metadata.namespace === "shop",
      )
      .map(({ cluster, object }) => [cluster, (object["spec"] as { force?: unknown }).force]);
    assert.deepEqual(specs, [
      ["eu", true],
      ["us", false],
    ]);
  });

  it("are checked in overrides too", () => {
    const patches = [{ target: { kind: "Role" }, patch: { rules: [] } }];
    const overrides = { clusters: { eu: { patches } } };
    assert.deepEqual(codes(someFleet({ tenants: [someTenant("shop", { overrides })] })), [
      'PATCH_REFUSED Tenant "shop": overrides.clusters["eu"].patches[0].patch',
    ]);
  });
});

const nodes = {
  target: { kind: "Deployment", name: "kustomize-controller" },
  patch: { spec: { template: { spec: { nodeSelector: { pool: "system" }, tolerations: [] } } } },
};

describe("the patches of a cluster", () => {
  it("reach the controllers through the kustomization file, and leave Flux's own file alone", () => {
    const before = render(clusterPatched());
    const after = render(clusterPatched(nodes));
    const changed = after.files.filter(({ text }, index) => text !== before.files[index]?.text);
    assert.deepEqual(
      changed.map(({ path }) => path),
      ["clusters/production/eu/flux-system/kustomization.yaml"],
    );
    assert.match(changed[0]?.text ?? "", /\/spec\/template\/spec\/nodeSelector/);
    const { spec } = find(after, "Deployment", "kustomize-controller") as unknown as {
      readonly spec: { readonly template: { readonly spec: { readonly nodeSelector: unknown } } };
    };
    assert.deepEqual(spec.template.spec.nodeSelector, { pool: "system" });
    assert.deepEqual(
      after.clusters[0]?.install.find(
        ({ kind, metadata }) => kind === "Deployment" && metadata.name === "kustomize-controller",
      ),
      find(after, "Deployment", "kustomize-controller"),
    );
  });

  it("reach the other objects of the tree in their own files", () => {
    const after = render(
      clusterPatched(
        { target: { kind: "ConfigMap" }, patch: { data: { ZONE: "a" } } },
        { target: { kind: "Kustomization", name: "shop" }, patch: { spec: { timeout: "9m" } } },
        {
          target: { kind: "Kustomization", name: "flux-system" },
          patch: { spec: { interval: "30m" } },
        },
      ),
    );
    assert.deepEqual(find(after, "ConfigMap", "flux-runtime-info")["data"], {
      REGION: "eu",
      ZONE: "a",
    });
    const text = (path: string): string =>
      after.files.find((file) => file.path === `clusters/production/eu/${path}`)?.text ?? "";
    assert.match(text("tenants/shop.yaml"), /timeout: 9m/);
    assert.match(text("flux-system/kustomization.yaml"), /value: 30m/);
    assert.equal((after.clusters[0]?.sync.root["spec"] as { interval?: unknown }).interval, "30m");
  });

  it("are the same bytes whatever the order of keys", () => {
    const [a, b] = [
      { metadata: { labels: { x: "1", y: "2" } }, spec: { replicas: 2 } },
      { spec: { replicas: 2 }, metadata: { labels: { y: "2", x: "1" } } },
    ].map((patch) => render(clusterPatched({ ...nodes, patch })).files);
    assert.deepEqual(a, b);
  });

  const args = ["--events-addr=", "--watch-all-namespaces=true"];
  const container = { name: "manager", image: "example.com/kustomize-controller:v1", args };
  const refused: readonly (readonly [string, ObjectPatch])[] = [
    [
      "the lockdown",
      { ...nodes, patch: { spec: { template: { spec: { containers: [container] } } } } },
    ],
    [
      "what keeps definitions",
      { target: { kind: "Namespace" }, patch: { metadata: { annotations: null } } },
    ],
    [
      "what the root reads",
      { target: { kind: "Kustomization", name: "flux-system" }, patch: { spec: { path: "./x" } } },
    ],
    [
      "whose rights a platform Kustomization has",
      {
        target: { kind: "Kustomization", name: "shop" },
        patch: { spec: { serviceAccountName: null } },
      },
    ],
    [
      "what a platform Kustomization makes of its objects",
      {
        target: { kind: "Kustomization", name: "shop" },
        patch: { spec: { postBuild: { substitute: { REGION: "us" } } } },
      },
    ],
    [
      "the fleet repository",
      {
        target: { kind: "GitRepository" },
        patch: { spec: { url: "https://git.example.com/other" } },
      },
    ],
  ];
  for (const [what, patch] of refused) {
    it(`are refused when they change ${what}`, () => {
      assert.deepEqual(codes(clusterPatched(patch)), [
        'PATCH_REFUSED Cluster "eu": patches[0].patch',
      ]);
    });
  }
});
