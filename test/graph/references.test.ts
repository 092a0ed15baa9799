import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imagePolicyMarker } from "../../manifests/index.js";
import type { KubernetesObject } from "../../core.js";
import { markersIn } from "../../graph/references/references.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import { codesOf, object, placed, placedCluster } from "../fixtures/placed.js";

const account = { serviceAccountName: "kustomize-controller" };
const fleet = { kind: "GitRepository", name: "flux-system" };

function kustomization(name: string, more: object = {}): KubernetesObject {
  return object("Kustomization", name, {
    ...account,
    path: "./x",
    sourceRef: fleet,
    wait: true,
    ...more,
  });
}

function release(name: string, more: object = {}): KubernetesObject {
  return object("HelmRelease", name, { ...account, ...more });
}

/** The sentences of what was found, for what people read. */
function textOf(objects: readonly KubernetesObject[]): string {
  return placedFindings([placedCluster(placed(objects))])
    .map(({ problem, remedy }) => `${problem} ${remedy}`)
    .join("\n");
}

describe("a reference", () => {
  const dangling: readonly (readonly [string, KubernetesObject, string])[] = [
    ["source", kustomization("a", { sourceRef: { ...fleet, name: "gone" } }), "spec.sourceRef"],
    ["dependency", kustomization("a", { dependsOn: [{ name: "b" }] }), "spec.dependsOn[0]"],
    [
      "decryption key",
      kustomization("a", { decryption: { secretRef: { name: "k" } } }),
      "spec.decryption.secretRef",
    ],
    [
      "variables",
      kustomization("a", { postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "v" }] } }),
      "spec.postBuild.substituteFrom[0]",
    ],
    [
      "kubeconfig",
      kustomization("a", { kubeConfig: { secretRef: { name: "k" } } }),
      "spec.kubeConfig.secretRef",
    ],
    ["account", kustomization("a", { serviceAccountName: "x" }), "spec.serviceAccountName"],
    ["target Namespace", kustomization("a", { targetNamespace: "x" }), "spec.targetNamespace"],
    [
      "health check",
      kustomization("a", {
        healthChecks: [
          { apiVersion: "apps/v1", kind: "Deployment", name: "x", namespace: "default" },
        ],
      }),
      "spec.healthChecks[0]",
    ],
    [
      "chart repository",
      release("a", { chart: { spec: { sourceRef: { kind: "HelmRepository", name: "x" } } } }),
      "spec.chart.spec.sourceRef",
    ],
    [
      "chart artifact",
      release("a", { chartRef: { kind: "OCIRepository", name: "x" } }),
      "spec.chartRef",
    ],
    ["values", release("a", { valuesFrom: [{ kind: "Secret", name: "x" }] }), "spec.valuesFrom[0]"],
    ["release", release("a", { dependsOn: [{ name: "x" }] }), "spec.dependsOn[0]"],
    ["login", object("HelmRepository", "a", { secretRef: { name: "x" } }), "spec.secretRef"],
    [
      "certificate",
      object("OCIRepository", "a", { certSecretRef: { name: "x" }, ref: { tag: "v1" } }),
      "spec.certSecretRef",
    ],
    ["proxy", object("Bucket", "a", { proxySecretRef: { name: "x" } }), "spec.proxySecretRef"],
    [
      "signature key",
      object("GitRepository", "a", { verify: { secretRef: { name: "x" } } }),
      "spec.verify.secretRef",
    ],
    [
      "included source",
      object("GitRepository", "a", { include: [{ repository: { name: "x" } }] }),
      "spec.include[0].repository",
    ],
    [
      "generator's source",
      object("ArtifactGenerator", "a", { sources: [{ kind: "Bucket", name: "x" }] }),
      "spec.sources[0]",
    ],
    [
      "image repository",
      object("ImagePolicy", "a", { imageRepositoryRef: { name: "x" } }),
      "spec.imageRepositoryRef",
    ],
    [
      "signing key",
      object("ImageUpdateAutomation", "a", {
        sourceRef: fleet,
        git: { commit: { signingKey: { secretRef: { name: "x" } } } },
      }),
      "spec.git.commit.signingKey.secretRef",
    ],
    [
      "chosen policy",
      object("ImageUpdateAutomation", "a", {
        sourceRef: fleet,
        policySelector: { matchLabels: { app: "x" } },
      }),
      "spec.policySelector",
    ],
    ["provider", object("Alert", "a", { providerRef: { name: "x" } }), "spec.providerRef"],
    [
      "resource of a hook",
      object("Receiver", "a", { resources: [{ kind: "GitRepository", name: "x" }] }),
      "spec.resources[0]",
    ],
    ["Namespace", object("ConfigMap", "gone/a"), "metadata.namespace"],
  ];
  for (const [what, one, field] of dangling) {
    it(`to a missing ${what} is found at its field`, () => {
      assert.deepEqual(codesOf([one]), [
        `DANGLING_REFERENCE ${one.kind} ${one.metadata.namespace ?? ""}/a: ${field}`,
      ]);
    });
  }

  it("is fine when its target is in the fleet, external, or made by Flux", () => {
    const objects = [
      object("ArtifactGenerator", "parts", {
        sources: [{ alias: "all", ...fleet }],
        artifacts: [{ name: "apps" }],
      }),
      kustomization("apps", {
        sourceRef: { kind: "ExternalArtifact", name: "apps" },
        dependsOn: [{ name: "infra" }],
      }),
      kustomization("infra", { targetNamespace: "made" }),
      release("chart", {
        chartRef: { kind: "HelmChart", name: "flux-system-other" },
        valuesFrom: [{ kind: "Secret", name: "outside" }],
      }),
      release("other", {
        chart: { spec: { sourceRef: fleet } },
        targetNamespace: "made",
        install: { createNamespace: true },
      }),
    ];
    const external = [{ kind: "Secret", namespace: "flux-system", name: "outside" }];
    assert.deepEqual(codesOf(objects, { external }), []);
  });

  it("that is optional, a wildcard, literal, or substituted on the cluster is none", () => {
    const objects = [
      kustomization("a", {
        postBuild: { substituteFrom: [{ kind: "Secret", name: "x", optional: true }] },
        dependsOn: [{ name: "${NEXT}" }],
      }),
      release("a", { valuesFrom: [{ kind: "ConfigMap", name: "x", literal: "a: b" }] }),
      object("Provider", "p", { type: "slack" }),
      object("Alert", "a", {
        providerRef: { name: "p" },
        eventSources: [{ kind: "Kustomization", name: "*" }],
      }),
    ];
    assert.deepEqual(codesOf(objects), []);
  });

  it("is not looked for while some of what is applied is not known", () => {
    assert.deepEqual(
      codesOf([kustomization("a", { dependsOn: [{ name: "x" }] })], { complete: false }),
      [],
    );
  });

  it("to another cluster's account or objects is not looked for here", () => {
    const remote = {
      kubeConfig: { secretRef: { name: "k" } },
      serviceAccountName: "there",
      targetNamespace: "there",
    };
    assert.deepEqual(codesOf([kustomization("a", remote), object("Secret", "k")]), []);
  });

  it("of a kind that the field does not take is found, as is another kind of that name", () => {
    assert.deepEqual(
      codesOf([
        kustomization("a", { sourceRef: { kind: "HelmRepository", name: "charts" } }),
        kustomization("b", { sourceRef: { kind: "OCIRepository", name: "flux-system" } }),
        object("HelmRepository", "charts"),
      ]),
      [
        "WRONG_KIND_REFERENCE Kustomization flux-system/a: spec.sourceRef",
        "WRONG_KIND_REFERENCE Kustomization flux-system/b: spec.sourceRef",
      ],
    );
  });

  it("to itself is found once", () => {
    assert.deepEqual(codesOf([kustomization("a", { dependsOn: [{ name: "a" }] })]), [
      "SELF_REFERENCE Kustomization flux-system/a: spec.dependsOn[0]",
    ]);
  });

  it("names what is nearest and what Flux does without its target", () => {
    const text = textOf([
      kustomization("infrastructure"),
      kustomization("apps", { dependsOn: [{ name: "infrastructure-production" }] }),
    ]);
    assert.match(text, /There is no Kustomization "flux-system\/infrastructure-production"\./);
    assert.match(text, /Flux waits for it for ever/);
    assert.match(text, /There is flux-system\/infrastructure,/);
  });

  it("of a health check may be to what a chart makes in its Namespace", () => {
    const check = { apiVersion: "apps/v1", kind: "Deployment", name: "x", namespace: "default" };
    const objects = [
      kustomization("a", { healthChecks: [check] }),
      release("default/app", { serviceAccountName: "default" }),
    ];
    assert.deepEqual(codesOf(objects), []);
  });
});

describe("under lockdown", () => {
  const elsewhere: readonly KubernetesObject[] = [
    object("Namespace", "other"),
    object("GitRepository", "other/apps"),
    object("OCIRepository", "other/chart", { ref: { tag: "v1" } }),
    object("ImageRepository", "other/web"),
    object("Kustomization", "other/apps", {
      serviceAccountName: "default",
      wait: true,
      sourceRef: { kind: "GitRepository", name: "apps" },
    }),
  ];
  const blocked: readonly (readonly [KubernetesObject, string])[] = [
    [
      kustomization("a", {
        sourceRef: { kind: "GitRepository", name: "apps", namespace: "other" },
      }),
      "spec.sourceRef",
    ],
    [
      release("a", {
        chart: { spec: { sourceRef: { kind: "GitRepository", name: "apps", namespace: "other" } } },
      }),
      "spec.chart.spec.sourceRef",
    ],
    [
      release("a", { chartRef: { kind: "OCIRepository", name: "chart", namespace: "other" } }),
      "spec.chartRef",
    ],
    [
      object("ImagePolicy", "a", { imageRepositoryRef: { name: "web", namespace: "other" } }),
      "spec.imageRepositoryRef",
    ],
    [
      object("Receiver", "a", {
        resources: [{ kind: "GitRepository", name: "apps", namespace: "other" }],
      }),
      "spec.resources[0]",
    ],
    [
      object("ArtifactGenerator", "a", {
        sources: [{ kind: "GitRepository", name: "apps", namespace: "other" }],
      }),
      "spec.sources[0]",
    ],
  ];
  for (const [one, field] of blocked) {
    it(`${one.kind} cannot refer to another Namespace in ${field}`, () => {
      const where = `${one.kind} flux-system/a: ${field}`;
      assert.deepEqual(codesOf([...elsewhere, one]), [`CROSS_NAMESPACE_REFERENCE ${where}`]);
      assert.deepEqual(codesOf([...elsewhere, one], { lockdown: false }), []);
    });
  }

  it("dependsOn may still name another Namespace", () => {
    const next = kustomization("a", { dependsOn: [{ name: "apps", namespace: "other" }] });
    assert.deepEqual(codesOf([...elsewhere, next]), []);
  });

  it("a Kustomization and a HelmRelease must name a ServiceAccount", () => {
    const objects = [
      object("Kustomization", "a", { sourceRef: fleet }),
      object("HelmRelease", "a", {}),
    ];
    assert.deepEqual(codesOf(objects), [
      "MISSING_SERVICE_ACCOUNT HelmRelease flux-system/a",
      "MISSING_SERVICE_ACCOUNT Kustomization flux-system/a",
    ]);
    assert.deepEqual(codesOf(objects, { lockdown: false }), []);
  });

  it("says where Flux itself says nothing", () => {
    assert.match(
      textOf([
        ...elsewhere,
        release("a", {
          chart: {
            spec: { sourceRef: { kind: "GitRepository", name: "apps", namespace: "other" } },
          },
        }),
      ]),
      /no condition at all/,
    );
  });
});

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
    const chart = { chart: { spec: { chart: "./app", sourceRef: fleet } } };
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
  const automation = object("ImageUpdateAutomation", "all", { sourceRef: fleet });

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
