import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gitRepository, opaqueSecret, Tenant } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { recipients } from "../fixtures/fleets.js";
import { inlineStack, type InlineStack } from "../support/engine.js";
import { assertRuns, condition, pathOf, read, until, type LiveObject } from "./support/live.js";
import {
  appSource,
  commitApp,
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
  type LabFleet,
} from "./support/lab-fleet.js";

let lab: Lab;
let cluster: LabCluster;
let fleet: LabFleet;
let stack: InlineStack;

// Names of one length and one place in the alphabet, so that lists keep their order.
const rendered = "rendered";
const alone = "provider";
const objects = (name: string): readonly string[] => [
  `Namespace ${name}`,
  `ServiceAccount ${name}/${name}`,
  `Role ${name}/${name}-reconciler`,
  `RoleBinding ${name}/${name}-reconciler`,
  `Secret ${name}/${name}-source`,
  `Secret ${name}/database`,
  `GitRepository ${name}/${name}`,
  `GitRepository ${name}/modules`,
  `Kustomization ${name}/${name}`,
];

/** Encrypted in Git for one of them, applied as it is for the other. */
const secrets = [opaqueSecret("database", { password: pulumi.secret("a canary in a cage") })];

/** Beside its own source, a part with an object of the same kind. */
const sources = [
  gitRepository("modules", {
    url: pulumi.output("https://git.example.com/modules"),
    ref: { tag: "v1.0.0" },
  }),
];

before(async () => {
  lab = await openLab();
  cluster = await lab.startCluster("stand-alone");
  await createApp(lab, rendered);
  fleet = await labFleet(lab, "fleet-stand-alone", {
    flux: { version: "2.9.4", components: ["source-controller", "kustomize-controller"] },
    clusters: [labCluster(cluster)],
    sops: { breakGlass: [recipients[0]] },
    tenants: [labTenant(lab, rendered, { waitFor: true, labels: { team: "a" }, secrets, sources })],
  });
  stack = await inlineStack({
    program: () => {
      const provider = new kubernetes.Provider("cluster", { kubeconfig: cluster.kubeconfig });
      const source = appSource(lab, rendered);
      const args = { source, path: "./deploy", labels: { team: "a" }, secrets, sources };
      new Tenant(alone, args, { provider });
      return Promise.resolve();
    },
  });
  await fleet.up();
});
after(async () => {
  fleet.stack.dispose();
  stack.dispose();
  await cluster.remove();
  await lab.stop();
});

it("applies through a provider the very objects that a Fleet renders into Git", async () => {
  await stack.up();
  const rows = objects(rendered).map((object, index) => [object, objects(alone)[index] ?? ""]);
  for (const [object = "", other = ""] of rows) {
    const [wanted, live] = [await read(cluster, object), await read(cluster, other)];
    const text = JSON.stringify(declaredFields(live)).replaceAll(alone, rendered);
    assert.deepEqual(JSON.parse(text), declaredFields(wanted), other);
  }
  const { changeSummary } = await stack.up();
  assert.deepEqual(Object.keys(changeSummary), ["same"]);
});

it("runs the workload of a tenant that no Fleet knows", async () => {
  await until("the workload is applied", async () => {
    const live = await read(cluster, `Kustomization ${alone}/${alone}`);
    return condition(live, "Ready")?.status === "True";
  });
  await assertRuns(cluster, alone);
});

it("keeps a tenant from rights beyond its own Namespace and from rights over rights", async () => {
  const may = (verb: string, resource: string, namespace = rendered): Promise<boolean> =>
    allowed(cluster, rendered, { verb, resource, namespace });
  assert.equal(await may("create", "apps/deployments"), true);
  assert.equal(await may("create", "configmaps"), true);
  assert.equal(await may("create", "configmaps", alone), false);
  for (const resource of [
    "rbac.authorization.k8s.io/roles",
    "rbac.authorization.k8s.io/rolebindings",
    "rbac.authorization.k8s.io/clusterrolebindings",
    "serviceaccounts/token",
    "resourcequotas",
    "limitranges",
    "namespaces",
  ]) {
    for (const verb of ["create", "update", "patch", "delete"]) {
      assert.equal(await may(verb, resource), false, `${verb} ${resource}`);
    }
  }
  assert.equal(await may("impersonate", "serviceaccounts"), false);
  assert.equal(await may("bind", "rbac.authorization.k8s.io/roles"), false);
});

it("stops a tenant's repository that grants itself rights", async () => {
  const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: mine }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: ${rendered}, namespace: ${rendered} }]
`;
  await lab.git.commit(`${rendered}-app`, "main", { "deploy/binding.yaml": binding });
  await cluster.api.patch(pathOf(`GitRepository ${rendered}/${rendered}`), {
    metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": "now" } },
  });
  await until("the tenant's Kustomization is refused", async () => {
    const live = await read(cluster, `Kustomization ${rendered}/${rendered}`);
    const { status, message = "" } = condition(live, "Ready") ?? {};
    const refusal = /system:serviceaccount:rendered:rendered.*rolebindings/;
    return status === "False" && refusal.test(message);
  });
  await lab.git.commit(`${rendered}-app`, "main", { "deploy/binding.yaml": null });
});

it("locks the running controllers down against other Namespaces and missing ServiceAccounts", async () => {
  const { spec } = await read(cluster, "Deployment flux-system/kustomize-controller");
  const text = JSON.stringify(spec);
  for (const flag of [
    "--no-cross-namespace-refs=true",
    "--no-remote-bases=true",
    "--default-service-account=default",
  ]) {
    assert.ok(text.includes(JSON.stringify(flag)), flag);
  }
  const kustomizations = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${rendered}/kustomizations`;
  const declared = { interval: "1h", prune: true, path: "./deploy" };
  const attempts = [
    {
      name: "cross",
      spec: { sourceRef: { kind: "GitRepository", name: alone, namespace: alone } },
      reason: /^AccessDenied .*cross-namespace references have been blocked/,
    },
    {
      name: "nobody",
      spec: { sourceRef: { kind: "GitRepository", name: rendered } },
      reason: /ReconciliationFailed .*system:serviceaccount:rendered:default/,
    },
  ];
  for (const { name, spec: more, reason } of attempts) {
    await cluster.api.create(kustomizations, {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name },
      spec: { ...declared, ...more, targetNamespace: rendered },
    });
    await until(`Kustomization ${name} is refused`, async () => {
      const seen = condition(await read(cluster, `Kustomization ${rendered}/${name}`), "Ready");
      return seen?.status === "False" && reason.test(`${seen.reason ?? ""} ${seen.message ?? ""}`);
    });
    await cluster.api.delete(`${kustomizations}/${name}`);
  }
});

it("removes the workload before the rights that remove it", async () => {
  await commitApp(lab, rendered, "last");
  const ended = new AbortController();
  const versions = new Map<string, bigint>();
  const follow = (path: string, name: string): Promise<void> =>
    cluster.api.watch(
      path,
      ({ type, object }) => {
        // Two watches may tell in another order; the versions of one cluster are one sequence.
        if (type === "DELETED" && object.metadata.name === name) {
          versions.set(name, BigInt(object.metadata.resourceVersion ?? "0"));
        }
      },
      ended.signal,
    );
  const watches = [
    follow(`/apis/apps/v1/namespaces/${alone}/deployments?watch=true`, "web"),
    follow(
      `/apis/rbac.authorization.k8s.io/v1/namespaces/${alone}/rolebindings?watch=true`,
      `${alone}-reconciler`,
    ),
  ];
  try {
    await stack.destroy();
    await until("the Namespace is gone", async () => {
      return (await cluster.api.find(pathOf(`Namespace ${alone}`))) === undefined;
    });
    await until("both deletions were seen", () => Promise.resolve(versions.size === 2));
  } finally {
    ended.abort();
    await Promise.allSettled(watches);
  }
  const order = [...versions].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([name]) => name);
  assert.deepEqual(order, ["web", `${alone}-reconciler`]);
  await assertRuns(cluster, rendered);
});

/** What somebody declared of an object: without what the API server and its controllers keep, and without bookkeeping. */
function declaredFields(object: LiveObject): unknown {
  const { labels = {}, annotations = {}, name, namespace } = object.metadata;
  const bookkeeping =
    /^(kustomize\.toolkit\.fluxcd\.io\/(name|namespace)$|pulumi\.com\/|reconcile\.)/;
  const plain = (entries: Readonly<Record<string, string>>): object =>
    Object.fromEntries(
      Object.entries(entries)
        .filter(([key]) => !bookkeeping.test(key))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const metadata = { name, namespace, labels: plain(labels), annotations: plain(annotations) };
  return JSON.parse(JSON.stringify({ ...object, metadata, status: undefined }));
}

async function allowed(
  { api }: LabCluster,
  account: string,
  { verb, resource, namespace }: { verb: string; resource: string; namespace: string },
): Promise<boolean> {
  const parts =
    resource.includes(".") || resource.startsWith("apps/") ? resource.split("/") : ["", resource];
  const [group = "", rest = ""] = parts;
  const [plural = "", subresource] = rest.split("/");
  const { status } = await api.create<{ status: { allowed: boolean } }>(
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    {
      spec: {
        user: `system:serviceaccount:${account}:${account}`,
        groups: [
          "system:serviceaccounts",
          `system:serviceaccounts:${account}`,
          "system:authenticated",
        ],
        resourceAttributes: { verb, group, resource: plural, subresource, namespace },
      },
    },
  );
  return status.allowed;
}
