import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterSelector, FleetDeclaration, Finding } from "../../core.js";
import { cluster, layer, renderFleet, tenant } from "../../core.js";
import { fleetContext, findingsOf, someFleet, someTenant } from "../fixtures/fleets.js";

const clusters = [
  cluster("dev", { environment: "development" }),
  cluster("eu-1", {
    environment: "production",
    ring: "canary",
    labels: { cloud: "aws", tier: "1" },
  }),
  cluster("eu-2", { environment: "production", ring: "rest", labels: { cloud: "gcp", tier: "1" } }),
  cluster("us-1", { environment: "production", ring: "rest", labels: { cloud: "aws" } }),
] as const;
const [dev, eu1, eu2] = clusters;

function fleetOf(more: Partial<FleetDeclaration> = {}): FleetDeclaration {
  return someFleet({ clusters, ...more });
}

function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, path, severity }) =>
    [code, path, severity].filter(Boolean).join(" "),
  );
}

/** The clusters on which a tenant with this selector is rendered. */
function rendered(selector: ClusterSelector): readonly string[] {
  const fleet = fleetOf({ tenants: [someTenant("shop", { clusters: selector })] });
  return renderFleet("acme", fleet, fleetContext())
    .clusters.filter(({ tenants }) => tenants.length > 0)
    .map(({ name }) => name);
}

describe("a selector", () => {
  const rows: readonly (readonly [string, ClusterSelector, readonly string[]])[] = [
    ["everything", "all", ["dev", "eu-1", "eu-2", "us-1"]],
    ["an environment", { environment: "production" }, ["eu-1", "eu-2", "us-1"]],
    ["a ring", { ring: "rest" }, ["eu-2", "us-1"]],
    ["a ring that is the default, the environment", { ring: "development" }, ["dev"]],
    ["several labels, all of which hold", { labels: { cloud: "aws", tier: "1" } }, ["eu-1"]],
    [
      "several values of a label",
      { labels: { cloud: ["aws", "gcp"], tier: "1" } },
      ["eu-1", "eu-2"],
    ],
    ["several rings", { ring: ["canary", "rest"] }, ["eu-1", "eu-2", "us-1"]],
    [
      "properties of all sorts",
      { environment: "production", ring: "rest", labels: { cloud: "aws" } },
      ["us-1"],
    ],
    ["clusters by name", [eu2, dev], ["dev", "eu-2"]],
    [
      "clusters and properties in one list",
      [dev, { ring: "canary" }, { labels: { cloud: "gcp" } }],
      ["dev", "eu-1", "eu-2"],
    ],
    ["a cluster that a list means twice", [eu1, { ring: "canary" }], ["eu-1"]],
  ];
  for (const [what, selector, expected] of rows) {
    it(`finds ${what}`, () => {
      assert.deepEqual(rendered(selector), expected);
    });
  }

  const refused: readonly (readonly [string, ClusterSelector, readonly string[]])[] = [
    ["a ring that no cluster is in", { ring: "tail" }, ['No cluster has ring "tail".']],
    [
      "one wrong value beside a right one",
      { environment: ["production", "prodution"] },
      ['No cluster has environment "prodution".'],
    ],
    [
      "a label that no cluster has",
      { labels: { zone: "a" } },
      ['No cluster has labels["zone"] "a".'],
    ],
    [
      "properties that no single cluster has",
      { ring: "canary", labels: { cloud: "gcp" } },
      ["The selector matches no cluster."],
    ],
    ["an empty query inside a list", [eu1, {}], ["The selector names no property."]],
    [
      "every mistake of a list at once",
      [cluster("gone", { environment: "production" }), { ring: "tail" }, eu1],
      ['Cluster "gone" is not listed in the fleet.', 'No cluster has ring "tail".'],
    ],
  ];
  for (const [what, selector, problems] of refused) {
    it(`is refused for ${what}`, () => {
      const findings = findingsOf(
        fleetOf({ tenants: [someTenant("shop", { clusters: selector })] }),
      );
      assert.deepEqual(findings.map(({ problem }) => problem).sort(), [...problems].sort());
      assert.ok(findings.every(({ path }) => path === 'Tenant "shop": clusters'));
    });
  }

  it("holds no arguments of the clusters it names", () => {
    const secret = cluster("eu-9", { environment: "production", kubeconfig: "secret-text" });
    const parts = [
      tenant("shop", { ...someTenant("shop").args, clusters: [secret, { ring: "rest" }] }),
      layer("base", { clusters: [secret], directory: "./base" }),
    ];
    assert.ok(!JSON.stringify(parts).includes("secret-text"));
    assert.deepEqual(parts[0]?.args.clusters, [
      { kind: "cluster", name: "eu-9" },
      { ring: "rest" },
    ]);
  });

  it("of the wrong shape is named, in a list too", () => {
    const wrong = [{ ring: 7 }, { region: "eu" }] as unknown as ClusterSelector;
    assert.deepEqual(
      codesOf(findingsOf(fleetOf({ tenants: [someTenant("shop", { clusters: wrong })] }))),
      [
        'INVALID_ARGUMENT Tenant "shop": clusters[0].ring',
        'INVALID_ARGUMENT Tenant "shop": clusters[1].region',
      ],
    );
  });
});

describe("the rings of a fleet", () => {
  it("are what the clusters say when nothing is declared", () => {
    assert.deepEqual(findingsOf(fleetOf()), []);
    const { record } = renderFleet("acme", fleetOf(), fleetContext());
    assert.deepEqual(
      Object.entries(record.clusters).map(([name, { ring }]) => [name, ring]),
      [
        ["dev", "development"],
        ["eu-1", "canary"],
        ["eu-2", "rest"],
        ["us-1", "rest"],
      ],
    );
  });

  it("are accepted in any declared order that has all of them", () => {
    assert.deepEqual(findingsOf(fleetOf({ rings: ["development", "canary", "rest"] })), []);
    assert.deepEqual(findingsOf(fleetOf({ rings: ["rest", "development", "canary"] })), []);
  });

  it("are refused with a ring that is missing, empty, listed twice or no name", () => {
    const rings = ["canary", "tail", "canary", "Rest!"];
    const findings = findingsOf(fleetOf({ rings }));
    assert.deepEqual(codesOf(findings), [
      'RING_MISMATCH Cluster "dev": ring',
      'RING_MISMATCH Cluster "eu-2": ring',
      'RING_MISMATCH Cluster "us-1": ring',
      "RING_MISMATCH rings[1]",
      "RING_MISMATCH rings[2]",
      "INVALID_NAME rings[3]",
    ]);
    assert.match(findings[0]?.problem ?? "", /^Its ring is its environment "development"/);
  });
});

describe("external objects", () => {
  it("are taken with and without a selector and a Namespace", () => {
    const external = [
      {
        kind: "Secret",
        name: "sops-gpg",
        namespace: "flux-system",
        clusters: [eu1, { ring: "rest" }],
      },
      { kind: "ClusterRole", name: "system:aggregate-to-view" },
    ];
    assert.deepEqual(findingsOf(fleetOf({ external })), []);
  });

  it("are refused when they name no object or no cluster", () => {
    const external = [
      { kind: "secret", name: "a/b", namespace: "Flux" },
      { kind: "Secret", name: "..", clusters: { ring: "tail" } },
    ];
    assert.deepEqual(codesOf(findingsOf(fleetOf({ external }))), [
      "INVALID_ARGUMENT external[0].kind",
      "INVALID_ARGUMENT external[0].name",
      "INVALID_NAME external[0].namespace",
      "EMPTY_SELECTOR external[1].clusters",
      "INVALID_ARGUMENT external[1].name",
    ]);
  });
});

describe("a declared Flux version", () => {
  const context = fleetContext({
    record: {
      clusters: { eu: { path: "clusters/production/eu", fluxVersion: "2.7.5" } },
      layers: {},
      tenants: {},
    },
  });
  it("that skips a minor version of what the repository says is refused", () => {
    assert.deepEqual(codesOf(findingsOf(someFleet(), context)), [
      "FLUX_SKIPPED_MINOR flux.version",
    ]);
  });
  it("that skips one with a reason is a warning of the rendered fleet", () => {
    const fleet = someFleet({ flux: { version: "2.9.4", versionJump: { reason: "migrated" } } });
    const { warnings } = renderFleet("acme", fleet, context);
    assert.deepEqual(codesOf(warnings), ["FLUX_SKIPPED_MINOR flux.version warning"]);
  });
  it("is refused with an empty reason, and says so", () => {
    const fleet = someFleet({ flux: { version: "2.9.4", versionJump: { reason: " " } } });
    assert.deepEqual(codesOf(findingsOf(fleet, context)), [
      "FLUX_SKIPPED_MINOR flux.version",
      "MISSING_REASON flux.versionJump.reason",
    ]);
  });
});
