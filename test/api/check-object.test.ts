import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkObject, supportedLines } from "../../api/index.js";
import type { CheckOptions } from "../../api/index.js";
import type { ErrorCode } from "../../errors.js";
import { imagePolicyMarker } from "../../manifests/marker.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import { everyKind } from "../fixtures/every-kind.js";

const metadata = { name: "app", namespace: "apps" };

function release(spec: object, version = "v2"): KubernetesObject {
  const chartRef = { kind: "OCIRepository", name: "app" };
  const given = { interval: "10m", ...("chart" in spec ? {} : { chartRef }), ...spec };
  return {
    apiVersion: `helm.toolkit.fluxcd.io/${version}`,
    kind: "HelmRelease",
    metadata,
    spec: given,
  };
}

function kustomization(spec: object, meta: object = {}): KubernetesObject {
  const sourceRef = { kind: "GitRepository", name: "app" };
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { ...metadata, ...meta },
    spec: { interval: "10m", prune: true, sourceRef, ...spec },
  };
}

function other(apiVersion: string, kind: string, spec: object = {}): KubernetesObject {
  return { apiVersion, kind, metadata, spec };
}

interface Case {
  readonly about: string;
  readonly object: KubernetesObject;
  readonly flux?: string;
  readonly code: ErrorCode;
  readonly path: string;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    about: "a field that came with a newer line",
    object: kustomization({ buildMetadata: ["originAnnotations"] }),
    flux: "2.8.8",
    code: "TOO_NEW_FOR_FLUX",
    path: "spec.buildMetadata",
    says: /"buildMetadata" exists since Flux 2\.9, the cluster runs 2\.8\.8\. Upgrade/,
  },
  {
    about: "a field that came with a newer line although its value is wrong there too",
    object: release({ upgrade: { chartNameChangeStrategy: "Other" } }),
    flux: "2.7.5",
    code: "TOO_NEW_FOR_FLUX",
    path: "spec.upgrade.chartNameChangeStrategy",
    says: /exists since Flux 2\.9/,
  },
  {
    about: "a value that came with a newer line",
    object: other("notification.toolkit.fluxcd.io/v1beta3", "Provider", {
      type: "githubpullrequestcomment",
    }),
    flux: "2.7.5",
    code: "TOO_NEW_FOR_FLUX",
    path: "spec.type",
    says: /"githubpullrequestcomment" is allowed since Flux 2\.8/,
  },
  {
    about: "a field that can be left out only in a newer line",
    object: kustomization({ healthCheckExprs: [{ apiVersion: "a/v1", current: "true" }] }),
    flux: "2.8.8",
    code: "TOO_NEW_FOR_FLUX",
    path: "spec.healthCheckExprs[0].kind",
    says: /"kind" can be left out since Flux 2\.9/,
  },
  {
    about: "a missing field of an entry of a list",
    object: other("source.toolkit.fluxcd.io/v1", "GitRepository", {
      url: "https://git.example.com/a",
      interval: "1m",
      provider: "azure",
      secretRef: { name: "login" },
      include: [{}],
    }),
    code: "MISSING_FIELD",
    path: "spec.include[0].repository",
    says: /GitRepository v1 needs "repository" here\. Add it\./,
  },
  {
    about: "a name that only a newer line allows",
    object: other("source.extensions.fluxcd.io/v1beta1", "ArtifactGenerator", {
      sources: [{ alias: "git", kind: "GitRepository", name: "app" }],
      artifacts: [{ name: "web.app", copy: [{ from: "@git/**", to: "@artifact/" }] }],
    }),
    flux: "2.8.8",
    code: "TOO_NEW_FOR_FLUX",
    path: "spec.artifacts[0].name",
    says: /The value is allowed since Flux 2\.9, the cluster runs 2\.8\.8/,
  },
  {
    about: "an API version that the cluster's line no longer serves",
    object: release({}, "v2beta2"),
    flux: "2.8.8",
    code: "REMOVED_FROM_FLUX",
    path: "apiVersion",
    says: /HelmRelease v2beta2 is gone since Flux 2\.8, .* Write apiVersion helm\.toolkit\.fluxcd\.io\/v2,/,
  },
  {
    about: "an API version that was gone before every known line",
    object: release({}, "v2beta1"),
    code: "REMOVED_FROM_FLUX",
    path: "apiVersion",
    says: /HelmRelease v2beta1 is gone since Flux 2\.7/,
  },
  {
    about: "image automation in the version that 2.9 dropped",
    object: other("image.toolkit.fluxcd.io/v1beta2", "ImageRepository"),
    code: "REMOVED_FROM_FLUX",
    path: "apiVersion",
    says: /ImageRepository v1beta2 is gone since Flux 2\.9, .* image\.toolkit\.fluxcd\.io\/v1,/,
  },
  {
    about: "image automation in the version that only 2.9 dropped, still served in 2.8",
    object: other("image.toolkit.fluxcd.io/v1beta2", "ImageRepository", {
      image: "registry.example.com/app",
      interval: "1m",
    }),
    flux: "2.8.8",
    code: "DEPRECATED_VERSION",
    path: "apiVersion",
    says: /ImageRepository v1beta2 is deprecated and gone in Flux 2\.9\./,
  },
  {
    about: "notifications in a version that was never made",
    object: other("notification.toolkit.fluxcd.io/v1", "Provider", { type: "slack" }),
    code: "UNKNOWN_KIND",
    path: "apiVersion",
    says: /has no Provider v1\. Write apiVersion notification\.toolkit\.fluxcd\.io\/v1beta3,/,
  },
  {
    about: "a misspelt kind",
    object: other("kustomize.toolkit.fluxcd.io/v1", "Kustomisation"),
    code: "UNKNOWN_KIND",
    path: "kind",
    says: /no kind "Kustomisation" .* Did you mean Kustomization of kustomize\.toolkit\.fluxcd\.io\/v1\?/,
  },
  {
    about: "a kind in another group",
    object: other("source.toolkit.fluxcd.io/v1beta1", "ArtifactGenerator"),
    code: "UNKNOWN_KIND",
    path: "kind",
    says: /Did you mean ArtifactGenerator of source\.extensions\.fluxcd\.io\/v1beta1\?/,
  },
  {
    about: "a kind that is like no other",
    object: other("helm.toolkit.fluxcd.io/v2", "Pipeline"),
    code: "UNKNOWN_KIND",
    path: "kind",
    says: /Use one of HelmRelease\./,
  },
  {
    about: "a misspelt field",
    object: release({ rolback: {} }),
    code: "UNKNOWN_FIELD",
    path: "spec.rolback",
    says: /HelmRelease v2 has no field "rolback" here\. Did you mean "rollback"\?/,
  },
  {
    about: "a field in the wrong place",
    object: release({ upgrade: { rollback: {} } }),
    code: "UNKNOWN_FIELD",
    path: "spec.upgrade.rollback",
    says: /Use one of chartNameChangeStrategy, cleanupOnFail, /,
  },
  {
    about: "a field beside spec",
    object: { ...kustomization({}), data: {} },
    code: "UNKNOWN_FIELD",
    path: "data",
    says: /no field "data"/,
  },
  {
    about: "a field of the metadata",
    object: kustomization({}, { label: {} }),
    code: "UNKNOWN_FIELD",
    path: "metadata.label",
    says: /Did you mean "labels"\?/,
  },
  {
    about: "a label that is no text",
    object: kustomization({}, { labels: { "example.com/on": true } }),
    code: "INVALID_FIELD",
    path: 'metadata.labels["example.com/on"]',
    says: /It is a boolean\. Give a string\./,
  },
  {
    about: "a missing field",
    object: kustomization({ prune: undefined }),
    code: "MISSING_FIELD",
    path: "spec.prune",
    says: /Kustomization v1 needs "prune" here/,
  },
  {
    about: "a value of the wrong type",
    object: kustomization({ timeout: 30 }),
    code: "INVALID_FIELD",
    path: "spec.timeout",
    says: /It is a number\. Give a string\./,
  },
  {
    about: "a map where a list belongs",
    object: kustomization({ dependsOn: { name: "base" } }),
    code: "INVALID_FIELD",
    path: "spec.dependsOn",
    says: /It is an object\. Give a list\./,
  },
  {
    about: "null where a map belongs",
    object: kustomization({ decryption: null }),
    code: "INVALID_FIELD",
    path: "spec.decryption",
    says: /It is null\. Give an object\./,
  },
  {
    about: "a value that is none of the choices",
    object: kustomization({ sourceRef: { kind: "HelmRepository", name: "a" } }),
    code: "INVALID_FIELD",
    path: "spec.sourceRef.kind",
    says: /"HelmRepository" is not allowed\. Use one of "OCIRepository", "GitRepository"/,
  },
  {
    about: "a number without a unit",
    object: kustomization({ interval: "30" }),
    code: "INVALID_DURATION",
    path: "spec.interval",
    says: /"30" is not a duration .*\(ms, s, m, h\)/,
  },
  {
    about: "hours where a source does not take them",
    object: other("image.toolkit.fluxcd.io/v1", "ImageRepository", {
      image: "registry.example.com/app",
      interval: "1h",
      timeout: "1h",
    }),
    code: "INVALID_DURATION",
    path: "spec.timeout",
    says: /"1h" is not a duration .*\(ms, s, m\)/,
  },
  {
    about: "a number that is too small",
    object: release({ maxHistory: -1, upgrade: { remediation: { retries: 1.5 } } }),
    code: "INVALID_FIELD",
    path: "spec.upgrade.remediation.retries",
    says: /Give a whole number/,
  },
  {
    about: "text that is too long",
    object: kustomization({ namePrefix: "a".repeat(201) }),
    code: "INVALID_FIELD",
    path: "spec.namePrefix",
    says: /Give at most 200 characters/,
  },
  {
    about: "a release from two charts",
    object: release({
      chart: { spec: { chart: "a", sourceRef: { kind: "HelmRepository", name: "a" } } },
      chartRef: { kind: "HelmChart", name: "a" },
    }),
    code: "INVALID_FIELD",
    path: "spec",
    says: /Either chart or chartRef must be set\./,
  },
  {
    about: "a retry interval that its strategy does not have",
    object: release({ install: { strategy: { name: "RemediateOnFailure", retryInterval: "5m" } } }),
    code: "INVALID_FIELD",
    path: "spec.install.strategy",
    says: /RemediateOnFailure/,
  },
  {
    about: "a variable that Flux cannot substitute",
    object: kustomization({ postBuild: { substitute: { "cluster-name": "eu" } } }),
    code: "INVALID_VARIABLE",
    path: 'spec.postBuild.substitute["cluster-name"]',
    says: /"cluster-name" cannot be substituted/,
  },
];

describe("an object of Flux", () => {
  for (const { about, object, flux = "2.9.4", code, path, says } of cases) {
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

  it("may leave out what has a default, and may say null for it", () => {
    const spec = { image: "registry.example.com/app", interval: "1m", provider: null };
    const object = other("image.toolkit.fluxcd.io/v1", "ImageRepository", spec);
    assert.deepEqual(checkObject(object, "2.9.4", ""), []);
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
