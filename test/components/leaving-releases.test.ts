import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, KubernetesObject, RenderedFleet, TenantArgs } from "../../core.js";
import { renderFleet } from "../../core.js";
import { absentObjects } from "../../components/fleet/wiring/fleet-observation.js";
import { fleetContext } from "../fixtures/fleets.js";
import { partsFleet, tenantWithParts } from "../fixtures/parts.js";

const cluster = "eu-2";

function fleetWith(more: Partial<TenantArgs<string>>): FleetDeclaration {
  return partsFleet({ tenants: [tenantWithParts(more)] });
}

const first = renderFleet("acme", fleetWith({}), fleetContext());

/** The next commit, when the clusters have done all that the one before asked for. */
function next(fleet: FleetDeclaration, before: RenderedFleet): RenderedFleet {
  const seen = { orphaned: true, drained: true, released: true };
  const context = { record: before.record, observations: new Map([["shop", seen]]) };
  return renderFleet("acme", fleet, fleetContext(context));
}

function objects(fleet: RenderedFleet): readonly KubernetesObject[] {
  return fleet.manifests
    .filter((one) => one.cluster === cluster && one.part === 'tenant "shop"')
    .map(({ object }) => object);
}

function kinds(fleet: RenderedFleet): readonly string[] {
  return [...new Set(objects(fleet).map(({ kind }) => kind))].sort();
}

function suspended(fleet: RenderedFleet): readonly unknown[] {
  return objects(fleet)
    .filter(({ kind }) => kind === "HelmRelease")
    .map(({ spec }) => (spec as { readonly suspend?: unknown }).suspend);
}

/** What `up` waits for to be gone. */
function awaited(fleet: RenderedFleet): readonly string[] {
  const on = fleet.clusters.find(({ name }) => name === cluster);
  assert.ok(on);
  return absentObjects(fleet.record, on).map(({ kind, name }) => `${kind} ${name}`);
}

const staying = ["Alert", "GitRepository", "HelmRepository", "Namespace", "Provider", "Receiver"];
const rights = ["Role", "RoleBinding", "ServiceAccount"];

describe("the releases of a tenant that leaves", () => {
  it("by drain go first, with the images, while the rights that uninstall them stay", () => {
    const draining = next(fleetWith({ offboard: "drain" }), first);
    assert.equal(draining.record.tenants["shop"]?.phase, "draining");
    // Its GitRepositories are its own and one that a release reads; that of the images is gone.
    assert.deepEqual(kinds(draining), ["Kustomization", ...staying, ...rights].sort());
    const own = objects(draining).filter(({ kind }) => kind === "GitRepository");
    assert.deepEqual(own.map(({ metadata }) => metadata.name).sort(), ["modules", "shop"]);
    assert.deepEqual(awaited(draining), [
      "Kustomization shop",
      "HelmRelease database",
      "HelmRelease web",
    ]);
    assert.deepEqual(awaited(first), []);
  });

  it("by orphan are suspended before they go, so that nothing is uninstalled", () => {
    const patches = [{ target: { kind: "HelmRelease" }, patch: { spec: { suspend: false } } }];
    const leaving = fleetWith({ offboard: "orphan", patches });
    assert.deepEqual(suspended(first), [undefined, undefined]);
    const orphaning = next(leaving, first);
    assert.equal(orphaning.record.tenants["shop"]?.phase, "orphaning");
    assert.deepEqual(suspended(orphaning), [true, true]);
    assert.deepEqual(awaited(orphaning), []);

    const draining = next(leaving, orphaning);
    assert.deepEqual(suspended(draining), []);
    assert.deepEqual(awaited(draining).slice(1), ["HelmRelease database", "HelmRelease web"]);
  });

  it("come back as they were when the tenant stays after all", () => {
    const orphaning = next(fleetWith({ offboard: "orphan" }), first);
    assert.deepEqual(next(fleetWith({}), orphaning).files, first.files);
  });
});
