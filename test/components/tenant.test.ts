import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gitSource } from "../../core.js";
import { tenantObjects } from "../../components/tenant/manifests.js";
import type { TenantManifestArgs } from "../../components/tenant/tenant.js";
import { tenantRules } from "../../components/tenant/role.js";

const args: TenantManifestArgs<string> = {
  source: gitSource({ url: "https://git.example.com/apps/shop", branch: "main" }),
  path: "./deploy",
};

describe("a tenant's objects", () => {
  it("are a Namespace, its rights, the source and what applies it", () => {
    const objects = tenantObjects("shop", args);
    assert.ok(objects);
    const { namespace, rights, source, kustomization } = objects;
    assert.deepEqual(
      [namespace, ...rights, source, kustomization].map(
        (object) =>
          `${String(object?.kind)} ${String(object?.metadata.namespace)}/${String(object?.metadata.name)}`,
      ),
      [
        "Namespace undefined/shop",
        "ServiceAccount shop/shop",
        "Role shop/shop-reconciler",
        "RoleBinding shop/shop-reconciler",
        "GitRepository shop/shop",
        "Kustomization shop/shop",
      ],
    );
  });

  it("all carry the label of `flux create tenant`", () => {
    const objects = tenantObjects("shop", { ...args, labels: { team: "a" } });
    assert.ok(objects);
    assert.deepEqual(objects.namespace.metadata.labels, {
      team: "a",
      "toolkit.fluxcd.io/tenant": "shop",
    });
    const others = [...objects.rights, objects.source, objects.kustomization];
    for (const object of others) {
      assert.deepEqual(object?.metadata.labels, { "toolkit.fluxcd.io/tenant": "shop" });
    }
  });

  it("bind the rendered Role, or a ClusterRole instead of it", () => {
    const roleRef = (more: Partial<TenantManifestArgs<string>>): unknown =>
      tenantObjects("shop", { ...args, ...more })?.rights.at(-1)?.["roleRef"];
    const apiGroup = "rbac.authorization.k8s.io";
    assert.deepEqual(roleRef({}), { apiGroup, kind: "Role", name: "shop-reconciler" });
    const role = { kind: "ClusterRole", name: "admin", reason: "manages its Roles" } as const;
    assert.deepEqual(roleRef({ role }), { apiGroup, kind: "ClusterRole", name: "admin" });
    const kinds = tenantObjects("shop", { ...args, role })?.rights.map(({ kind }) => kind);
    assert.deepEqual(kinds, ["ServiceAccount", "RoleBinding"]);
  });

  it("let Flux replace the RoleBinding, whose roleRef cannot change", () => {
    assert.deepEqual(tenantObjects("shop", args)?.rights.at(-1)?.metadata.annotations, {
      "kustomize.toolkit.fluxcd.io/force": "enabled",
    });
  });

  it("grant listed verbs on listed kinds, none of which grants rights or lifts limits", () => {
    const forbidden = [
      "roles",
      "rolebindings",
      "clusterroles",
      "clusterrolebindings",
      "resourcequotas",
      "limitranges",
      "namespaces",
      "serviceaccounts/token",
      "pods/exec",
      "pods/attach",
      "pods/portforward",
    ];
    const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
    for (const rule of tenantRules) {
      for (const resource of rule.resources) assert.ok(!forbidden.includes(resource), resource);
      for (const verb of rule.verbs) assert.ok(verbs.includes(verb), verb);
      assert.ok(!rule.apiGroups.includes("*") && !rule.resources.includes("*"));
    }
  });

  it("stay but for the workload while the tenant drains, then lose the Namespace's protection", () => {
    const at = (phase: "active" | "orphaning" | "draining" | "releasing" | "gone"): unknown => {
      const objects = tenantObjects("shop", args, { phase });
      return (
        objects && {
          kept: objects.namespace.metadata.annotations,
          policy: (objects.kustomization?.["spec"] as { deletionPolicy?: string } | undefined)
            ?.deletionPolicy,
          workload: objects.kustomization !== undefined,
          rights: objects.rights.length,
        }
      );
    };
    const kept = { "kustomize.toolkit.fluxcd.io/prune": "disabled" };
    assert.deepEqual(at("active"), { kept, policy: undefined, workload: true, rights: 3 });
    assert.deepEqual(at("orphaning"), { kept, policy: "Orphan", workload: true, rights: 3 });
    assert.deepEqual(at("draining"), { kept, policy: undefined, workload: false, rights: 3 });
    assert.deepEqual(at("releasing"), {
      kept: undefined,
      policy: undefined,
      workload: false,
      rights: 3,
    });
    assert.equal(at("gone"), undefined);
  });
});
