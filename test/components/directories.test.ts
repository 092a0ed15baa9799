import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterArgs, TenantArgs } from "../../core.js";
import { layer } from "../../core.js";
import {
  fleetContext,
  findingsOf,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

/** Findings of a fleet whose layer "base" is ./base, with these files. */
function audit(
  files: Readonly<Record<string, string>>,
  more: { cluster?: Partial<ClusterArgs<string>>; tenant?: Partial<TenantArgs<string>> } = {},
): readonly string[] {
  const fleet = someFleet({
    clusters: [someCluster("eu", more.cluster)],
    layers: [layer("base", { clusters: "all", directory: "./base" })],
    tenants: more.cluster?.lockdown === undefined ? [someTenant("shop", more.tenant)] : [],
  });
  const directories = new Map(Object.entries(files));
  return findingsOf(fleet, fleetContext({ directories })).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n";

function release(spec: string): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: app, namespace: flux-system}\nspec: ${spec}\n`;
}

/** A chart from the fleet's own repository. */
const chart =
  "interval: 1h, chart: {spec: {chart: ./app, sourceRef: {kind: GitRepository, name: flux-system}}}";

function binding(kind: string, namespace: string, roleRef: string, subject: string): string {
  const metadata = namespace === "" ? "{name: b}" : `{name: b, namespace: ${namespace}}`;
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata}\nroleRef: ${roleRef}\nsubjects: [${subject}]\n`;
}

const viewRole = "{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}";
const editRole = "{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}";
const account = "{kind: ServiceAccount, name: ci, namespace: shop}";

describe("hand-written directories", () => {
  it("are fine when Flux can apply them", () => {
    assert.deepEqual(audit({ "base/a.yaml": configMap, "base/sub/b.yaml": "" }), []);
  });

  it("are not looked into when their text is not given", () => {
    const fleet = someFleet({
      layers: [layer("base", { clusters: "all", directory: "./base" })],
    });
    assert.deepEqual(findingsOf(fleet), []);
  });

  it("must exist", () => {
    assert.deepEqual(audit({ "other/a.yaml": configMap }), [
      'DANGLING_REFERENCE Layer "base": directory',
    ]);
  });

  it("must be YAML", () => {
    assert.deepEqual(audit({ "base/a.yaml": "a: [" }), [
      'UNREADABLE_DIRECTORY Layer "base": base/a.yaml',
    ]);
    assert.deepEqual(audit({ "base/kustomization.yaml": "resources: [" }), [
      'UNREADABLE_DIRECTORY Layer "base": base/kustomization.yaml',
    ]);
  });

  it("must list only what exists, and nothing from elsewhere", () => {
    const list = (entry: string): string => `resources:\n- ${entry}\n- a.yaml\n`;
    const files = { "base/a.yaml": configMap };
    const broken = ['UNREADABLE_DIRECTORY Layer "base": base/kustomization.yaml'];
    assert.deepEqual(audit({ ...files, "base/kustomization.yaml": list("gone.yaml") }), broken);
    assert.deepEqual(
      audit({ ...files, "base/kustomization.yaml": list("https://example.com/x?ref=v1") }),
      broken,
    );
  });

  it("are read through the kustomization files that Flux reads", () => {
    const files = {
      "base/kustomization.yaml": "resources: [../shared]\nnamespace: flux-system\n",
      "base/ignored.yaml": release("{}"),
      "shared/kustomization.yaml": "resources: [release.yaml]\n",
      "shared/release.yaml": release(`{${chart}}`),
    };
    assert.deepEqual(audit(files), [
      'MISSING_SERVICE_ACCOUNT Layer "base": shared/release.yaml: HelmRelease flux-system/app',
    ]);
    const patched = {
      ...files,
      "base/kustomization.yaml":
        "resources: [../shared]\npatches:\n- patch: |\n    - op: add\n      path: /spec/serviceAccountName\n      value: kustomize-controller\n  target: {kind: HelmRelease}\n",
    };
    assert.deepEqual(audit(patched), []);
  });

  it("that include each other are refused", () => {
    assert.deepEqual(
      audit({
        "base/kustomization.yaml": "resources: [../shared]\n",
        "shared/kustomization.yaml": "resources: [../base]\n",
      }),
      ['UNREADABLE_DIRECTORY Layer "base": base'],
    );
  });

  it("must name ServiceAccounts under lockdown only", () => {
    const files = { "base/a.yaml": release(`{${chart}}`) };
    assert.deepEqual(audit(files), [
      'MISSING_SERVICE_ACCOUNT Layer "base": base/a.yaml: HelmRelease flux-system/app',
    ]);
    const lockdown = { disabled: true, reason: "one team" } as const;
    assert.deepEqual(audit(files, { cluster: { lockdown } }), []);
    assert.deepEqual(audit({ "base/a.yaml": release(`{serviceAccountName: x, ${chart}}`) }), [
      'DANGLING_REFERENCE Layer "base": base/a.yaml: HelmRelease flux-system/app: spec.serviceAccountName',
    ]);
  });

  it("must not refer to sources in other Namespaces under lockdown", () => {
    const elsewhere =
      "{interval: 1h, serviceAccountName: helm-controller, chart: {spec: {chart: a, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts, namespace: other}}}}";
    assert.deepEqual(audit({ "base/a.yaml": release(elsewhere) }), [
      'CROSS_NAMESPACE_REFERENCE Layer "base": base/a.yaml: HelmRelease flux-system/app: spec.chart.spec.sourceRef',
    ]);
  });

  it("must not apply what the fleet or Pulumi applies", () => {
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    assert.deepEqual(audit({ "base/a.yaml": namespace }), [
      'DUPLICATE_OBJECT Cluster "eu": Namespace shop',
    ]);
  });

  const privileged: readonly (readonly [string, string])[] = [
    ["cluster-wide", binding("ClusterRoleBinding", "", viewRole, account)],
    ["in its Namespace by a wider role", binding("RoleBinding", "shop", editRole, account)],
    ["in another Namespace", binding("RoleBinding", "default", viewRole, account)],
    [
      "through the group of its Namespace",
      binding(
        "RoleBinding",
        "shop",
        editRole,
        '{kind: Group, name: "system:serviceaccounts:shop"}',
      ),
    ],
    [
      "through the group of all ServiceAccounts",
      binding("ClusterRoleBinding", "", viewRole, '{kind: Group, name: "system:serviceaccounts"}'),
    ],
    [
      "through a role that is not known",
      binding("RoleBinding", "shop", "{kind: Role, name: secret-reader}", account),
    ],
    [
      "through a role that is known to be wider",
      `${binding("RoleBinding", "shop", "{kind: Role, name: r}", account)}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: shop}\nrules: [{apiGroups: [""], resources: [resourcequotas], verbs: [delete]}]\n`,
    ],
  ];
  for (const [how, text] of privileged) {
    it(`must not give a tenant's ServiceAccount more than the tenant has, ${how}`, () => {
      const [finding, ...others] = audit({ "base/a.yaml": text });
      assert.deepEqual(others, []);
      assert.match(finding ?? "", /^PRIVILEGED_SERVICE_ACCOUNT Layer "base": base\/a\.yaml: /);
    });
  }

  it("may give a tenant's ServiceAccount as much as the tenant has, or less", () => {
    const within = `${binding("RoleBinding", "shop", "{kind: Role, name: r}", account)}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: shop}\nrules: [{apiGroups: [apps], resources: [deployments], verbs: [get, patch]}]\n`;
    assert.deepEqual(audit({ "base/a.yaml": within }), []);
    assert.deepEqual(
      audit({ "base/a.yaml": binding("RoleBinding", "shop", viewRole, account) }),
      [],
    );
    const role = { kind: "ClusterRole", name: "edit", reason: "runs operators" } as const;
    assert.deepEqual(
      audit(
        { "base/a.yaml": binding("RoleBinding", "shop", editRole, account) },
        { tenant: { role } },
      ),
      [],
    );
    const other = "{kind: ServiceAccount, name: ci, namespace: flux-system}";
    assert.deepEqual(
      audit({ "base/a.yaml": binding("ClusterRoleBinding", "", editRole, other) }),
      [],
    );
  });
});
