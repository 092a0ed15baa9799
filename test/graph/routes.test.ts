import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject } from "../../core.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import { codesOf, object, placed, placedCluster, textOf } from "../fixtures/placed.js";

const chat = object("Provider", "chat", { type: "slack", address: "https://slack.com/api" });

function alertOf(sources: readonly object[], more: object = {}): KubernetesObject {
  return object("Alert", "alert", {
    providerRef: { name: "chat" },
    eventSources: sources,
    ...more,
  });
}

function receiverOf(...resources: readonly object[]): KubernetesObject {
  const spec = { type: "generic", secretRef: { name: "token" }, resources };
  const made = object("Receiver", "push", spec);
  return { ...made, apiVersion: "notification.toolkit.fluxcd.io/v1" };
}

const withToken = { secrets: [{ name: "token", namespace: "flux-system" }] };

describe("an Alert", () => {
  it("for all objects of a kind is silent when its Namespace has none, and is told where they are", () => {
    const releases = alertOf([{ kind: "HelmRelease", name: "*" }]);
    const release = object("HelmRelease", "apps/web", { serviceAccountName: "default" });
    const apps = object("Namespace", "apps");
    const found = placedFindings([placedCluster(placed([chat, releases, apps, release]))]);
    const [silent] = found.filter(({ code }) => code === "UNROUTED_EVENTS");
    assert.equal(silent?.severity, "warning");
    assert.match(silent.remedy, /They are in "apps"/);
    const sources = alertOf([
      { kind: "HelmRelease", name: "*" },
      { kind: "GitRepository", name: "*" },
    ]);
    assert.deepEqual(codesOf([chat, sources]), []);
    assert.deepEqual(codesOf([chat, releases], { complete: false }), []);
    const external = [{ kind: "HelmRelease", name: "web", namespace: "flux-system" }];
    assert.deepEqual(codesOf([chat, releases], { external }), []);
  });

  it("cannot listen to all objects of another Namespace under lockdown", () => {
    const elsewhere = alertOf([
      { kind: "GitRepository", name: "*" },
      { kind: "Kustomization", name: "*", namespace: "apps" },
    ]);
    assert.deepEqual(codesOf([chat, elsewhere]), [
      "CROSS_NAMESPACE_REFERENCE Alert flux-system/alert: spec.eventSources[1]",
    ]);
    assert.deepEqual(codesOf([chat, elsewhere], { lockdown: false }), []);
  });

  it("that sends only failures to a commit leaves it red for ever", () => {
    const status = object("Provider", "chat", {
      type: "github",
      address: "https://github.com/a/b",
    });
    const sources = [{ kind: "GitRepository", name: "*" }];
    const failures = alertOf(sources, { eventSeverity: "error" });
    assert.deepEqual(codesOf([status, failures]), [
      "UNROUTED_EVENTS Alert flux-system/alert: spec.eventSeverity",
    ]);
    assert.deepEqual(codesOf([status, alertOf(sources)]), []);
    assert.deepEqual(codesOf([chat, failures]), []);
  });
});

describe("a Provider", () => {
  it("that no Alert of its Namespace names gets a warning", () => {
    assert.deepEqual(codesOf([chat]), ["UNROUTED_EVENTS Provider flux-system/chat"]);
  });

  it("gives commits one status for all clusters only with a warning that names them", () => {
    const expression = (commitStatusExpr: string) => {
      const spec = { type: "github", address: "https://github.com/a/b", commitStatusExpr };
      return placed([
        object("Provider", "chat", spec),
        alertOf([{ kind: "GitRepository", name: "*" }]),
      ]);
    };
    const findings = (one: string, other = one) =>
      placedFindings([
        placedCluster(expression(one)),
        placedCluster(expression(other), { name: "us" }),
      ]);
    const [found, ...more] = findings("event.involvedObject.name.lowerAscii()");
    assert.deepEqual(more, []);
    assert.equal(found?.code, "UNROUTED_EVENTS");
    assert.match(found.problem, /"eu", "us"/);
    assert.deepEqual(findings("('eu/' + event.involvedObject.name).lowerAscii()", "'us/'"), []);
    assert.deepEqual(findings("provider.metadata.uid.lowerAscii()"), []);
    assert.deepEqual(findings("event.metadata.cluster.lowerAscii()"), []);
  });
});

describe("a Receiver", () => {
  it("whose hook would fail when it is called is refused", () => {
    const label = { matchLabels: { a: "b" } };
    const source = { kind: "GitRepository", name: "flux-system" };
    const broken = receiverOf(
      { kind: "GitRepository", name: "*" },
      { kind: "Kustomization", name: "*", ...label },
    );
    assert.deepEqual(codesOf([broken], withToken), [
      "UNROUTED_EVENTS Receiver flux-system/push: spec.resources[0]",
      "UNROUTED_EVENTS Receiver flux-system/push: spec.resources[1]",
    ]);
    assert.match(textOf([broken]), /Set `apiVersion`/);
    const apiVersion = "kustomize.toolkit.fluxcd.io/v1";
    const fine = receiverOf(source, { kind: "Kustomization", name: "*", apiVersion, ...label });
    assert.deepEqual(codesOf([fine], withToken), []);
  });

  it("cannot ask for all objects of another Namespace under lockdown", () => {
    const elsewhere = receiverOf({
      ...{ kind: "GitRepository", name: "*", namespace: "apps" },
      matchLabels: { a: "b" },
    });
    assert.deepEqual(codesOf([elsewhere], withToken), [
      "CROSS_NAMESPACE_REFERENCE Receiver flux-system/push: spec.resources[0]",
    ]);
  });
});
