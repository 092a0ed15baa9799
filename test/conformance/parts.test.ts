import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubernetesObject } from "../../core.js";
import { renderFleet } from "../../core.js";
import { partStatuses } from "../../lab/parts/index.js";
import { isPlainObject } from "../../manifests/printable.js";
import { isSetterMarked } from "../../manifests/index.js";
import { fleetContext } from "../fixtures/fleets.js";
import { partsFleet } from "../fixtures/parts.js";
import { BuiltTree, byIdentity } from "./flux-build.js";

const judges = ["flux", "kustomize"] as const;
const absent = partStatuses(judges)
  .filter(({ present }) => !present)
  .map(({ name }) => name);
const allowMissing = process.env["PULUMI_FLUX_FLEET_ALLOW_MISSING"] === "1";
const skip = absent.length > 0 && allowMissing ? `not built: ${absent.join(", ")}` : false;

/** A marker is a comment: whoever reads the file sees the value. */
function asRead(value: unknown): unknown {
  if (isSetterMarked(value)) return value.value;
  if (Array.isArray(value)) return value.map(asRead);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asRead(item)]));
}

describe("parts of Flux in a rendered tree, judged by kustomize and Flux,", { skip }, () => {
  let tree: BuiltTree;
  before(() => {
    tree = new BuiltTree(renderFleet("acme", partsFleet(), fleetContext()));
  });
  after(() => {
    tree.remove();
  });

  const listed = (cluster: string, name: string): ReadonlyMap<string, unknown> =>
    byIdentity(tree.listed(cluster, name).map((one) => asRead(one) as KubernetesObject));

  for (const [cluster, name, kinds] of [
    ["eu-1", "infrastructure", ["HelmRelease", "OCIRepository"]],
    ["eu-2", "infrastructure", ["HelmRelease", "OCIRepository"]],
    ["test-1", "infrastructure", ["Alert", "Bucket", "HelmRelease"]],
    ["eu-1", "shop", ["HelmRelease", "HelmRepository", "Provider", "Receiver"]],
    ["eu-2", "shop", ["HelmRelease", "ImagePolicy", "ImageUpdateAutomation"]],
  ] as const) {
    it(`are what the manifests say: ${name} on ${cluster}`, () => {
      const built = tree.built(cluster, name);
      const found = new Set(built.map(({ kind }) => kind));
      for (const kind of kinds) assert.ok(found.has(kind), kind);
      assert.deepEqual(byIdentity(built), listed(cluster, name));
    });
  }

  it("are applied by the root of their cluster", () => {
    for (const cluster of ["eu-1", "test-1"]) {
      const { path } = tree.kustomization(cluster, "flux-system").spec;
      assert.deepEqual(byIdentity(tree.kustomized(path)), listed(cluster, "flux-system"));
    }
  });
});
