import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkObject, supportedLines } from "../../api/index.js";
import type { CheckOptions } from "../../api/index.js";
import { imagePolicyMarker } from "../../manifests/marker.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import { brokenObjects, kustomization, other, release } from "../fixtures/broken-objects.js";
import { everyKind } from "../fixtures/every-kind.js";

describe("an object of Flux", () => {
  for (const { about, object, flux = "2.9.4", code, path, says } of brokenObjects) {
    it(`is refused for ${about}`, () => {
      const findings = checkObject(object, flux, 'layer "apps"');
      const found = findings.filter((finding) => finding.path === `layer "apps": ${path}`);
      assert.deepEqual(
        found.map((finding) => finding.code),
        [code],
      );
      assert.match(`${String(found[0]?.problem)} ${String(found[0]?.remedy)}`, says);
    });
  }

  it("has all its findings at once", () => {
    const object = release({ maxHistory: "5", timeot: "1m", interval: "5" });
    assert.deepEqual(
      checkObject(object, "2.9.4", "").map(({ path }) => path),
      ["spec.interval", "spec.maxHistory", "spec.timeot"],
    );
  });

  it("may leave out what has a default", () => {
    const spec = { image: "registry.example.com/app", interval: "1m" };
    const object = other("image.toolkit.fluxcd.io/v1", "ImageRepository", spec);
    assert.deepEqual(checkObject(object, "2.9.4", ""), []);
  });

  it("may say null for what may be left out, which an API server drops", () => {
    const object = kustomization({ decryption: null, postBuild: { substitute: { A: null } } });
    assert.deepEqual(checkObject(object, "2.9.4", ""), []);
    const paths = checkObject(kustomization({ prune: null, typo: null }), "2.9.4", "");
    assert.deepEqual(
      paths.map(({ path }) => path),
      ["spec.typo", "spec.prune"],
    );
  });

  it("may have any values for its chart, and any status", () => {
    const values = { a: [1, null, { "b.c": "d" }], replicas: 2 };
    const object = { ...release({ values }), status: { anything: 1 } };
    assert.deepEqual(checkObject(object, "2.9.4", ""), []);
  });

  it("may have a field that is undefined, which is not there", () => {
    assert.deepEqual(checkObject(kustomization({ typo: undefined }), "2.9.4", ""), []);
  });

  it("may have a marker where text belongs, and is judged by the text", () => {
    const marked = (value: string): KubernetesObject =>
      kustomization({ timeout: imagePolicyMarker({ namespace: "apps", name: "app" }, value) });
    assert.deepEqual(checkObject(marked("1m"), "2.9.4", ""), []);
    assert.equal(checkObject(marked("1"), "2.9.4", "").length, 1);
  });

  it("of another group is not looked at", () => {
    const objects = [
      other("apps/v1", "Deployment", { typo: 1 }),
      other("v1", "Secret"),
      other("fluxcd.controlplane.io/v1", "ResourceSet"),
      other("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ];
    assert.deepEqual(
      objects.flatMap((object) => checkObject(object, "2.9.4", "")),
      [],
    );
  });

  it("is checked against the newest line when the cluster is beyond it", () => {
    const object = kustomization({ buildMetadata: ["originAnnotations"], fromTheFuture: 1 });
    assert.deepEqual(
      checkObject(object, "2.11.0", "").map(({ code, path }) => `${code} ${path}`),
      ["UNKNOWN_FIELD spec.fromTheFuture"],
    );
  });

  it("never shows a value that may hold a password", () => {
    const address = "ftp://user:hunter2@example.com";
    const objects = [
      other("source.toolkit.fluxcd.io/v1", "GitRepository", { url: address, interval: "1m" }),
      other("notification.toolkit.fluxcd.io/v1beta3", "Provider", {
        type: "slack",
        proxy: address,
      }),
    ];
    const findings = objects.flatMap((object) => checkObject(object, "2.9.4", ""));
    assert.equal(findings.length, 2);
    assert.ok(!JSON.stringify(findings).includes("hunter2"));
  });
});

describe("an object that is not complete", () => {
  const check = (spec: object, options: CheckOptions): readonly string[] =>
    checkObject(kustomization(spec), "2.9.4", "", options).map(({ path }) => path);

  it("may have variables anywhere when they are substituted", () => {
    const spec = {
      interval: "${INTERVAL}",
      prune: "${PRUNE}",
      deletionPolicy: "${POLICY:=Orphan}",
    };
    assert.deepEqual(check(spec, { variables: true }), []);
    assert.deepEqual(check(spec, {}), ["spec.interval", "spec.prune", "spec.deletionPolicy"]);
  });

  it("may lack what a patch adds, but nothing it has is allowed to be wrong", () => {
    const spec = { interval: undefined, kubeConfig: {}, typo: 1, timeout: "1" };
    assert.deepEqual(check(spec, { partial: true }), ["spec.typo", "spec.timeout"]);
    assert.deepEqual(check({ interval: undefined, kubeConfig: {} }, {}), [
      "spec.kubeConfig",
      "spec.interval",
    ]);
  });
});

describe("one object of every kind", () => {
  for (const line of supportedLines) {
    it(`is accepted by Flux ${line}`, () => {
      const objects = everyKind(line);
      assert.equal(new Set(objects.map(({ kind }) => kind)).size, 15);
      assert.deepEqual(
        objects.flatMap((object) => checkObject(object, line, object.kind)),
        [],
      );
    });
  }

  it("made for the newest line is refused by older ones only for what is newer", () => {
    for (const line of ["2.7", "2.8"]) {
      const findings = everyKind("2.9").flatMap((object) => checkObject(object, line, object.kind));
      assert.ok(findings.length > 10, `only ${findings.length} findings`);
      assert.deepEqual([...new Set(findings.map(({ code }) => code))], ["TOO_NEW_FOR_FLUX"]);
    }
  });
});
