import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import type { FleetDeclaration, KubernetesObject, LayerPart } from "../../core.js";
import { layer, renderFleet } from "../../core.js";
import { movedObjects } from "../../components/fleet/wiring/moved-objects.js";
import type { RenderedFleet } from "../../core.js";
import type { FleetRecord } from "../../graph/changes/ownership.js";
import { planChange, publish, readHead } from "../../repository/index.js";
import type { Declaration } from "../../repository/index.js";
import { fleetContext, someFleet } from "../fixtures/fleets.js";
import { workbench } from "../repository/workbench.js";

function map(name: string, annotations?: Record<string, string>): KubernetesObject {
  const metadata = { name, namespace: "default", ...(annotations ? { annotations } : {}) };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } };
}

function made(name: string, ...objects: readonly KubernetesObject[]): LayerPart<string> {
  return layer(name, { clusters: "all", base: { objects } });
}

function rendered(layers: readonly LayerPart<string>[], record?: FleetRecord): RenderedFleet {
  const fleet: FleetDeclaration = someFleet({ layers, removal: { reason: "a test" } });
  return renderFleet("acme", fleet, fleetContext({ record }));
}

function declared({ owner, files, record }: RenderedFleet): Declaration {
  return { owner, renderer: "test 1", files, record };
}

/** Commits the first layers to a real repository; `CODE path` of what is found about the next ones. */
async function moved(
  t: TestContext,
  before: readonly LayerPart<string>[],
  after: readonly LayerPart<string>[],
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { remote } = await workbench(t, files);
  const first = rendered(before);
  await publish(remote, "acme", declared(first));
  const reader = await readHead(remote, "acme");
  try {
    const next = rendered(after, first.record);
    const plan = await planChange(reader, declared(next));
    const found = await movedObjects({ record: first.record, reader }, plan, next);
    return found.map(({ code, path }) => `${code} ${path}`);
  } finally {
    await reader.dispose();
  }
}

describe("an object of a layer", () => {
  it("cannot move to another layer in one commit", async (t) => {
    const before = [made("one", map("a"), map("b")), made("two", map("c"))];
    const after = [made("one", map("b")), made("two", map("a"), map("c"))];
    assert.deepEqual(await moved(t, before, after), [
      'OBJECT_MOVED Layer "two": ConfigMap default/a',
    ]);
  });

  it("can when it is not pruned, and can go or change where it is", async (t) => {
    const kept = { "kustomize.toolkit.fluxcd.io/prune": "disabled" };
    const before = [made("one", map("a", kept), map("b"), map("x")), made("two", map("c"))];
    const after = [made("one", map("x", { b: "c" })), made("two", map("a", kept), map("c"))];
    assert.deepEqual(await moved(t, before, after), []);
  });

  it("moves when its whole directory becomes that of another layer", async (t) => {
    const at = (name: string): LayerPart<string> =>
      layer(name, { clusters: "all", directory: "./infra" });
    const files = {
      "infra/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
    };
    assert.deepEqual(await moved(t, [at("old")], [at("new")], files), [
      'OBJECT_MOVED Layer "new": ConfigMap default/a',
    ]);
    assert.deepEqual(await moved(t, [at("old")], [at("old")], files), []);
  });
});
