import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkObject, supportedLines } from "../../api/index.js";
import { releaseObjects } from "../../components/release/manifests.js";
import { releasesShape } from "../../components/release/shape.js";
import { releaseFindings } from "../../components/release/validation.js";
import type { KubernetesObject, ReleasePart } from "../../core.js";
import { helmRelease, helmRepository, ociRepository, opaqueSecret, variable } from "../../core.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import { imagePolicyMarker, printYaml } from "../../manifests/index.js";
import { formsOf, releaseForms } from "../fixtures/release-forms.js";

const tenant = {
  namespace: "shop",
  serviceAccountName: "shop",
  labels: { "toolkit.fluxcd.io/tenant": "shop" },
};
const platform = { namespace: "flux-system", serviceAccountName: "kustomize-controller" };
const artifact = ociRepository("web", {
  url: "oci://registry.example.com/charts/web",
  ref: { tag: "1.4.2" },
});
const chart = { source: artifact };
const repository = helmRepository("charts", { url: "https://charts.example.com" });

function rendered(part: ReleasePart<string>, place = tenant): KubernetesObject {
  const [object, ...others] = releaseObjects(part, place);
  assert.ok(object !== undefined && others.length === 0);
  return object;
}

function specOf(part: ReleasePart<string>): Readonly<Record<string, unknown>> {
  return rendered(part)["spec"] as Readonly<Record<string, unknown>>;
}

/** `CODE where` of every finding. */
function found(part: ReleasePart<string>, place: typeof platform = tenant): readonly string[] {
  return releaseFindings(part, place, "at").map(({ code, path }) => `${code} ${path}`);
}

describe("a release", () => {
  for (const line of supportedLines) {
    it(`is one that Flux ${line} takes, in each of its forms`, () => {
      const forms = formsOf(releaseForms, line);
      assert.ok(forms.length >= 6, String(forms.length));
      for (const part of forms) {
        assert.deepEqual(checkObject(rendered(part), line, part.name), [], part.name);
        assert.deepEqual(found(part), [], part.name);
      }
    });
  }

  it("has the shape that callers without types are held to, in each of its forms", () => {
    const parts = releaseForms.map(({ part }) => part);
    assert.deepEqual(shapeFindings(parts, releasesShape, "releases"), []);
    const [first] = parts;
    const wrong = [{ ...first, args: { ...first?.args, chart: { source: "web", tag: 1 } } }];
    assert.notDeepEqual(shapeFindings(wrong, releasesShape, "releases"), []);
  });

  it("is tried again until it succeeds, taken back from drift, and brings its definitions", () => {
    assert.deepEqual(rendered(helmRelease("web", { chart })), {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "web", namespace: "shop", labels: tenant.labels },
      spec: {
        chartRef: { kind: "OCIRepository", name: "web" },
        driftDetection: { mode: "enabled" },
        install: { crds: "CreateReplace", strategy: { name: "RetryOnFailure" } },
        interval: "60m",
        serviceAccountName: "shop",
        upgrade: { crds: "CreateReplace", strategy: { name: "RetryOnFailure" } },
      },
    });
  });

  it("is remedied instead where a remedy is declared", () => {
    const spec = specOf(
      helmRelease("web", { chart, upgrade: { remediation: { retries: 2 } }, crds: "Skip" }),
    );
    assert.deepEqual(spec["upgrade"], { crds: "Skip", remediation: { retries: 2 } });
    assert.deepEqual(spec["install"], { crds: "Skip", strategy: { name: "RetryOnFailure" } });
  });

  it("names its chart as the kind of its source wants it", () => {
    const fields = releaseForms.map(({ part }) => {
      const { chart: inside, chartRef } = specOf(part);
      return inside === undefined
        ? (chartRef as { kind: string }).kind
        : (inside as { spec: { sourceRef: { kind: string } } }).spec.sourceRef.kind;
    });
    assert.deepEqual(fields, [
      ...["HelmRepository", "HelmRepository", "GitRepository", "Bucket"],
      ...["OCIRepository", "ExternalArtifact", "OCIRepository"],
    ]);
    const [, , git] = releaseForms;
    assert.ok(git);
    assert.deepEqual(specOf(git.part)["chart"], {
      spec: {
        chart: "./charts/web",
        reconcileStrategy: "Revision",
        sourceRef: { kind: "GitRepository", name: "git-branch" },
      },
    });
  });

  it("keeps markers and variables in its values", () => {
    const tag = imagePolicyMarker({ namespace: "shop", name: "web", field: "tag" }, "1.4.2");
    const values = { image: { tag }, host: `web.${variable("REGION")}.example.com` };
    const text = printYaml([rendered(helmRelease("web", { chart, values }))]);
    assert.match(text, /tag: 1\.4\.2 # \{"\$imagepolicy": "shop:web:tag"\}/);
    assert.match(text, /host: .*REGION/);
  });

  it("holds no value of the Secrets that it reads", () => {
    const secret = opaqueSecret("web-values", { "values.yaml": "canary" });
    const part = helmRelease("web", {
      chart: {
        ...{ source: repository, name: "web", version: "1.0.0" },
        verify: { provider: "cosign", secret },
      },
      valuesFrom: [secret, { secret, targetPath: "a.b" }],
    });
    assert.doesNotMatch(JSON.stringify(part), /canary/);
    assert.deepEqual(specOf(part)["valuesFrom"], [
      { kind: "Secret", name: "web-values" },
      { kind: "Secret", name: "web-values", targetPath: "a.b" },
    ]);
  });

  it("leaves to its arguments what decides its rights, its place and its chart", () => {
    const spec = {
      suspend: false,
      serviceAccountName: "admin",
      kubeConfig: { secretRef: { name: "other" } },
      chart: { spec: { chart: "other", version: "*", sourceRef: { kind: "Bucket", name: "a" } } },
      chartRef: { kind: "OCIRepository", name: "other" },
      targetNamespace: "kube-system",
      storageNamespace: "kube-system",
      releaseName: "other",
    } as const;
    assert.deepEqual(
      found(helmRelease("web", { chart, spec })),
      [
        ...["suspend", "serviceAccountName", "kubeConfig"],
        ...["chart.spec.chart", "chart.spec.version", "chart.spec.sourceRef"],
        ...["chartRef", "targetNamespace", "storageNamespace", "releaseName"],
      ].map((field) => `PATCH_REFUSED at.spec.${field}`),
    );
  });
});

describe("the version of a chart", () => {
  const versioned = (version: string, reason?: string) =>
    helmRelease("web", { chart: { source: repository, name: "web", version, reason } });

  it("is that of one release, unless a reason is written", () => {
    for (const version of ["1.4.2", "v1.4.2", "1.4.2-rc.1+build", variable("WEB_VERSION")]) {
      assert.deepEqual(found(versioned(version)), [], version);
    }
    for (const range of ["*", "1.x", ">=1.0.0", "~1.4", "1.4"]) {
      assert.deepEqual(found(versioned(range)), ["FLOATING_VERSION at.chart.version"], range);
      assert.deepEqual(found(versioned(range, " ")), ["MISSING_REASON at.chart.reason"], range);
      assert.deepEqual(found(versioned(range, "the canary")), [], range);
    }
    assert.deepEqual(rendered(versioned("1.x", "the canary")).metadata.annotations, {
      "pulumi-flux-fleet/float-reason": "the canary",
    });
  });

  it("and its name are text that a repository can have", () => {
    assert.deepEqual(found(versioned("newest")), ["INVALID_CHART at.chart.version"]);
    assert.deepEqual(found(versioned("")), ["INVALID_CHART at.chart.version"]);
    const named = { source: repository, name: "acme/web", version: "1.0.0" };
    assert.deepEqual(found(helmRelease("web", { chart: named })), ["INVALID_CHART at.chart.name"]);
  });
});

describe("where a release goes", () => {
  it("is said by the platform, and never beside Flux by silence", () => {
    const missing = ["MISSING_NAMESPACE at.targetNamespace"];
    assert.deepEqual(found(helmRelease("web", { chart }), platform), missing);
    const release = { chart, targetNamespace: "ingress", createNamespace: true };
    assert.deepEqual(found(helmRelease("web", release), platform), []);
    const object = rendered(helmRelease("web", release), platform as typeof tenant);
    assert.equal(object.metadata.namespace, "flux-system");
    const { install, targetNamespace } = object["spec"] as Readonly<Record<string, unknown>>;
    assert.equal(targetNamespace, "ingress");
    assert.equal((install as { createNamespace: boolean }).createNamespace, true);
  });

  it("is the Namespace of a tenant, whatever the tenant says", () => {
    assert.deepEqual(
      found(
        helmRelease("web", {
          chart,
          targetNamespace: "other",
          storageNamespace: "kube-system",
          createNamespace: true,
        }),
      ),
      [
        "INVALID_ARGUMENT at.targetNamespace",
        "INVALID_ARGUMENT at.storageNamespace",
        "INVALID_ARGUMENT at.createNamespace",
      ],
    );
  });
});

describe("a remedy that Flux would never use", () => {
  it("is refused, because trying again and remedying exclude each other", () => {
    const remediation = { retries: 3 };
    const strategy = { name: "RetryOnFailure" } as const;
    assert.deepEqual(
      found(
        helmRelease("web", {
          chart,
          install: { remediation, strategy },
          upgrade: { remediation, strategy },
        }),
      ),
      ["INVALID_ARGUMENT at.install.remediation", "INVALID_ARGUMENT at.upgrade.remediation"],
    );
    assert.deepEqual(found(helmRelease("web", { chart, rollback: { force: true } })), [
      "INVALID_ARGUMENT at.rollback",
    ]);
    const rolledBack = { chart, rollback: { force: true }, upgrade: { remediation } };
    assert.deepEqual(found(helmRelease("web", rolledBack)), []);
  });
});
