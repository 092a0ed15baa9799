import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, LayerArgs } from "../../core.js";
import { layer, opaqueSecret, renderFleet } from "../../core.js";
import {
  recipients,
  findingsOf,
  fleetContext,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { config } from "../fixtures/one-layer.js";

const base = { objects: [config("a")] };
const below = { objects: [config("b")] };
const infra = layer("infra", { clusters: "all", base: below });
const isReady = "dep.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')";

function dependsOnOf(fleet: FleetDeclaration, name: string): unknown {
  const { manifests } = renderFleet("acme", fleet, fleetContext());
  const found = manifests.find(
    ({ object: { kind, metadata } }) =>
      kind === "Kustomization" && `${metadata.namespace ?? ""}/${metadata.name}` === name,
  );
  return (found?.object["spec"] as { readonly dependsOn?: unknown } | undefined)?.dependsOn;
}

describe("a dependency with a condition", () => {
  const after = { name: "infra", namespace: "flux-system" };

  it("stands beside the plain one on the same part, whatever their order", () => {
    const conditional = { on: infra, readyExpr: isReady };
    for (const dependsOn of [
      [infra, conditional],
      [conditional, infra, infra],
    ]) {
      const apps = layer("apps", { clusters: "all", base, dependsOn });
      const tenants = [someTenant("shop", { dependsOn })];
      const fleet = someFleet({ layers: [infra, apps], tenants });
      const wanted = [after, { ...after, readyExpr: isReady }];
      assert.deepEqual(dependsOnOf(fleet, "flux-system/apps"), wanted);
      assert.deepEqual(dependsOnOf(fleet, "shop/shop"), wanted);
    }
  });

  it("holds for the Secrets of a layer too", () => {
    const secrets = [opaqueSecret("login", { token: "t" }, { namespace: "default" })];
    const dependsOn = [{ on: infra, readyExpr: isReady }];
    const apps = layer("apps", { clusters: "all", base, dependsOn, secrets });
    const clusters = [someCluster("eu", { age: { recipient: recipients[0] } })];
    const sops = { breakGlass: [recipients[1]] };
    const fleet = someFleet({ clusters, layers: [infra, apps], sops });
    const name = "flux-system/apps-secrets";
    assert.deepEqual(dependsOnOf(fleet, name), [{ ...after, readyExpr: isReady }]);
  });

  it("carries no arguments of the part that it is on", () => {
    const secret = layer("infra", {
      clusters: "all",
      base: below,
      secrets: [opaqueSecret("s", { a: "b" })],
    });
    const [found] =
      layer("apps", { clusters: "all", dependsOn: [{ on: secret, readyExpr: "true" }] }).args
        .dependsOn ?? [];
    assert.deepEqual(found, { on: { kind: "layer", name: "infra" }, readyExpr: "true" });
  });

  it("is one when parts are looked for that are missing, leaving, or in a circle", () => {
    const apps = layer("apps", {
      clusters: "all",
      base,
      dependsOn: [{ on: infra, readyExpr: "true" }],
    });
    const codes = (...layers: readonly (typeof apps)[]): readonly string[] =>
      findingsOf(someFleet({ layers })).map(({ code, path }) => `${code} ${path}`);
    assert.deepEqual(codes(apps), ['NOT_LISTED Layer "apps": dependsOn']);
    const back = layer("infra", {
      clusters: "all",
      base: below,
      dependsOn: [{ on: apps, readyExpr: "true" }],
    });
    assert.deepEqual(codes(apps, back), ['DEPENDENCY_CYCLE Layer "apps": dependsOn']);
  });

  it("is refused in data files when a field is missing or too much", () => {
    const dependsOn = [
      { on: { kind: "layer", name: "infra" } },
      { on: { kind: "cluster", name: "eu" }, readyExpr: "true" },
    ] as unknown as LayerArgs<string>["dependsOn"];
    const apps = layer("apps", { clusters: "all", base });
    const wrong = { ...apps, args: { ...apps.args, ...(dependsOn && { dependsOn }) } };
    assert.deepEqual(
      findingsOf(someFleet({ layers: [infra, wrong] })).map(({ code, path }) => `${code} ${path}`),
      [
        'INVALID_ARGUMENT Layer "apps": dependsOn[0].readyExpr',
        'INVALID_ARGUMENT Layer "apps": dependsOn[1].on.kind',
      ],
    );
  });
});

describe("order and health are looked at before anything is written:", () => {
  const cases: Readonly<Record<string, readonly [Partial<FleetDeclaration>, readonly string[]]>> = {
    "a condition that Flux cannot read": [
      {
        layers: [
          infra,
          layer("apps", {
            clusters: "all",
            base,
            dependsOn: [infra, { on: infra, readyExpr: "dep." }],
          }),
        ],
        tenants: [
          someTenant("shop", { dependsOn: [{ on: infra, readyExpr: "dep.status.ready" }] }),
        ],
      },
      [
        'INVALID_EXPRESSION Layer "apps": dependsOn[1].readyExpr',
        'INVALID_EXPRESSION Tenant "shop": dependsOn[0].readyExpr',
      ],
    ],
    "an expression of health that Flux cannot read": [
      {
        layers: [
          layer("apps", {
            ...{ clusters: "all", base },
            healthCheckExprs: [
              { apiVersion: "v1", kind: "A", current: "status.ok == true", failed: "status." },
            ],
          }),
        ],
      },
      ['INVALID_EXPRESSION Layer "apps": healthCheckExprs[0].failed'],
    ],
    "a timeout below the one that Flux gives anyway": [
      {
        layers: [layer("apps", { clusters: "all", base, timeout: "29s" })],
        tenants: [
          someTenant("shop", { timeout: "1s" }),
          someTenant("zoo", { overrides: { rings: { production: { timeout: "20s" } } } }),
        ],
      },
      [
        'TIMEOUT_TOO_SHORT Layer "apps": timeout',
        'TIMEOUT_TOO_SHORT Tenant "shop": timeout',
        'TIMEOUT_TOO_SHORT Tenant "zoo": overrides.rings["production"].timeout',
      ],
    ],
  };
  for (const [what, [more, wanted]] of Object.entries(cases)) {
    it(what, () => {
      const found = findingsOf(someFleet(more));
      assert.deepEqual(
        found.map(({ code, path }) => `${code} ${path}`),
        wanted,
      );
      assert.ok(found.every(({ severity }) => severity === undefined));
    });
  }

  it("an interval below the timeout, and a wait of `up` below that of a layer, are warned", () => {
    const apps = layer("apps", { clusters: "all", base, interval: "1m", timeout: "10m" });
    const tenants = [someTenant("shop", { interval: "1m", timeout: "2m" })];
    const fleet = someFleet({ layers: [apps], tenants, wait: { timeout: "5m" } });
    const found = findingsOf(fleet);
    assert.deepEqual(
      found.map(({ code, path, severity }) => `${String(severity)} ${code} ${path}`),
      [
        'warning INVALID_DURATION Layer "apps": interval',
        'warning INVALID_DURATION Tenant "shop": interval',
        "warning TIMEOUT_TOO_SHORT wait.timeout",
      ],
    );
    assert.match(found[2]?.problem ?? "", /before layer "apps" does/);
    assert.deepEqual(findingsOf(someFleet({ layers: [infra], wait: { timeout: "10s" } })), []);
  });

  it("a dependency on a layer that never says that it is healthy is warned, unless there is a condition", () => {
    const open = layer("infra", { clusters: "all", base: below, wait: false });
    const apps = (dependsOn: LayerArgs<string>["dependsOn"]): readonly string[] =>
      findingsOf(
        someFleet({
          layers: [open, layer("apps", { clusters: "all", base, ...(dependsOn && { dependsOn }) })],
        }),
      ).map(({ code, path }) => `${code} ${path}`);
    const unchecked = 'HEALTH_UNCHECKED Layer "infra": wait';
    assert.deepEqual(apps([open]), [
      'DEPENDENCY_NOT_AWAITED Layer "apps": dependsOn[0]',
      unchecked,
    ]);
    assert.deepEqual(apps([{ on: open, readyExpr: isReady }]), [unchecked]);
  });
});
