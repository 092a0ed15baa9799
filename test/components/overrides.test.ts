import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { overridden } from "../../components/fleet/overrides.js";
import type { FleetDeclaration, Finding, TenantArgs } from "../../core.js";
import {
  cluster,
  explainOverrides,
  FleetError,
  gitSource,
  renderFleet,
  secretValues,
} from "../../core.js";
import { fleetContext, findingsOf, someFleet, someTenant } from "../fixtures/fleets.js";

const clusters = [
  cluster("dev", { environment: "development" }),
  cluster("eu-1", { environment: "production", ring: "canary" }),
  cluster("eu-2", { environment: "production", ring: "rest" }),
  cluster("us-1", { environment: "production", ring: "rest" }),
] as const;

type Overrides = NonNullable<TenantArgs<string>["overrides"]>;

function fleetOf(overrides: Overrides, more: Partial<TenantArgs<string>> = {}): FleetDeclaration {
  return someFleet({ clusters, tenants: [someTenant("shop", { ...more, overrides })] });
}

interface Spec {
  readonly interval: string;
  readonly path: string;
  readonly url?: string;
  readonly ref?: object;
}

/** What the Kustomization and the source of the tenant say on each cluster. */
function specsOf(fleet: FleetDeclaration): ReadonlyMap<string, readonly [Spec, Spec]> {
  const { files } = renderFleet("acme", fleet, fleetContext());
  return new Map(
    files
      .filter(({ path }) => path.endsWith("/shop/sync.yaml"))
      .map(({ path, text }) => {
        const [source, kustomization] = parseAllDocuments(text).map(
          (document) => (document.toJS() as { spec: Spec }).spec,
        );
        assert.ok(source && kustomization);
        return [path.split("/")[2] ?? "", [kustomization, source]] as const;
      }),
  );
}

function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, path, severity }) =>
    [code, path, severity].filter(Boolean).join(" "),
  );
}

describe("overrides of a tenant", () => {
  it("win the more specific they are: cluster over ring over environment over the part", () => {
    const specs = specsOf(
      fleetOf(
        {
          environments: { production: { interval: "20m" } },
          rings: { rest: { interval: "30m" } },
          clusters: { "us-1": { interval: "40m" } },
        },
        { interval: "10m" },
      ),
    );
    assert.deepEqual(
      [...specs].map(([name, [{ interval }]]) => [name, interval]),
      [
        ["dev", "10m"],
        ["eu-1", "20m"],
        ["eu-2", "30m"],
        ["us-1", "40m"],
      ],
    );
  });

  it("replace only the fields they give, and a source as a whole", () => {
    const source = gitSource({ url: "https://git.example.com/apps/shop-next", tag: "v2.0.0" });
    const specs = specsOf(
      fleetOf({
        environments: { production: { path: "./deploy/production" } },
        rings: { canary: { source } },
      }),
    );
    const eu1 = specs.get("eu-1");
    assert.equal(eu1?.[0].path, "./deploy/production");
    assert.deepEqual(eu1[1].ref, { tag: "v2.0.0" });
    assert.equal(eu1[1].url, "https://git.example.com/apps/shop-next");
    const eu2 = specs.get("eu-2");
    assert.equal(eu2?.[0].path, "./deploy/production");
    assert.deepEqual(eu2[1].ref, { branch: "main" });
    assert.equal(specs.get("dev")?.[0].path, "./deploy");
  });

  it("are rendered once for all clusters on which they come to the same", () => {
    const { manifests } = renderFleet(
      "acme",
      fleetOf({
        rings: { rest: { interval: "30m" } },
        clusters: { "eu-1": { interval: "30m" }, dev: { interval: "45m" } },
      }),
      fleetContext(),
    );
    const objects = manifests
      .filter(({ part, path }) => part === 'tenant "shop"' && path?.endsWith("/shop/sync.yaml"))
      .map(({ cluster: on, object }) => [on, object] as const);
    const on = (name: string): readonly object[] =>
      objects.filter(([of]) => of === name).map(([, object]) => object);
    assert.equal(on("eu-1").length, 2);
    for (const name of ["eu-2", "us-1"]) {
      on(name).forEach((object, index) => {
        assert.equal(object, on("eu-1")[index], "the very same object");
      });
    }
    assert.notEqual(on("dev")[1], on("eu-1")[1]);
  });

  it("with a login plan the Secret with it where they hold, and only there", () => {
    const url = "https://git.example.com/apps/shop";
    const source = gitSource({ url, branch: "main", credentials: { token: "canary-token" } });
    const fleet = fleetOf({ rings: { canary: { source } } });
    const { clusters: rendered } = renderFleet("acme", fleet, fleetContext());
    const secrets = rendered.flatMap((one) => one.secrets);
    assert.deepEqual(
      secrets.map(({ cluster: on, name }) => [on, name]),
      [["eu-1", "shop-source"]],
    );
    const [secret] = secrets;
    assert.ok(secret);
    assert.equal(secretValues(secret, fleet)["password"], "canary-token");
  });

  it("give the same bytes whatever their order", () => {
    const a = { interval: "20m", path: "./a" };
    const b = { path: "./a", interval: "20m" };
    const text = (fleet: FleetDeclaration): string =>
      JSON.stringify(renderFleet("acme", fleet, fleetContext()).files);
    assert.equal(
      text(fleetOf({ rings: { rest: a, canary: { timeout: "9m" } } })),
      text(fleetOf({ rings: { canary: { timeout: "9m" }, rest: b } })),
    );
  });
});

describe("overrides that are not what they seem", () => {
  const rows: readonly (readonly [
    string,
    Overrides,
    Partial<TenantArgs<string>>,
    readonly string[],
  ])[] = [
    [
      "for an environment, a ring and a cluster that do not exist",
      {
        environments: { prod: { path: "./x" } },
        rings: { tail: { path: "./x" } },
        clusters: { "eu-9": { path: "./x" } },
      },
      {},
      [
        'NOT_LISTED Tenant "shop": overrides.clusters["eu-9"]',
        'EMPTY_SELECTOR Tenant "shop": overrides.environments["prod"]',
        'EMPTY_SELECTOR Tenant "shop": overrides.rings["tail"]',
      ],
    ],
    [
      "for clusters on which the tenant is not",
      { environments: { development: { path: "./x" } }, clusters: { dev: { path: "./x" } } },
      { clusters: { environment: "production" } },
      [
        'OVERRIDE_UNUSED Tenant "shop": overrides.clusters["dev"]',
        'OVERRIDE_UNUSED Tenant "shop": overrides.environments["development"]',
      ],
    ],
    [
      "with the value that the part has",
      { rings: { canary: { path: "./deploy", timeout: "9m" } } },
      {},
      ['OVERRIDE_UNUSED Tenant "shop": overrides.rings["canary"].path warning'],
    ],
    [
      "that more specific ones replace on each of their clusters",
      {
        rings: { rest: { interval: "30m" } },
        clusters: { "eu-2": { interval: "31m" }, "us-1": { interval: "32m" } },
      },
      {},
      ['OVERRIDE_UNUSED Tenant "shop": overrides.rings["rest"].interval warning'],
    ],
    [
      "that give nothing",
      { rings: { rest: {} } },
      {},
      ['OVERRIDE_UNUSED Tenant "shop": overrides.rings["rest"] warning'],
    ],
    [
      "with values that no tenant may have",
      { clusters: { dev: { path: "../x", interval: "1s" } } },
      {},
      [
        'INVALID_DURATION Tenant "shop": overrides.clusters["dev"].interval',
        'INVALID_PATH Tenant "shop": overrides.clusters["dev"].path',
      ],
    ],
    [
      "of a field that cannot differ",
      { clusters: { dev: { namespace: "other" } } } as unknown as Overrides,
      {},
      ['INVALID_ARGUMENT Tenant "shop": overrides.clusters["dev"].namespace'],
    ],
  ];
  for (const [what, overrides, more, expected] of rows) {
    it(`are named ${what}`, () => {
      assert.deepEqual(codesOf(findingsOf(fleetOf(overrides, more))), expected);
    });
  }

  it("are not named while a more specific one gives their value back", () => {
    const overrides = {
      environments: { production: { path: "./p" } },
      rings: { rest: { path: "./deploy" } },
    };
    assert.deepEqual(findingsOf(fleetOf(overrides)), []);
  });
});

describe("explainOverrides", () => {
  const fleet = fleetOf(
    {
      environments: { production: { interval: "20m", path: "./p" } },
      rings: { rest: { interval: "30m" } },
      clusters: { "us-1": { timeout: "9m" }, "eu-2": { interval: "40m" } },
    },
    { interval: "10m" },
  );
  const explained = (name: string): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      explainOverrides(fleet, { kind: "tenant", name: "shop" }, { kind: "cluster", name }).map(
        ({ argument, places }) => [argument, places],
      ),
    );

  it("names every place that gives an argument, the one that wins last", () => {
    assert.deepEqual(explained("us-1"), {
      clusters: ["args"],
      interval: ["args", 'overrides.environments["production"]', 'overrides.rings["rest"]'],
      path: ["args", 'overrides.environments["production"]'],
      source: ["args"],
      timeout: ['overrides.clusters["us-1"]'],
    });
    assert.deepEqual(explained("dev"), {
      clusters: ["args"],
      interval: ["args"],
      path: ["args"],
      source: ["args"],
    });
  });

  it("refuses what the fleet does not have", () => {
    assert.throws(
      () => explained("eu-9"),
      (error: unknown) => FleetError.is(error) && error.code === "NOT_LISTED",
    );
  });
});

interface Args {
  readonly interval: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly patches: readonly string[];
}

describe("overridden arguments", () => {
  const args: Args = { interval: "1m", variables: { A: "1", B: "1" }, patches: ["part"] };
  it("replace variables key by key and append patches, the least specific first", () => {
    assert.deepEqual(
      overridden(args, [
        { variables: { B: "2" }, patches: ["environment"] },
        { variables: { B: "3", C: "3" }, patches: ["cluster"] },
      ]),
      {
        interval: "1m",
        variables: { A: "1", B: "3", C: "3" },
        patches: ["part", "environment", "cluster"],
      },
    );
  });
  it("are the same object without overrides", () => {
    assert.equal(overridden(args, []), args);
  });
});
