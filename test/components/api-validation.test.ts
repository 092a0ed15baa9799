import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { helmRelease, kustomization } from "../../api/index.js";
import type { FleetDeclaration, KubernetesObject, RenderContext } from "../../core.js";
import { layer, renderFleet, variable } from "../../core.js";
import { findingsOf, someCluster, someFleet, someTenant } from "../fixtures/fleets.js";
import { smallInstallManifests } from "../fixtures/install-manifests.js";

const versions = ["2.6.4", "2.7.5", "2.8.8", "2.9.4", "2.10.1"];
const context: RenderContext = {
  installManifests: new Map(versions.map((version) => [version, smallInstallManifests(version)])),
};

const namespace = "flux-system";
const app = kustomization(
  { name: "app", namespace },
  {
    sourceRef: { kind: "GitRepository", name: "flux-system" },
    path: "./app",
    interval: "10m",
    prune: true,
    serviceAccountName: "kustomize-controller",
    buildMetadata: ["originAnnotations"],
  },
);

function fleetOf(
  version: FleetDeclaration["flux"]["version"],
  objects: readonly KubernetesObject[],
  more: Partial<FleetDeclaration> = {},
): FleetDeclaration {
  return someFleet({
    flux: { version },
    layers: [layer("apps", { clusters: "all", base: { objects } })],
    ...more,
  });
}

/** The findings that are about fields and versions of Flux. */
function found(declaration: FleetDeclaration, given = context): readonly string[] {
  return findingsOf(declaration, given)
    .filter(({ code }) => /FLUX|FIELD|KIND|TEMPLATE|DEPRECATED|INVALID/.test(code))
    .map(({ code, path, problem }) => `${code} ${path}: ${problem}`);
}

describe("an object of a layer", () => {
  it("is checked against the Flux of every cluster that it is on", () => {
    const clusters = [
      someCluster("one", { ring: "canary" }),
      someCluster("two", { ring: "stable" }),
      someCluster("three", { ring: "stable" }),
    ];
    const version = { canary: "2.9.4", default: "2.8.8" };
    assert.deepEqual(found(fleetOf(version, [app], { clusters })), [
      'TOO_NEW_FOR_FLUX Layer "apps": Kustomization flux-system/app: spec.buildMetadata: "buildMetadata" exists since Flux 2.9, the cluster runs 2.8.8.',
    ]);
    assert.deepEqual(found(fleetOf("2.9.4", [app], { clusters })), []);
  });

  it("is checked as it is after its patches", () => {
    const patch = { spec: { buildMetadata: null, timeot: "1m" } };
    const patches = [{ target: { kind: "Kustomization", name: "app" }, patch }];
    const layers = [layer("apps", { clusters: "all", base: { objects: [app] }, patches })];
    assert.deepEqual(found(fleetOf("2.8.8", [], { layers })), [
      'UNKNOWN_FIELD Layer "apps": Kustomization flux-system/app: spec.timeot: Kustomization v1 has no field "timeot" here.',
    ]);
  });

  it("is checked as it is after its variables are substituted", () => {
    const object = kustomization(
      { name: "app", namespace },
      { ...app.spec, timeout: variable("TIMEOUT") },
    );
    const layersWith = (TIMEOUT: string): Partial<FleetDeclaration> => ({
      layers: [
        layer("apps", { clusters: "all", base: { objects: [object] }, variables: { TIMEOUT } }),
      ],
    });
    assert.deepEqual(found(fleetOf("2.9.4", [], layersWith("3m"))), []);
    assert.deepEqual(found(fleetOf("2.9.4", [], layersWith("180"))), [
      'INVALID_DURATION Layer "apps": Kustomization flux-system/app: spec.timeout: "180" is not a duration that Flux takes here.',
    ]);
  });

  it("in a version that will be gone is a warning of the rendered fleet", () => {
    const spec = { ...app.spec, buildMetadata: undefined };
    const old = { ...app, apiVersion: "kustomize.toolkit.fluxcd.io/v1beta2", spec };
    const { warnings } = renderFleet("acme", fleetOf("2.7.5", [old]), context);
    assert.deepEqual(
      warnings.map(({ code, path }) => `${code} ${path}`),
      ['DEPRECATED_VERSION Layer "apps": Kustomization flux-system/app: apiVersion'],
    );
  });
});

describe("an object of a hand-written directory", () => {
  const file = "apps/web.yaml";
  const layers = [layer("apps", { clusters: "all", directory: "./apps" })];
  const written = (text: string, listing = "resources: [web.yaml]"): RenderContext => ({
    ...context,
    directories: new Map([
      ["apps/kustomization.yaml", `${listing}\n`],
      [file, text],
    ]),
  });
  const release = (spec: string): string => `
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: web, namespace: flux-system }
spec:
  serviceAccountName: helm-controller
  chartRef: { kind: OCIRepository, name: web }
${spec}`;

  it("is checked with its file, variables aside", () => {
    const text = release("  interval: ${INTERVAL:=10m}\n  waitStrategy: { name: poller }\n");
    assert.deepEqual(found(fleetOf("2.7.5", [], { layers }), written(text)), [
      'TOO_NEW_FOR_FLUX Layer "apps": apps/web.yaml: HelmRelease flux-system/web: spec.waitStrategy: "waitStrategy" exists since Flux 2.8, the cluster runs 2.7.5.',
    ]);
  });

  it("may lack only what a patch beside it can add", () => {
    const patches =
      "resources: [web.yaml]\npatches: [{ patch: '{}', target: { kind: HelmRelease } }]";
    const fleet = fleetOf("2.9.4", [], { layers });
    assert.deepEqual(found(fleet, written(release(""))), [
      'MISSING_FIELD Layer "apps": apps/web.yaml: HelmRelease flux-system/web: spec.interval: HelmRelease v2 needs "interval" here.',
    ]);
    assert.deepEqual(found(fleet, written(release(""), patches)), []);
  });
});

describe("an object of a tenant", () => {
  it("is checked when it is patched", () => {
    const target = { kind: "GitRepository" };
    const patched = (spec: object): FleetDeclaration =>
      someFleet({
        flux: { version: "2.8.8" },
        tenants: [someTenant("shop", { patches: [{ target, patch: { spec } }] })],
      });
    assert.deepEqual(found(patched({ timeout: "1m" })), []);
    assert.deepEqual(found(patched({ timeout: "1h" })), [
      'INVALID_DURATION Tenant "shop": GitRepository shop/shop: spec.timeout: "1h" is not a duration that Flux takes here.',
    ]);
  });
});

describe("a fleet on a version of Flux", () => {
  it("that is newer than every known line is warned and rendered", () => {
    const { warnings, files } = renderFleet("acme", fleetOf("2.10.1", [app]), context);
    assert.ok(files.length > 0);
    assert.deepEqual(
      warnings.map(({ code, path, problem }) => `${code} ${path}: ${problem}`),
      [
        "UNKNOWN_FLUX_LINE flux.version: Flux 2.10.1 is newer than 2.9; its objects are checked against 2.9.",
      ],
    );
  });

  it("that is older than every known line is refused", () => {
    assert.deepEqual(found(fleetOf("2.6.4", [])), [
      "UNSUPPORTED_FLUX_LINE flux.version: Flux 2.6.4 is older than 2.7, the oldest line that objects can be checked against.",
    ]);
  });
});

describe("a release that names its chart twice", () => {
  it("is refused although its type allows it", () => {
    const chartRef = { kind: "OCIRepository", name: "web" } as const;
    const sourceRef = { kind: "HelmRepository", name: "charts" } as const;
    const object = helmRelease(
      { name: "web", namespace },
      { interval: "10m", chartRef, chart: { spec: { chart: "web", sourceRef } } },
    );
    assert.deepEqual(found(fleetOf("2.9.4", [object])), [
      'INVALID_FIELD Layer "apps": HelmRelease flux-system/web: spec: Either chart or chartRef must be set.',
    ]);
  });
});
