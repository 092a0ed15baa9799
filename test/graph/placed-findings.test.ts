import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject } from "../../core.js";
import { imagePolicyMarker } from "../../manifests/index.js";
import type { RepositoryDirectories } from "../../graph/references/directory-findings.js";
import { floatReason } from "../../graph/references/floating-findings.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import type { PlacedCluster, PlacedObject } from "../../graph/references/placed-objects.js";
import { hasUpperBound, isExactVersion } from "../../graph/values/version-ranges.js";
import { codesOf, object, placed, placedCluster } from "../fixtures/placed.js";

const account = { serviceAccountName: "kustomize-controller" };
const fleet = { kind: "GitRepository", name: "flux-system" };

function kustomization(name: string, more: object = {}): KubernetesObject {
  return object("Kustomization", name, { ...account, sourceRef: fleet, wait: true, ...more });
}

function codes(...clusters: readonly PlacedCluster[]): readonly string[] {
  return placedFindings(clusters).map(({ code }) => code);
}

describe("definitions of kinds", () => {
  const definition: KubernetesObject = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: { group: "example.com", names: { kind: "Widget" } },
  };
  const instance: KubernetesObject = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w", namespace: "default" },
  };
  const root = { kustomization: "flux-system/flux-system" };
  const definitions = placed([definition], { kustomization: "flux-system/crds" });
  const withOrder = (more: object): readonly PlacedObject[] => [
    ...definitions,
    ...placed([instance]),
    ...placed([kustomization("crds"), kustomization("base", more)], root),
  ];

  it("must be there before objects of the kind: it takes a dependency, however long", () => {
    assert.deepEqual(codes(placedCluster(withOrder({}))), ["DEFINITION_ORDER"]);
    assert.deepEqual(codes(placedCluster(withOrder({ dependsOn: [{ name: "crds" }] }))), []);
    const between = placed([kustomization("between", { dependsOn: [{ name: "crds" }] })], root);
    assert.deepEqual(
      codes(placedCluster([...between, ...withOrder({ dependsOn: [{ name: "between" }] })])),
      [],
    );
  });

  it("are there before what is applied by something that waits for them", () => {
    const inner = { kustomization: "flux-system/inner" };
    const objects = [
      ...definitions,
      ...placed([instance], inner),
      ...placed([kustomization("inner")]),
      ...placed(
        [kustomization("crds"), kustomization("base", { dependsOn: [{ name: "crds" }] })],
        root,
      ),
    ];
    assert.deepEqual(codes(placedCluster(objects)), []);
  });

  it("in one Kustomization with their objects get a warning", () => {
    const found = placedFindings([placedCluster(placed([definition, instance]))]);
    assert.deepEqual(
      found.map(({ code, severity }) => [code, severity]),
      [["DEFINITION_MIXED", "warning"]],
    );
  });
});

describe("several tenants in one Kustomization", () => {
  const label = (name: string) => ({ labels: { "toolkit.fluxcd.io/tenant": name } });

  it("get a warning that names them", () => {
    const objects = [
      object("Namespace", "a", {}, label("a")),
      object("Namespace", "b", {}, label("b")),
      object("GitRepository", "a/app", {}),
    ];
    const found = placedFindings([placedCluster(placed(objects))]);
    assert.deepEqual(
      found.map(({ code, severity }) => [code, severity]),
      [["MIXED_TENANTS", "warning"]],
    );
    assert.match(found[0]?.problem ?? "", /"a", "b"/);
  });

  it("are seen by their Namespaces too, but not for what the platform keeps there", () => {
    const tenants = [
      { name: "a", namespace: "a" },
      { name: "b", namespace: "b" },
    ];
    const shared = [object("Namespace", "a"), object("Namespace", "b")];
    const own = [object("GitRepository", "a/app"), object("GitRepository", "b/app")];
    const limits = [object("ConfigMap", "a/limits"), object("ConfigMap", "b/limits")];
    const more = { tenants, shared };
    assert.deepEqual(codes(placedCluster(placed(own), more)), ["MIXED_TENANTS"]);
    assert.deepEqual(codes(placedCluster(placed(limits), more)), []);
  });
});

describe("a version", () => {
  const chart = (version?: string, annotations = {}): readonly KubernetesObject[] => [
    object("HelmRepository", "charts"),
    object(
      "HelmRelease",
      "app",
      {
        ...account,
        chart: {
          spec: { chart: "app", version, sourceRef: { kind: "HelmRepository", name: "charts" } },
        },
      },
      { annotations },
    ),
  ];
  const two = (
    objects: readonly KubernetesObject[],
    more: Partial<PlacedCluster> = {},
  ): readonly string[] =>
    codes(
      placedCluster(placed(objects), { name: "one" }),
      placedCluster(placed(objects), { name: "two", ...more }),
    );
  const floats = ["FLOATING_VERSION"];

  it("of a chart must be exact on several clusters of an environment or several rings", () => {
    for (const version of [">=1.0.0", "1.x", "*", "", undefined, "^1.2.3", "1.2"]) {
      assert.deepEqual(two(chart(version)), floats, String(version));
      assert.deepEqual(two(chart(version), { environment: "staging", ring: "x" }), floats);
    }
    for (const version of ["1.2.3", "v1.2.3", "1.2.3-rc.1+build"]) {
      assert.deepEqual(two(chart(version)), [], version);
    }
  });

  it("may float on one cluster, and on one of each environment in one ring", () => {
    assert.deepEqual(codesOf(chart(">=1.0.0")), []);
    const staging = { environment: "staging", ring: "production" };
    assert.deepEqual(two(chart(">=1.0.0"), staging), []);
  });

  it("of a chart may float within one ring for a written reason, and never in more", () => {
    const reason = { [floatReason]: "only a demo" };
    const staging = { environment: "staging", ring: "x" };
    const app = object("HelmRelease", "app", {
      ...account,
      chartRef: { kind: "OCIRepository", name: "app" },
    });
    const artifact = (ref: object) =>
      object("OCIRepository", "app", { ref }, { annotations: reason });
    const fromGit = object("HelmRelease", "app", {
      ...account,
      chart: { spec: { chart: "./app", sourceRef: { kind: "GitRepository", name: "app" } } },
    });
    const git = (ref: object) => object("GitRepository", "app", { ref }, { annotations: reason });
    for (const objects of [
      chart("1.x", reason),
      [app, artifact({ semver: "1.x" })],
      [app, artifact({ tag: "latest" })],
      [fromGit, git({ semver: "1.x" })],
    ]) {
      assert.deepEqual(two(objects), []);
      assert.deepEqual(two(objects, { environment: "staging" }), []);
      assert.deepEqual(two(objects, staging), floats);
    }
    assert.deepEqual(two(chart("1.x", { [floatReason]: " " })), floats);
    // What is no chart, and a branch, which a commit can take back, may move everywhere.
    assert.deepEqual(two([artifact({ semver: "1.x" })], staging), []);
    assert.deepEqual(two([fromGit, git({ branch: "main" })], staging), []);
  });

  it("of an artifact must be a digest or a tag other than latest", () => {
    const oci = (ref?: object) => [object("OCIRepository", "a", { ref })];
    for (const ref of [undefined, {}, { tag: "latest" }, { semver: "1.x" }]) {
      assert.deepEqual(two(oci(ref)), floats);
    }
    for (const ref of [
      { tag: "1.2.3" },
      { digest: "sha256:x", tag: "latest" },
      { semver: "1.2.3" },
    ]) {
      assert.deepEqual(two(oci(ref)), []);
    }
  });

  it("of a branch floats when a chart is taken from it, unless it is the fleet's own", () => {
    const from = (name: string) =>
      object("HelmRelease", "app", {
        ...account,
        chart: { spec: { chart: "./app", sourceRef: { kind: "GitRepository", name } } },
      });
    const git = (ref: object) => object("GitRepository", "apps", { ref });
    assert.deepEqual(two([from("apps"), git({ branch: "main" })]), floats);
    assert.deepEqual(two([from("apps"), git({ name: "refs/heads/main" })]), floats);
    assert.deepEqual(two([from("apps"), git({ tag: "v1" })]), []);
    assert.deepEqual(two([from("apps"), git({ branch: "main", commit: "abc" })]), []);
    assert.deepEqual(two([from("flux-system")]), []);
    assert.deepEqual(two([git({ branch: "main" })]), []);
  });

  it("of an image must end at some major, wherever its marker is", () => {
    const policy = (value: object) => [
      object("ImageRepository", "web"),
      object("ImagePolicy", "web", { imageRepositoryRef: { name: "web" }, policy: value }),
      object("ImageUpdateAutomation", "all", { sourceRef: fleet }),
    ];
    const open = { semver: { range: ">=1.0.0" } };
    assert.deepEqual(two(policy(open)), floats);
    assert.deepEqual(two(policy({ alphabetical: { order: "asc" } })), floats);
    assert.deepEqual(two(policy({ semver: { range: "1.x" } })), []);
    const marker = imagePolicyMarker({ namespace: "flux-system", name: "web" }, "x:1");
    const marked = { ...object("ConfigMap", "a"), data: { image: marker } };
    const here = placedCluster(placed([...policy(open), marked]), { name: "one" });
    const there = placedCluster(placed([marked]), { name: "two" });
    assert.deepEqual(codes(here), []);
    assert.deepEqual(codes(here, there), floats);
  });

  it("is exact, or a range with or without an end, as Flux reads it", () => {
    const ends = [
      "1.x",
      "^1.2",
      "~1",
      ">=1.0.0 <2.0.0",
      ">= 1.0.0, < 3",
      "1.2 - 1.4",
      "=1.2.3",
      "1",
    ];
    const open = ["*", "x", "", ">=1.0.0", ">1", "!=1.2.3", ">=1 || 2.x", ">=1.0.0-0"];
    for (const range of ends) assert.equal(hasUpperBound(range), true, range);
    for (const range of open) assert.equal(hasUpperBound(range), false, range);
    assert.equal(isExactVersion("=1.2.3"), true);
    assert.equal(isExactVersion("1.2.x"), false);
  });
});

describe("a controller", () => {
  it("must be installed for each kind of Flux", () => {
    const few = { components: ["source-controller", "kustomize-controller"] };
    assert.deepEqual(codesOf([object("ImageRepository", "a")], few), [
      "MISSING_CONTROLLER ImageRepository flux-system/a",
    ]);
    const external = [
      { kind: "Deployment", namespace: "flux-system", name: "image-reflector-controller" },
    ];
    assert.deepEqual(codesOf([object("ImageRepository", "a")], { ...few, external }), []);
  });

  const shard = (key: string) => ({ labels: { "sharding.fluxcd.io/key": key } });
  const deployment = (selector: string) => deploymentOf("kustomize-controller", selector);
  const deploymentOf = (controller: string, selector: string): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `${controller}-a`, namespace: "flux-system" },
    spec: {
      template: {
        spec: {
          containers: [
            {
              image: `ghcr.io/fluxcd/${controller}:v1.0.0`,
              args: [`--watch-label-selector=${selector}`],
            },
          ],
        },
      },
    },
  });

  it("must serve the shard of an object", () => {
    const labelled = object(
      "Kustomization",
      "x",
      { ...account, sourceRef: { kind: "OCIRepository", name: "elsewhere" } },
      shard("a"),
    );
    const external = [{ kind: "OCIRepository", namespace: "flux-system", name: "elsewhere" }];
    const unserved = ["UNSERVED_SHARD Kustomization flux-system/x: metadata.labels"];
    const found = (...others: readonly KubernetesObject[]): readonly string[] =>
      codesOf([labelled, ...others], { external });
    assert.deepEqual(found(), unserved);
    assert.deepEqual(found(deployment("sharding.fluxcd.io/key=b")), unserved);
    assert.deepEqual(found(deployment("!sharding.fluxcd.io/key")), unserved);
    assert.deepEqual(found(deployment("sharding.fluxcd.io/key=a")), []);
    assert.deepEqual(found(deployment("sharding.fluxcd.io/key in (b, a)")), []);
  });

  it("of a shard sees what is in its shard only", () => {
    const needs = (to: object) =>
      codesOf([
        deployment("sharding.fluxcd.io/key=a"),
        object("Kustomization", "x", { ...account, sourceRef: fleet, ...to }, shard("a")),
        kustomization("y"),
        object("GitRepository", "apps", {}),
      ]);
    assert.deepEqual(needs({ dependsOn: [{ name: "y" }] }), [
      "SHARD_MISMATCH Kustomization flux-system/x: spec.dependsOn[0]",
    ]);
    assert.deepEqual(needs({ sourceRef: { kind: "GitRepository", name: "apps" } }), []);
  });

  it("must see the chart of a HelmRelease beside its source", () => {
    const sourceShard = (label: object): KubernetesObject =>
      object("HelmRepository", "charts", {}, label);
    const helm = object("HelmRelease", "app", {
      ...account,
      chart: {
        metadata: shard("a"),
        spec: { version: "1.0.0", sourceRef: { kind: "HelmRepository", name: "charts" } },
      },
    });
    const source = deploymentOf("source-controller", "sharding.fluxcd.io/key=a");
    assert.deepEqual(codesOf([source, helm, sourceShard(shard("a"))]), []);
    assert.deepEqual(codesOf([source, helm, sourceShard({})]), [
      "SHARD_MISMATCH HelmRelease flux-system/app: spec.chart.metadata.labels",
    ]);
  });
});

describe("two sources", () => {
  const git = (name: string, more: object = {}) =>
    object("GitRepository", name, {
      url: "https://git.example.com/fleet",
      ref: { branch: "main" },
      ...more,
    });

  it("of one revision of one repository are refused, and the fleet's own is not blamed", () => {
    assert.deepEqual(
      codesOf([
        git("fleet-infra", { url: "https://git.example.com/fleet.git" }),
        git("flux-system"),
      ]),
      ["DUPLICATE_SOURCE GitRepository flux-system/fleet-infra: spec.url"],
    );
  });

  it("may differ in revision, Namespace or in what they leave out, and one may be suspended", () => {
    const others = [
      git("image-updates", { suspend: true }),
      git("next", { ref: { branch: "next" } }),
      git("part", { sparseCheckout: ["apps"] }),
      git("default/same"),
    ];
    assert.deepEqual(codesOf([git("flux-system"), ...others]), []);
  });
});

describe("directories", () => {
  const repository = (more: Partial<RepositoryDirectories> = {}): RepositoryDirectories => ({
    exists: (directory) => ["apps", "infra"].includes(directory),
    listed: [],
    reached: new Set(),
    ...more,
  });
  const found = (objects: readonly KubernetesObject[], given = repository()): readonly string[] =>
    placedFindings([placedCluster(placed(objects))], given).map(
      ({ code, path }) => `${code} ${path.replace('Layer "base": ', "")}`,
    );

  it("must exist, however they are written", () => {
    const at = (name: string, path: string) => kustomization(name, { path });
    assert.deepEqual(found([at("a", "./apps"), at("b", "infra/"), at("c", "./gone")]), [
      "MISSING_DIRECTORY Kustomization flux-system/c: spec.path",
    ]);
  });

  it("of other sources are not looked for", () => {
    const other = { sourceRef: { kind: "OCIRepository", name: "o" }, path: "./gone" };
    const source = object("OCIRepository", "o", { ref: { tag: "v1" } });
    assert.deepEqual(found([kustomization("a", other), source]), []);
  });

  it("are applied by one Kustomization only", () => {
    assert.deepEqual(
      found([kustomization("a", { path: "./apps" }), kustomization("b", { path: "./apps" })]),
      ["PATH_OVERLAP Kustomization flux-system/b: spec.path"],
    );
  });

  it("that nothing applies get a warning", () => {
    const given = repository({ listed: ["apps", "old", "old/inside"], reached: new Set(["apps"]) });
    assert.deepEqual(found([], given), ["UNREACHED_DIRECTORY old"]);
  });
});
