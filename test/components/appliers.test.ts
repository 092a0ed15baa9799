import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type {
  ClusterArgs,
  FleetDeclaration,
  FleetRecord,
  KubernetesObject,
  OffboardObservation,
  RenderedFleet,
  TenantArgs,
} from "../../core.js";
import { checkFleet, layer, renderFleet } from "../../core.js";
import {
  fleetContext,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

const base = layer("base", { clusters: "all", directory: "./base" });

function fleetWith(
  shop: Partial<TenantArgs<string>> | undefined,
  eu: Partial<ClusterArgs<string>> = { kubeconfig: "some" },
): FleetDeclaration {
  const other = someTenant("other", shop && { dependsOn: [{ kind: "tenant", name: "shop" }] });
  return someFleet({
    clusters: [
      someCluster("eu", { age: { recipient: recipients[0] }, ...eu }),
      someCluster("us", { kubeconfig: "other" }),
    ],
    layers: [base],
    tenants: [other, ...(shop ? [someTenant("shop", { dependsOn: [base], ...shop })] : [])],
  });
}

function render(
  fleet: FleetDeclaration,
  record?: FleetRecord,
  seen: OffboardObservation = {},
): RenderedFleet {
  const observations = new Map([["shop", seen]]);
  return renderFleet("acme", fleet, fleetContext({ record, observations }));
}

function codes(fleet: FleetDeclaration, record?: FleetRecord): readonly string[] {
  return checkFleet("acme", fleet, fleetContext({ record })).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

/** The tenant's own objects, by cluster and applier; not the platform's Kustomization. */
function objectsOf(fleet: RenderedFleet, applier: "flux" | "pulumi"): readonly KubernetesObject[] {
  return fleet.manifests
    .filter(
      (one) =>
        one.part === 'tenant "shop"' &&
        one.applier === applier &&
        one.object.metadata.namespace !== "flux-system",
    )
    .map(({ object }) => object);
}

function platform(fleet: RenderedFleet): readonly unknown[] {
  return fleet.manifests
    .filter(
      ({ object: { kind, metadata } }) =>
        kind === "Kustomization" &&
        metadata.namespace === "flux-system" &&
        metadata.name === "shop",
    )
    .map(({ object }) => (object["spec"] as { deletionPolicy?: unknown }).deletionPolicy);
}

const first = render(fleetWith({}));
const toPulumi = fleetWith({ applier: "pulumi" });
const leaving = render(toPulumi, first.record);
const applied = render(toPulumi, leaving.record, { handedOver: true });

describe("a tenant that goes from Flux to Pulumi", () => {
  it("stays in Git for one commit, in which Flux is told to leave its objects behind", () => {
    assert.equal(leaving.record.tenants["shop"]?.applier, "leaving-flux");
    assert.deepEqual(platform(first), [undefined, undefined]);
    assert.deepEqual(platform(leaving), ["Orphan", "Orphan"]);
    assert.deepEqual(objectsOf(leaving, "flux"), objectsOf(first, "flux"));
    assert.deepEqual(objectsOf(leaving, "pulumi"), []);
    assert.deepEqual(
      leaving.clusters.flatMap((cluster) => cluster.applied),
      [],
    );
  });

  it("leaves Git, and is applied with the same objects, when every cluster has let go", () => {
    assert.equal(applied.record.tenants["shop"]?.applier, "pulumi");
    assert.deepEqual(objectsOf(applied, "flux"), []);
    assert.deepEqual(objectsOf(applied, "pulumi"), objectsOf(first, "flux"));
    assert.deepEqual(platform(applied), []);
    for (const { path, text } of applied.files) {
      assert.ok(!path.includes("shop"), path);
      if (path.endsWith("/kustomization.yaml")) assert.ok(!text.includes("shop"), path);
    }
    for (const cluster of applied.clusters) {
      assert.deepEqual(
        cluster.applied.map(({ tenant, objects }) => [tenant, objects.map(({ kind }) => kind)]),
        [
          [
            "shop",
            [
              "Namespace",
              "ServiceAccount",
              "Role",
              "RoleBinding",
              "GitRepository",
              "Kustomization",
            ],
          ],
        ],
      );
      const watched = cluster.kustomizations.map((one) => `${one.namespace}/${one.name}`);
      assert.ok(watched.includes("shop/shop") && !watched.includes("flux-system/shop"));
    }
  });

  it("waits with a warning while a cluster has not let go, and says what comes next", () => {
    const waiting = render(toPulumi, leaving.record, {});
    assert.deepEqual(waiting.files, leaving.files);
    assert.deepEqual(waiting.record, leaving.record);
    for (const { warnings } of [leaving, waiting]) {
      assert.deepEqual(
        warnings.map(({ code, path }) => `${code} ${path}`),
        ['APPLIER_WAITING Tenant "shop": applier'],
      );
    }
    assert.match(leaving.warnings[0]?.remedy ?? "", /once more/);
    assert.match(waiting.warnings[0]?.problem ?? "", /has not let go/);
  });

  it("may change its mind before, and stays with Flux", () => {
    const back = render(fleetWith({}), leaving.record);
    assert.deepEqual(back.files, first.files);
    assert.deepEqual(back.record, first.record);
  });

  it("goes back to Flux in one commit, with the files it had", () => {
    const back = render(fleetWith({}), applied.record);
    assert.deepEqual(back.files, first.files);
    assert.deepEqual(back.record, first.record);
    assert.deepEqual(back.clusters, first.clusters);
  });
});

it("a tenant that is new is applied by Pulumi at once", () => {
  const fresh = render(toPulumi);
  assert.deepEqual(objectsOf(fresh, "pulumi"), objectsOf(first, "flux"));
  assert.deepEqual(objectsOf(fresh, "flux"), []);
  assert.deepEqual(fresh.warnings, []);
});

describe("a tenant that Pulumi applies is refused", () => {
  it("on a cluster without kubeconfig", () => {
    assert.deepEqual(codes(fleetWith({ applier: "pulumi" }, {})), [
      'APPLIER_OUT_OF_REACH Tenant "shop": applier',
    ]);
  });

  it("its off-boarding, before Flux has it again", () => {
    assert.deepEqual(
      codes(fleetWith({ applier: "pulumi", offboard: "drain" }), applied.record).filter(
        (code) => !code.startsWith("DANGLING"),
      ),
      ['OFFBOARD_SKIPPED Tenant "shop": offboard'],
    );
    assert.deepEqual(
      codes(fleetWith({ offboard: "orphan" }), applied.record).filter((code) =>
        code.startsWith("OFFBOARD"),
      ),
      ['OFFBOARD_SKIPPED Tenant "shop": offboard'],
    );
  });

  it("its removal in one step", () => {
    assert.ok(codes(fleetWith(undefined), applied.record).includes('TENANT_REMOVAL Tenant "shop"'));
  });

  it("an object that a directory applies as well", () => {
    const directories = new Map([
      ["base/kustomization.yaml", "resources: [namespace.yaml]\n"],
      ["base/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n"],
    ]);
    const found = checkFleet(
      "acme",
      toPulumi,
      fleetContext({ record: applied.record, directories }),
    );
    assert.ok(
      found.some(({ code, problem }) => code === "DUPLICATE_OBJECT" && problem.includes("shop")),
    );
  });
});
