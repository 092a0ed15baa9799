import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject } from "../../core.js";
import {
  codesOf,
  fleetSource,
  kustomization,
  object,
  release,
  textOf,
} from "../fixtures/placed.js";

describe("a reference", () => {
  const dangling: readonly (readonly [string, KubernetesObject, string])[] = [
    [
      "source",
      kustomization("a", { sourceRef: { ...fleetSource, name: "gone" } }),
      "spec.sourceRef",
    ],
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
        wait: false,
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
    [
      "literal values",
      release("a", { valuesFrom: [{ kind: "Secret", name: "x", literal: true }] }),
      "spec.valuesFrom[0]",
    ],
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
        sourceRef: fleetSource,
        git: { commit: { signingKey: { secretRef: { name: "x" } } } },
      }),
      "spec.git.commit.signingKey.secretRef",
    ],
    [
      "chosen policy",
      object("ImageUpdateAutomation", "a", {
        sourceRef: fleetSource,
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

  it("is fine when its target is in the fleetSource, external, or made by Flux", () => {
    const objects = [
      object("ArtifactGenerator", "parts", {
        sources: [{ alias: "all", ...fleetSource }],
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
        chart: { spec: { sourceRef: fleetSource } },
        targetNamespace: "made",
        install: { createNamespace: true },
      }),
    ];
    const external = [{ kind: "Secret", namespace: "flux-system", name: "outside" }];
    assert.deepEqual(codesOf(objects, { external }), []);
  });

  it("that is optional, a wildcard, or substituted on the cluster is none", () => {
    const objects = [
      kustomization("a", {
        postBuild: { substituteFrom: [{ kind: "Secret", name: "x", optional: true }] },
        dependsOn: [{ name: "${NEXT}" }],
      }),
      release("a", { valuesFrom: [{ kind: "ConfigMap", name: "x", optional: true }] }),
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
      kustomization("a", { wait: false, healthChecks: [check] }),
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
      object("Kustomization", "a", { sourceRef: fleetSource }),
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
