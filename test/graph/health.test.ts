import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject } from "../../core.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import {
  codesOf,
  kustomization,
  placed,
  placedCluster,
  release,
  textOf,
} from "../fixtures/placed.js";

const waits = (name: string): object => ({ dependsOn: [{ name }] });

describe("a dependency", () => {
  it("that is suspended is told: it never says anything of a new commit", () => {
    const stopped = kustomization("infra", { suspend: true });
    const found = ["DEPENDENCY_NOT_AWAITED Kustomization flux-system/apps: spec.dependsOn[0]"];
    assert.deepEqual(codesOf([stopped, kustomization("apps", waits("infra"))]), found);
    assert.match(textOf([stopped, kustomization("apps", waits("infra"))]), /waits for ever/);
    const condition = { dependsOn: [{ name: "infra", readyExpr: "dep.a == 1" }] };
    assert.deepEqual(codesOf([stopped, kustomization("apps", condition)]), found);
  });

  it("on a release is told when Helm does not wait for what it installs", () => {
    const after = (more: object): readonly string[] =>
      codesOf([release("db", more), release("web", waits("db"))]);
    const found = ["DEPENDENCY_NOT_AWAITED HelmRelease flux-system/web: spec.dependsOn[0]"];
    assert.deepEqual(after({ install: { disableWait: true } }), found);
    assert.deepEqual(after({ upgrade: { disableWait: true } }), found);
    assert.deepEqual(after({ upgrade: { disableWait: false } }), []);
  });
});

describe("a health check that Flux does not look at", () => {
  const check = { apiVersion: "v1", kind: "ServiceAccount", name: "default", namespace: "default" };
  const expression = { apiVersion: "example.com/v1", kind: "Widget", current: "status.ok == true" };

  it("is named with the field", () => {
    assert.deepEqual(codesOf([kustomization("a", { wait: true, healthChecks: [check] })]), [
      "HEALTH_CHECK_IGNORED Kustomization flux-system/a: spec.healthChecks",
    ]);
    assert.deepEqual(
      codesOf([kustomization("a", { wait: false, healthCheckExprs: [expression] })]),
      ["HEALTH_CHECK_IGNORED Kustomization flux-system/a: spec.healthCheckExprs"],
    );
  });

  it("is not one that has what it needs", () => {
    const used = [
      { wait: true, healthCheckExprs: [expression] },
      { wait: false, healthChecks: [check], healthCheckExprs: [expression] },
    ];
    for (const more of used) assert.deepEqual(codesOf([kustomization("a", more)]), []);
  });
});

describe("a timeout", () => {
  const found = "TIMEOUT_TOO_SHORT Kustomization flux-system/a: spec.timeout";

  it("below 30 seconds is told, and a missing one that comes to no more", () => {
    assert.deepEqual(codesOf([kustomization("a", { interval: "1h", timeout: "29s" })]), [found]);
    assert.deepEqual(codesOf([kustomization("a", { interval: "1m" })]), [found]);
    assert.match(textOf([kustomization("a", { interval: "1m" })]), /interval less 30s/);
    for (const more of [{ interval: "2m" }, { interval: "1m", timeout: "30s" }, { wait: false }]) {
      assert.deepEqual(
        codesOf([kustomization("a", { interval: "1m", ...more })]),
        [],
        JSON.stringify(more),
      );
    }
  });

  /** What is found of an object that Kustomization `base` applies. */
  const within = (outer: object, inner: KubernetesObject): readonly string[] => {
    const root = { kustomization: "flux-system/flux-system" };
    const base = placed([kustomization("base", { interval: "1h", ...outer })], root);
    return placedFindings([placedCluster([...base, ...placed([inner])])]).map(
      ({ code, path }) => `${code} ${path}`,
    );
  };

  it("of a release is told when what waits for it gives up before", () => {
    const long = release("db", { timeout: "10m" });
    const told = ['TIMEOUT_TOO_SHORT Layer "base": HelmRelease flux-system/db: spec.timeout'];
    assert.deepEqual(within({ timeout: "5m" }, long), told);
    assert.deepEqual(within({ timeout: "10m" }, long), []);
    assert.deepEqual(within({ timeout: "5m", wait: false }, long), []);
  });

  it("of a nested Kustomization is told in the same way, if it looks at health itself", () => {
    const nested = (wait: boolean): KubernetesObject =>
      kustomization("inner", { interval: "1h", timeout: "10m", wait });
    const told = ['TIMEOUT_TOO_SHORT Layer "base": Kustomization flux-system/inner: spec.timeout'];
    assert.deepEqual(within({ timeout: "5m" }, nested(true)), told);
    assert.deepEqual(within({ timeout: "5m" }, nested(false)), []);
  });
});
