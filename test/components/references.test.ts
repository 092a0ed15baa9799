import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, LayerPart } from "../../core.js";
import { gitSource, layer } from "../../core.js";
import {
  fleetContext,
  findingsOf,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { object } from "../fixtures/placed.js";

const account = { serviceAccountName: "kustomize-controller" };
const fleetSource = { kind: "GitRepository", name: "flux-system" };

function codes(
  more: Partial<FleetDeclaration>,
  files?: Readonly<Record<string, string>>,
): readonly string[] {
  const directories = files === undefined ? undefined : new Map(Object.entries(files));
  return findingsOf(someFleet(more), fleetContext({ directories })).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

function made(...objects: Parameters<typeof object>[]): LayerPart<string> {
  return layer("base", {
    clusters: "all",
    base: { objects: objects.map((args) => object(...args)) },
  });
}

const nested = (path: string): Parameters<typeof object> => [
  "Kustomization",
  "inner",
  { ...account, interval: "1h", path, prune: true, sourceRef: fleetSource },
];

describe("references of a fleet", () => {
  const release: Parameters<typeof object> = [
    "HelmRelease",
    "app",
    {
      ...account,
      interval: "1h",
      chart: { spec: { chart: "./app", sourceRef: fleetSource } },
      valuesFrom: [{ kind: "Secret", name: "values" }],
    },
  ];
  const dangling =
    'DANGLING_REFERENCE Layer "base": HelmRelease flux-system/app: spec.valuesFrom[0]';

  it("are met by what `external` lists, on the clusters that it selects", () => {
    const secret = { kind: "Secret", namespace: "flux-system", name: "values" };
    const clusters = [someCluster("eu"), someCluster("us", { environment: "staging" })];
    const layers = [made(release)];
    assert.deepEqual(codes({ clusters, layers }), [dangling]);
    assert.deepEqual(codes({ clusters, layers, external: [secret] }), []);
    const external = [{ ...secret, clusters: { environment: "staging" } }];
    const [finding] = findingsOf(someFleet({ clusters, layers, external }));
    assert.match(finding?.problem ?? "", /\(On "eu"\.\)$/);
  });

  it("are met by objects of tenants and by Secrets that Pulumi installs", () => {
    const login = { token: "t" };
    const url = "https://git.example.com/x";
    const source = gitSource({ url, branch: "main", credentials: login });
    const tenants = [someTenant("shop", { source })];
    const alert: Parameters<typeof object> = [
      "HelmRepository",
      "shop/charts",
      { interval: "1h", url: "https://x.example.com", secretRef: { name: "shop-source" } },
    ];
    assert.deepEqual(codes({ tenants, layers: [made(alert)] }), []);
    assert.deepEqual(codes({ layers: [made(alert)] }).length, 2);
  });

  it("are looked at in tenants as soon as somebody patches them", () => {
    const patches = [
      {
        target: { kind: "Kustomization" },
        patch: { spec: { decryption: { provider: "sops", secretRef: { name: "key" } } } },
      },
    ];
    assert.deepEqual(codes({ tenants: [someTenant("shop", { patches })] }), [
      'DANGLING_REFERENCE Tenant "shop": Kustomization shop/shop: spec.decryption.secretRef',
    ]);
  });

  it("lead into directories, whose objects are checked like all others", () => {
    const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: gone}\n";
    const layers = [made(nested("./inner"))];
    assert.deepEqual(codes({ layers }, { "inner/a.yaml": text }), [
      'DANGLING_REFERENCE Layer "base": inner/a.yaml: ConfigMap gone/a: metadata.namespace',
    ]);
    assert.deepEqual(codes({ layers }, { "other/a.yaml": text }), [
      'MISSING_DIRECTORY Layer "base": Kustomization flux-system/inner: spec.path',
    ]);
    // Nobody knows what is there.
    assert.deepEqual(codes({ layers: [made(nested("./inner"), release)] }), []);
  });

  it("show who would apply an object twice, or give a tenant more than it has", () => {
    const layers = [made(nested("./inner"), ["ConfigMap", "a"])];
    const twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: flux-system}\n";
    assert.deepEqual(codes({ layers }, { "inner/a.yaml": twice }), [
      'DUPLICATE_OBJECT Cluster "eu": ConfigMap flux-system/a',
    ]);
    const binding =
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: ci, namespace: shop}]\n";
    assert.deepEqual(
      codes({ layers, tenants: [someTenant("shop")] }, { "inner/b.yaml": binding }),
      ['PRIVILEGED_SERVICE_ACCOUNT Layer "base": inner/b.yaml: ClusterRoleBinding b'],
    );
  });
});
