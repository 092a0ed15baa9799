import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HeldObject } from "../../graph/changes/moves.js";
import { moveFindings } from "../../graph/changes/moves.js";

function held(name: string, kustomization: string, more: Partial<HeldObject> = {}): HeldObject {
  return {
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } },
    cluster: "eu",
    kustomization: `flux-system/${kustomization}`,
    part: `layer "${kustomization}"`,
    ...more,
  };
}

describe("an object", () => {
  it("that another Kustomization would apply is refused with the two steps", () => {
    const [finding, ...others] = moveFindings([held("a", "old")], [held("a", "new")]);
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "OBJECT_MOVED");
    assert.equal(finding.path, 'Layer "new": ConfigMap default/a');
    assert.match(finding.problem, /"flux-system\/old" to "flux-system\/new"/);
    assert.match(finding.remedy, /prune: disabled`, run `up`, .*Then move it/);
  });

  it("may move when it is not pruned", () => {
    const object = {
      ...held("a", "old").object,
      metadata: {
        name: "a",
        namespace: "default",
        annotations: { "kustomize.toolkit.fluxcd.io/prune": "Disabled" },
      },
    };
    assert.deepEqual(
      moveFindings([held("a", "old", { object })], [held("a", "new", { object })]),
      [],
    );
  });

  it("may stay, go, or be on another cluster", () => {
    const before = [held("stays", "old"), held("goes", "old"), held("other", "old")];
    const after = [held("stays", "old"), held("other", "new", { cluster: "us" })];
    assert.deepEqual(moveFindings(before, after), []);
  });

  it("is named once, with all of its clusters", () => {
    const on = (kustomization: string) =>
      ["eu", "us"].map((cluster) => held("a", kustomization, { cluster }));
    const found = moveFindings(on("old"), on("new"));
    assert.equal(found.length, 1);
    assert.match(found[0]?.problem ?? "", /On "eu", "us"/);
  });
});
