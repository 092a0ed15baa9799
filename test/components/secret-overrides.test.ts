import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type {
  FleetDeclaration,
  Finding,
  LayerArgs,
  Overrides,
  RenderedFleet,
  SecretPart,
  TenantArgs,
} from "../../core.js";
import {
  cluster,
  explainOverrides,
  layer,
  opaqueSecret,
  renderFleet,
  secretValues,
  unknownValue,
} from "../../core.js";
import { plannedEncryption } from "../../components/fleet/render-fleet.js";
import { resolveInputs } from "../../components/resolve-inputs.js";
import { secretTexts } from "../../components/sops/secrets/secret-object.js";
import { decryptSecret } from "../../sops.js";
import { fleetContext, findingsOf, recipients, someFleet, someTenant } from "../fixtures/fleets.js";
import { breakGlass, clusterIdentities, sealedFleet } from "../fixtures/secrets.js";

const kubeconfig = "kubeconfig of nobody";

const clusters = [
  cluster("dev", { environment: "development", kubeconfig }),
  cluster("eu-1", { environment: "production", ring: "canary", kubeconfig }),
  cluster("eu-2", { environment: "production", ring: "rest", kubeconfig }),
] as const;

const sops = { breakGlass: [breakGlass.recipient] };
const inApps = { namespace: "apps" };

/** A Secret of which the value says where it is written. */
function database(password: string, options: { readonly namespace?: string } = {}): Part {
  return opaqueSecret("database", { password }, options);
}

type Part = SecretPart<string>;

function tenantFleet(args: Partial<TenantArgs<string>>): FleetDeclaration {
  return someFleet({ clusters, sops, tenants: [someTenant("shop", args)] });
}

function layerFleet(args: Partial<LayerArgs<string>>): FleetDeclaration {
  const parts = [layer("apps", { clusters: "all", directory: "./apps", ...args })];
  return someFleet({ clusters, sops, layers: parts });
}

/** What is encrypted for each cluster, by cluster, Namespace and name. */
function encrypted(fleet: FleetDeclaration): Readonly<Record<string, unknown>> {
  const { files } = plannedEncryption("acme", fleet, fleetContext());
  return Object.fromEntries(
    files.map(({ cluster: on, place, secret }) => [
      `${on} ${place.namespace}/${secret.name}`,
      Object.values(secretTexts(secret.args)).join(),
    ]),
  );
}

function render(fleet: FleetDeclaration): RenderedFleet {
  return renderFleet("acme", fleet, fleetContext());
}

function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, path, severity }) =>
    [code, path, severity].filter(Boolean).join(" "),
  );
}

describe("Secrets in overrides", () => {
  it("win the more specific they are, and leave the others of the tenant", () => {
    const fleet = tenantFleet({
      secrets: [database("part"), opaqueSecret("other", { a: "other" })],
      overrides: {
        environments: { production: { secrets: [database("environment")] } },
        rings: { rest: { secrets: [database("ring"), opaqueSecret("more", { a: "more" })] } },
      },
    });
    assert.deepEqual(encrypted(fleet), {
      "dev shop/database": "part",
      "dev shop/other": "other",
      "eu-1 shop/database": "environment",
      "eu-1 shop/other": "other",
      "eu-2 shop/database": "ring",
      "eu-2 shop/more": "more",
      "eu-2 shop/other": "other",
    });
    assert.deepEqual(findingsOf(fleet), []);
  });

  it("replace a Secret of a layer in its Namespace only, and as a whole", () => {
    const two = opaqueSecret("database", { user: "u", password: "p" }, inApps);
    const fleet = layerFleet({
      secrets: [two, database("elsewhere", { namespace: "batch" })],
      overrides: { clusters: { "eu-2": { secrets: [database("cluster", inApps)] } } },
    });
    assert.deepEqual(encrypted(fleet), {
      "dev apps/database": "u,p",
      "dev batch/database": "elsewhere",
      "eu-1 apps/database": "u,p",
      "eu-1 batch/database": "elsewhere",
      "eu-2 apps/database": "cluster",
      "eu-2 batch/database": "elsewhere",
    });
    assert.deepEqual(findingsOf(fleet), []);
  });

  it("are the Secret of the tenant whether or not they name its Namespace", () => {
    const fleet = tenantFleet({
      secrets: [database("part")],
      overrides: {
        environments: { production: { secrets: [database("new", { namespace: "shop" })] } },
      },
    });
    assert.equal(encrypted(fleet)["eu-1 shop/database"], "new");
    assert.deepEqual(findingsOf(fleet), []);
  });

  it("are encrypted with their own value for each cluster", async () => {
    const [eu, us] = ["production", "staging"].map((environment, index) =>
      cluster(environment, { environment, age: { recipient: recipients[index] ?? "" } }),
    );
    assert.ok(eu && us);
    const shop = someTenant("shop", {
      secrets: [database("of-staging")],
      overrides: { environments: { production: { secrets: [database("of-production")] } } },
    });
    const { files } = await sealedFleet(someFleet({ clusters: [eu, us], sops, tenants: [shop] }));
    const open = async (name: string, identities: string): Promise<unknown> => {
      const path = `tenants/${name}/${name}/shop/secret-database.yaml`;
      const file = files.find((one) => one.path === path);
      return (await decryptSecret(file?.text ?? "", { identities })).data;
    };
    const inBase64 = (text: string): object => ({
      password: Buffer.from(text).toString("base64"),
    });
    assert.deepEqual(await open("production", clusterIdentities.eu), inBase64("of-production"));
    assert.deepEqual(await open("staging", clusterIdentities.us), inBase64("of-staging"));
  });

  it("are the values that Pulumi applies where it applies the tenant", () => {
    const fleet = tenantFleet({
      applier: "pulumi",
      secrets: [database("part")],
      overrides: { rings: { rest: { secrets: [database("ring")] } } },
    });
    const planned = render(fleet).clusters.flatMap(({ secrets }) => secrets);
    assert.deepEqual(
      planned.map((secret) => [secret.cluster, secretValues(secret, fleet)]),
      [
        ["dev", { password: "part" }],
        ["eu-1", { password: "part" }],
        ["eu-2", { password: "ring" }],
      ],
    );
  });
});

describe("a part with Secrets from overrides only", () => {
  const overrides = { rings: { canary: { secrets: [database("ring", inApps)] } } };
  const fleets = {
    layer: layerFleet({ overrides }),
    tenant: tenantFleet({ overrides, namespace: "apps" }),
  };
  for (const [kind, fleet] of Object.entries(fleets)) {
    it(`has an identity, files and decryption where it has any: ${kind}`, () => {
      const { identities, files } = plannedEncryption("acme", fleet, fleetContext());
      assert.deepEqual(
        identities.map(({ owner }) => owner),
        [{ kind: "cluster", name: "eu-1" }],
      );
      assert.deepEqual([...new Set(files.map((file) => file.cluster))], ["eu-1"]);
      const { manifests, clusters: rendered, files: all } = render(fleet);
      const decrypting = manifests.filter(({ object }) =>
        JSON.stringify(object["spec"] ?? {}).includes('"decryption"'),
      );
      assert.deepEqual([...new Set(decrypting.map((one) => one.cluster))], ["eu-1"]);
      assert.deepEqual(
        rendered.map(({ secrets }) => secrets.map(({ purpose }) => purpose)),
        [[], ["age"], []],
      );
      assert.ok(all.some(({ path }) => path === ".sops.yaml"));
    });

    it(`needs somebody who breaks the glass in production: ${kind}`, () => {
      const findings = findingsOf({ ...fleet, sops: {} });
      assert.deepEqual(codesOf(findings), ["BREAK_GLASS_MISSING sops.breakGlass"]);
      assert.match(findings[0]?.problem ?? "", /eu-1/);
      assert.doesNotMatch(findings[0]?.problem ?? "", /eu-2|dev/);
    });
  }

  it("keeps the directory of Secrets for itself: layer", () => {
    const inTheWay = layer("hand", { clusters: "all", directory: "./secrets/hand" });
    const fleet = { ...fleets.layer, layers: [...(fleets.layer.layers ?? []), inTheWay] };
    assert.deepEqual(codesOf(findingsOf(fleet)), ['PATH_OVERLAP Layer "hand": directory']);
  });
});

describe("Secrets in overrides that are not what they seem", () => {
  const inProduction = (
    ...secrets: readonly Part[]
  ): Overrides<{ readonly secrets: readonly Part[] }> => ({
    environments: { production: { secrets } },
  });
  const at = 'overrides.environments["production"].secrets["database"]';
  const rows: readonly (readonly [string, FleetDeclaration, readonly string[]])[] = [
    [
      "twice in one list",
      tenantFleet({ overrides: inProduction(database("a"), database("b")) }),
      [`DUPLICATE_IDENTITY Tenant "shop": ${at}`],
    ],
    [
      "in another Namespace than the tenant",
      tenantFleet({ overrides: inProduction(database("a", inApps)) }),
      [`INVALID_ARGUMENT Tenant "shop": ${at}.namespace`],
    ],
    [
      "of a layer and without Namespace",
      layerFleet({ overrides: inProduction(database("a")) }),
      [`MISSING_NAMESPACE Layer "apps": ${at}.namespace`],
    ],
    [
      "with the value that the part has",
      tenantFleet({
        secrets: [database("a")],
        overrides: inProduction(opaqueSecret("new", { a: "b" }), database("a")),
      }),
      [`OVERRIDE_UNUSED Tenant "shop": ${at} warning`],
    ],
    [
      "without a name",
      tenantFleet({
        overrides: inProduction({ kind: "secret", args: database("a").args } as unknown as Part),
      }),
      ['INVALID_ARGUMENT Tenant "shop": overrides.environments["production"].secrets[0].name'],
    ],
  ];
  for (const [what, fleet, expected] of rows) {
    it(`are named ${what}`, () => {
      assert.deepEqual(codesOf(findingsOf(fleet)), expected);
    });
  }

  it("are found when another layer has the same Secret on one cluster", () => {
    const other = layer("other", {
      clusters: "all",
      directory: "./other",
      secrets: [database("other", inApps)],
    });
    const fleet = layerFleet({ overrides: inProduction(database("a", inApps)) });
    const codes = codesOf(findingsOf({ ...fleet, layers: [...(fleet.layers ?? []), other] }));
    assert.ok(
      codes.some((code) => code.startsWith("DUPLICATE_OBJECT")),
      codes.join("\n"),
    );
  });

  it("are not called the same while a preview does not know them", () => {
    const secrets = [database(unknownValue)];
    assert.deepEqual(findingsOf(tenantFleet({ secrets, overrides: inProduction(...secrets) })), []);
  });
});

describe("explainOverrides of Secrets", () => {
  it("names each of them with its places and shows no value", () => {
    const overrides = {
      environments: { production: { secrets: [database("value-b", inApps)] } },
      clusters: { "eu-2": { secrets: [opaqueSecret("new", { key: "value-c" }, inApps)] } },
    };
    const fleet = layerFleet({ secrets: [database("value-a", inApps)], overrides });
    const explained = explainOverrides(
      fleet,
      { kind: "layer", name: "apps" },
      { kind: "cluster", name: "eu-2" },
    );
    assert.deepEqual(
      explained.filter(({ argument }) => argument.startsWith("secrets")),
      [
        {
          argument: 'secrets["apps/database"]',
          places: ["args", 'overrides.environments["production"]'],
        },
        { argument: 'secrets["apps/new"]', places: ['overrides.clusters["eu-2"]'] },
      ],
    );
    assert.doesNotMatch(JSON.stringify(explained), /value-|key/);
  });
});

describe("secret Outputs in overrides", () => {
  const resolve = async (
    secret: ReturnType<typeof opaqueSecret> | SecretPart,
    table: "environments" | "rings",
    key: string,
  ): Promise<FleetDeclaration> =>
    resolveInputs({
      ...someFleet({ clusters }),
      tenants: [
        {
          ...someTenant("shop"),
          args: {
            ...someTenant("shop").args,
            overrides: { [table]: { [key]: { secrets: [secret] } } },
          },
        },
      ],
    });

  it("may be values of Secrets, whatever the environment is called", async () => {
    for (const key of ["production", "secrets", "args"]) {
      const secret = opaqueSecret("database", { password: pulumi.secret("hidden") });
      const { tenants } = await resolve(secret, "environments", key);
      const [found] = tenants?.[0]?.args.overrides?.environments?.[key]?.secrets ?? [];
      assert.deepEqual(found?.args.data, { password: "hidden" });
    }
  });

  it("may be nothing else of a Secret", async () => {
    const secret = opaqueSecret("database", { password: "p" });
    const labels = { team: pulumi.secret("hidden") as unknown as string };
    await assert.rejects(
      resolve({ ...secret, args: { ...secret.args, labels } }, "rings", "canary"),
      { code: "SECRET_IN_GIT" },
    );
  });
});
