import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FleetError, variable } from "../../core.js";
import { fleetContext, findingsOf } from "../fixtures/fleets.js";
import { config, findings, fleet, patch } from "../fixtures/one-layer.js";

describe("hand-written directories of a rendered layer", () => {
  const list = "resources: [a.yaml]\n";
  const written = (text: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: w, namespace: flux-system}\ndata: {x: '${text}'}\n`;
  const args = {
    base: { objects: [config("a")], directories: ["./x"] },
    variables: { REGION: "west" },
  };

  it("are fine with variables that have a value or a default, and with escapes", () => {
    const text = written("${REGION} ${OTHER:=y} $${HOME} $PATH ${REGION/w/e}");
    assert.deepEqual(findings(args, { "x/kustomization.yaml": list, "x/a.yaml": text }), []);
  });

  it("must have a list of their own", () => {
    assert.deepEqual(findings(args, { "x/a.yaml": written("y") }), [
      'UNREADABLE_DIRECTORY Layer "one": x',
    ]);
  });

  it("must exist", () => {
    assert.deepEqual(findings(args, { "y/a.yaml": written("y") }), [
      'DANGLING_REFERENCE Layer "one": base.directories[0]',
    ]);
  });

  const broken: Readonly<Record<string, readonly [string, string]>> = {
    "a misspelt variable": ["${REGOIN}", "UNSET_VARIABLE"],
    "one inside of a default": ["${A:=${B}}", "UNSET_VARIABLE"],
    "one that is only changed": ["${A^^}", "UNSET_VARIABLE"],
    "a form that Flux cannot read": ["${foo.bar}", "BROKEN_SUBSTITUTION"],
    "a form that bash has and Flux has not": ["${REGION-x}", "BROKEN_SUBSTITUTION"],
    "one that does not end": ["${REGION", "BROKEN_SUBSTITUTION"],
  };
  for (const [title, [text, code]] of Object.entries(broken)) {
    it(`are refused with ${title}`, () => {
      const tree = { "x/kustomization.yaml": list, "x/a.yaml": written(text) };
      assert.deepEqual(findings(args, tree), [
        `${code} Layer "one": x/a.yaml: ConfigMap flux-system/w: data.x`,
      ]);
    });
  }

  it("are named the nearest variables in the remedy", () => {
    const directories = new Map([
      ["x/kustomization.yaml", list],
      ["x/a.yaml", written("${REGOIN}")],
    ]);
    const [finding] = findingsOf(fleet(args), fleetContext({ directories }));
    assert.match(finding?.problem ?? "", /"REGOIN" has no value on "eu", "test", "us"/);
    assert.match(finding?.remedy ?? "", /"REGION"/);
  });

  it("must hold what a patch is for, when no object of the program is", () => {
    const tree = { "x/kustomization.yaml": list, "x/a.yaml": written("y") };
    const patched = (name: string): readonly string[] =>
      findings({ ...args, patches: [patch({ x: "z" }, name)] }, tree);
    assert.deepEqual(patched("w"), []);
    assert.deepEqual(patched("v"), ['PATCH_UNUSED Layer "one": patches[0].target']);
  });

  it("are not passed over by a patch that also is for objects of the program", () => {
    const tree = { "x/kustomization.yaml": list, "x/a.yaml": written("y") };
    const both = [{ target: { kind: "ConfigMap" }, patch: { data: { x: "z" } } }];
    assert.deepEqual(findings({ ...args, patches: both }, tree), [
      'PATCH_UNUSED Layer "one": patches[0].target',
    ]);
  });
});

describe("variable()", () => {
  it("refuses what Flux cannot substitute", () => {
    for (const name of ["", "1A", "A-B", "Ä", "A\u{10ffff}"]) {
      assert.throws(
        () => variable(name),
        (error) => FleetError.is(error) && error.code === "INVALID_VARIABLE",
      );
    }
  });
});
