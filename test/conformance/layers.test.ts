import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../core.js";
import { cluster, layer, renderFleet } from "../../core.js";
import { partStatuses } from "../../lab/parts/index.js";
import { fleetContext, someFleet } from "../fixtures/fleets.js";
import { layeredFiles, layeredFleet } from "../fixtures/layers.js";
import { BuiltTree, byIdentity } from "./flux-build.js";

const judges = ["flux", "kustomize"] as const;
const absent = partStatuses(judges)
  .filter(({ present }) => !present)
  .map(({ name }) => name);
const allowMissing = process.env["PULUMI_FLUX_FLEET_ALLOW_MISSING"] === "1";
const skip = absent.length > 0 && allowMissing ? `not built: ${absent.join(", ")}` : false;

/** Objects of hand-written files, which the fleet does not list. */
const foreign: ReadonlySet<string> = new Set(["CustomResourceDefinition", "ResourceQuota"]);

function ours(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return objects.filter(({ kind }) => !foreign.has(kind));
}

describe("a rendered layer, judged by kustomize and Flux,", { skip }, () => {
  let tree: BuiltTree;
  before(() => {
    const context = fleetContext({ directories: layeredFiles });
    tree = new BuiltTree(renderFleet("acme", layeredFleet(), context), layeredFiles);
  });
  after(() => {
    tree.remove();
  });

  const places = [
    ["eu-1", "infrastructure"],
    ["eu-2", "infrastructure"],
    ["test-1", "infrastructure"],
    ["eu-1", "apps"],
    ["eu-2", "apps"],
  ] as const;
  for (const [cluster, layer] of places) {
    it(`is what the manifests say: ${layer} on ${cluster}`, () => {
      const built = byIdentity(ours(tree.built(cluster, layer)));
      assert.ok(built.size >= 2);
      assert.deepEqual(built, byIdentity(tree.listed(cluster, layer)));
    });
  }

  it("lists by kustomize exactly the objects of its environment", () => {
    for (const [cluster, layer] of places) {
      const built = ours(tree.kustomized(tree.kustomization(cluster, layer).spec.path));
      assert.deepEqual(
        [...byIdentity(built).keys()],
        [...byIdentity(tree.listed(cluster, layer)).keys()],
      );
    }
  });

  it("is what any merge patch of a ring makes of any object", () => {
    const keys = fc.constantFrom("a", "b", "c/d", "e~f", "~1", "g.h", "${A}", "$$", "", "-");
    const leaves = fc.constantFrom<unknown>(
      null,
      true,
      0,
      -7,
      "x",
      "${A}",
      "yes",
      "",
      "1",
      "a\nb\n",
    );
    const { value } = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaves,
        tie("map"),
        fc.array(fc.oneof({ maxDepth: 1 }, leaves, tie("map")), { maxLength: 3 }),
      ),
      map: fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    }));
    const map = fc.dictionary(keys, value, { maxKeys: 5, noNullPrototype: true });
    const things = fc.array(fc.tuple(map, map), { minLength: 30, maxLength: 40 });
    fc.assert(
      fc.property(things, (pairs) => {
        const names = pairs.map((_, index) => `thing-${String(index)}`);
        const objects = pairs.map(([spec], index) => ({
          apiVersion: "example.com/v1",
          kind: "Thing",
          metadata: { name: names[index] ?? "", namespace: "flux-system" },
          spec,
        }));
        const patches = pairs.map(([, spec], index) => ({
          target: { kind: "Thing", name: names[index] ?? "" },
          patch: { spec },
        }));
        const clusters = [cluster("eu", { environment: "production", variables: { V: "v" } })];
        const one = layer("one", {
          clusters: "all",
          base: { objects },
          overrides: { rings: { production: { patches } } },
        });
        const fleet = renderFleet("acme", someFleet({ clusters, layers: [one] }), fleetContext());
        const built = new BuiltTree(fleet);
        try {
          assert.deepEqual(
            byIdentity(built.built("eu", "one")),
            byIdentity(built.listed("eu", "one")),
          );
        } finally {
          built.remove();
        }
      }),
      { numRuns: 5, endOnFailure: true, includeErrorInReport: true },
    );
  });

  it("has each object in the file that the manifests name", () => {
    for (const { part, path, object } of tree.fleet.manifests) {
      if (!part.startsWith("layer ") || object.apiVersion.startsWith("kustomize.")) continue;
      const file = tree.fleet.files.find((one) => one.path === path);
      const found = parseAllDocuments(file?.text ?? "").map((one) => one.toJS() as typeof object);
      assert.deepEqual(
        found.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        [`${object.kind} ${object.metadata.name}`],
      );
    }
  });

  it("changes a directory that Flux applies by itself as its layer says", () => {
    const data = (cluster: string): unknown => tree.built(cluster, "legacy")[0]?.["data"];
    assert.deepEqual(data("eu-1"), { region: "eu-west-1", mode: "old", by: "old" });
    assert.deepEqual(data("eu-2"), {
      ...{ region: "eu-central-1", mode: "new" },
      ...{ by: "new", cost: "$${1}", text: "a\nb\n" },
    });
  });

  it("takes hand-written directories in, with the patches and variables of the layer", () => {
    const quota = (cluster: string): KubernetesObject | undefined =>
      tree.built(cluster, "infrastructure").find(({ kind }) => kind === "ResourceQuota");
    assert.deepEqual(quota("eu-1")?.metadata, {
      name: "ingress",
      namespace: "ingress",
      labels: { region: "eu-west-1", tier: "gold" },
    });
    assert.deepEqual(quota("eu-2")?.["spec"], { hard: { pods: "${PODS}" } });
    assert.equal(quota("test-1"), undefined);
    const kinds = tree.built("test-1", "infrastructure").map(({ kind }) => kind);
    assert.ok(kinds.includes("CustomResourceDefinition"));
  });
});
