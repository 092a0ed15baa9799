import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imagePolicyMarker } from "../../manifests/index.js";
import type { KubernetesObject } from "../../core.js";
import { markersIn } from "../../graph/references/references.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import {
  codesOf,
  fleetSource,
  kustomization,
  object,
  placed,
  placedCluster,
  release,
  textOf,
} from "../fixtures/placed.js";

describe("dependencies", () => {
  const needs = (name: string, ...on: readonly string[]): KubernetesObject =>
    kustomization(name, { dependsOn: on.map((other) => ({ name: other })) });

  it("in a circle are found with the whole walk", () => {
    const objects = [needs("a", "b"), needs("b", "c"), needs("c", "a"), needs("d", "a")];
    assert.deepEqual(codesOf(objects), [
      "DEPENDENCY_CYCLE Kustomization flux-system/a: spec.dependsOn",
    ]);
    const text = textOf(objects);
    assert.match(text, /flux-system\/a -> flux-system\/b -> flux-system\/c -> flux-system\/a/);
    assert.match(text, /no condition says/);
    assert.match(text, /1712/);
  });

  it("of releases are a graph of their own", () => {
    const depends = (name: string, on: string): KubernetesObject =>
      release(name, { dependsOn: [{ name: on }] });
    assert.deepEqual(codesOf([depends("a", "b"), depends("b", "a"), needs("a"), needs("b", "a")]), [
      "DEPENDENCY_CYCLE HelmRelease flux-system/a: spec.dependsOn",
    ]);
  });

  it("on the Kustomization that waits for the one it applies are a circle", () => {
    const child = placed([needs("child", "base")]);
    const parent = (wait: boolean) =>
      placed([kustomization("base", { wait })], { kustomization: "flux-system/flux-system" });
    const codes = (wait: boolean): readonly string[] =>
      placedFindings([placedCluster([...child, ...parent(wait)])]).map(({ code }) => code);
    assert.deepEqual(codes(true), ["DEPENDENCY_CYCLE"]);
    assert.deepEqual(codes(false), ["DEPENDENCY_NOT_AWAITED"]);
  });
});

describe("readiness", () => {
  it("of a dependency means health only with wait, health checks or an expression", () => {
    const needs = (to: object, more: object = {}): readonly string[] =>
      codesOf([
        kustomization("infra", { wait: false, ...more }),
        kustomization("apps", { dependsOn: [{ name: "infra", ...to }] }),
      ]);
    const found = ["DEPENDENCY_NOT_AWAITED Kustomization flux-system/apps: spec.dependsOn[0]"];
    assert.deepEqual(needs({}), found);
    assert.deepEqual(needs({ readyExpr: "true" }), []);
    assert.deepEqual(needs({}, { wait: true }), []);
    const check = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      name: "default",
      namespace: "default",
    };
    assert.deepEqual(needs({}, { healthChecks: [check] }), []);
  });

  it("of a release comes back after a failed upgrade, and after a failed install only if asked", () => {
    const chart = { chart: { spec: { chart: "./app", sourceRef: fleetSource } } };
    const upgrade = { remediation: { retries: 3 } };
    assert.deepEqual(codesOf([release("a", { ...chart, upgrade })]), [
      "INSTALL_NOT_RETRIED HelmRelease flux-system/a: spec.install",
    ]);
    const install = { strategy: { name: "RetryOnFailure" } };
    assert.deepEqual(
      codesOf([release("a", { ...chart, upgrade, install }), release("b", chart)]),
      [],
    );
  });
});

describe("a setter marker", () => {
  const marked = object("ConfigMap", "a", {}, {});
  const withMarker = (namespace: string, name: string): KubernetesObject => ({
    ...marked,
    data: { image: imagePolicyMarker({ namespace, name }, "x:1") },
  });
  const policy = object("ImagePolicy", "web", {
    imageRepositoryRef: { name: "web" },
    policy: { semver: { range: "1.x" } },
  });
  const repository = object("ImageRepository", "web");
  const automation = object("ImageUpdateAutomation", "all", { sourceRef: fleetSource });

  it("is fine when its policy and an automation are on some cluster", () => {
    const one = placedCluster(placed([policy, repository, automation]), { name: "one" });
    const two = placedCluster(placed([withMarker("flux-system", "web")]), { name: "two" });
    assert.deepEqual(placedFindings([one, two]), []);
  });

  it("without its policy is found, because Flux is silent", () => {
    const objects = [policy, repository, automation, withMarker("flux-system", "wbe")];
    assert.deepEqual(codesOf(objects), ["DANGLING_REFERENCE ConfigMap flux-system/a: data.image"]);
    assert.match(textOf(objects), /Ready and never updates.*There is flux-system\/web;/);
  });

  it("without an automation in the Namespace of its policy is found", () => {
    assert.deepEqual(codesOf([policy, repository, withMarker("flux-system", "web")]), [
      "DANGLING_REFERENCE ConfigMap flux-system/a: data.image",
    ]);
  });

  it("is read from comments of hand-written files", () => {
    const text = 'a: b # {"$imagepolicy": "flux-system:web:tag"}\nc: \'{"$imagepolicy": "x:y"}\'\n';
    assert.deepEqual(markersIn(text), [{ at: "line 1", namespace: "flux-system", name: "web" }]);
    const markers = markersIn(text).map((use) => ({ ...use, file: "base/a.yaml", part: "layer" }));
    assert.deepEqual(codesOf([], { markers }), ["DANGLING_REFERENCE Layer: base/a.yaml: line 1"]);
  });
});
