import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding, FleetDeclaration, RenderContext } from "../../core.js";
import { layer, opaqueSecret } from "../../core.js";
import { encrypted, encryptedTo, furtherRecipients } from "../fixtures/encrypted.js";
import {
  fleetContext,
  findingsOf,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { breakGlass, isReadable, sealedContext, secretFleet } from "../fixtures/secrets.js";

const codesOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ code, path }) => `${code} ${path}`);

/** A context in which one file was sealed as another should have been. */
function swapped(context: RenderContext, path: string, as: string): RenderContext {
  const envelopes = new Map(context.envelopes);
  const other = envelopes.get(as);
  assert.ok(other !== undefined && envelopes.has(path));
  envelopes.set(path, other);
  return { ...context, envelopes };
}

describe("the Secrets of a fleet", () => {
  it("are readable by each cluster that applies them, by who breaks the glass, and nobody else", async () => {
    const declaration = secretFleet();
    assert.deepEqual(findingsOf(declaration, await sealedContext(declaration)), []);
  });

  it("may not be known yet", () => {
    assert.deepEqual(findingsOf(secretFleet()), []);
  });

  it("of one cluster must not be sealed for another", async () => {
    const declaration = secretFleet();
    const context = await sealedContext(declaration);
    const at = (environment: string, cluster: string): string =>
      `secrets/${environment}/${cluster}/monitoring/monitoring/secret-grafana.yaml`;
    const [eu, us] = [at("production", "eu"), at("staging", "us")];
    const findings = findingsOf(declaration, swapped(context, eu, us));
    assert.deepEqual(codesOf(findings), [
      `SECRET_NOT_READABLE Layer "monitoring": ${eu}`,
      `SECRET_READABLE_ELSEWHERE Layer "monitoring": ${eu}`,
    ]);
    assert.ok(!isReadable(JSON.stringify(findings)));
  });

  it("must be decrypted by their Kustomization, whatever patches say", async () => {
    const base = secretFleet();
    const target = { kind: "Kustomization", name: "monitoring-secrets" };
    const clusters = base.clusters.map((one) => ({
      ...one,
      args: { ...one.args, patches: [{ target, patch: { spec: { decryption: null } } }] },
    }));
    const declaration: FleetDeclaration = { ...base, clusters };
    const codes = codesOf(findingsOf(declaration, await sealedContext(declaration)));
    assert.deepEqual(
      [...new Set(codes.map((line) => line.split(" ")[0]))],
      ["ENCRYPTED_NOT_DECRYPTED"],
    );
    assert.equal(codes.length, 4);
  });

  it("are what objects beside them may refer to", () => {
    const release = {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "app", namespace: "apps" },
      spec: {
        chart: {
          spec: {
            chart: "app",
            version: "1.0.0",
            sourceRef: { kind: "HelmRepository", name: "charts" },
          },
        },
        interval: "1h",
        serviceAccountName: "default",
        valuesFrom: [{ kind: "Secret", name: "values" }],
      },
    };
    const repository = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "HelmRepository",
      metadata: { name: "charts", namespace: "apps" },
      spec: { interval: "1h", url: "https://charts.example.com" },
    };
    const fleet = (name: string, tenantSecret: string): FleetDeclaration =>
      someFleet({
        clusters: [someCluster("eu", { environment: "staging" })],
        layers: [
          layer("apps", {
            clusters: "all",
            base: { objects: [release, repository] },
            secrets: [opaqueSecret(name, { "values.yaml": "a: b" }, { namespace: "apps" })],
          }),
        ],
        tenants: [someTenant("shop", { secrets: [opaqueSecret(tenantSecret, { a: "b" })] })],
      });
    const dangling = (declaration: FleetDeclaration): readonly string[] =>
      codesOf(findingsOf(declaration)).filter((line) => line.startsWith("DANGLING"));
    assert.deepEqual(dangling(fleet("values", "database")), []);
    assert.deepEqual(dangling(fleet("others", "values")), [
      'DANGLING_REFERENCE Layer "apps": HelmRelease apps/app: spec.valuesFrom[0]',
    ]);
  });

  it("of production do not render without a break-glass recipient", () => {
    const missing = (declaration: FleetDeclaration): readonly string[] =>
      codesOf(findingsOf(declaration)).filter((line) => line.startsWith("BREAK_GLASS"));
    const secrets = [opaqueSecret("a", { b: "c" }, { namespace: "apps" })];
    const on = (environment: string, more: Partial<FleetDeclaration> = {}): FleetDeclaration =>
      someFleet({ clusters: [someCluster("eu", { environment, secrets })], ...more });
    const expected = ["BREAK_GLASS_MISSING sops.breakGlass"];
    assert.deepEqual(missing(on("production")), expected);
    assert.deepEqual(missing(on("prod")), expected);
    assert.deepEqual(missing(on("staging")), []);
    assert.deepEqual(missing(on("live", { sops: { production: ["live"] } })), expected);
    assert.deepEqual(missing(on("production", { sops: { breakGlass: [recipients[1]] } })), []);
    const withTenant = someFleet({
      tenants: [someTenant("shop", { secrets: [opaqueSecret("a", { b: "c" })] })],
    });
    assert.deepEqual(missing(withTenant), expected);
    const withLayer = someFleet({
      layers: [layer("base", { clusters: "all", directory: "./base", secrets })],
    });
    assert.deepEqual(missing(withLayer), expected);
    const withoutSecret = someFleet({
      clusters: [someCluster("eu", { age: { recipient: recipients[0] } })],
    });
    assert.deepEqual(missing(withoutSecret), []);
  });

  it("name an environment that no cluster is in", () => {
    assert.deepEqual(codesOf(findingsOf(someFleet({ sops: { production: ["produktion"] } }))), [
      "EMPTY_SELECTOR sops.production[0]",
    ]);
  });

  it("need Flux 2.9 for a post-quantum identity", () => {
    const findings = (version: string): readonly string[] =>
      codesOf(
        findingsOf(
          someFleet({
            flux: { version },
            clusters: [someCluster("eu", { age: { postQuantum: true } })],
          }),
          { ...fleetContext(), installManifests: manifestsOf(version) },
        ),
      ).filter((line) => line.startsWith("TOO_NEW"));
    assert.deepEqual(findings("2.8.8"), ['TOO_NEW_FOR_FLUX Cluster "eu": age']);
    assert.deepEqual(findings("2.9.4"), []);
  });

  it("are not for a controller that lends its key to tenants", () => {
    const flag = "--sops-age-secret=sops-age";
    const install = fleetContext().installManifests;
    const patch = {
      target: { kind: "Deployment", name: "kustomize-controller" },
      patch: {
        spec: { template: { spec: { containers: [{ name: "manager", args: [flag] }] } } },
      },
    };
    const findings = (tenants: FleetDeclaration["tenants"]): readonly string[] =>
      codesOf(
        findingsOf(
          someFleet({
            clusters: [someCluster("eu", { lockdown: openly, patches: [patch] })],
            tenants: tenants ?? [],
          }),
          { installManifests: install },
        ),
      ).filter((line) => line.startsWith("GLOBAL"));
    assert.deepEqual(findings([someTenant("shop")]), ['GLOBAL_AGE_KEY Cluster "eu": patches']);
    assert.deepEqual(findings([]), []);
  });
});

const openly = { disabled: true, reason: "one team" } as const;

function manifestsOf(version: string): RenderContext["installManifests"] {
  const [first] = fleetContext().installManifests.values();
  assert.ok(first !== undefined);
  return new Map([[version, { ...first, version }]]);
}

describe("`.sops.yaml`", () => {
  const [own, glass] = recipients;
  const [stranger] = furtherRecipients;
  const found = (files: Readonly<Record<string, string>>): readonly string[] => {
    const fleet = someFleet({
      clusters: [someCluster("eu", { age: { recipient: own } })],
      layers: [layer("base", { clusters: "all", directory: "./base", decryption: {} })],
      sops: { breakGlass: [glass, breakGlass.recipient] },
    });
    const directories = new Map(
      Object.entries({
        "base/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: payment}\n",
        ...files,
      }),
    );
    return codesOf(findingsOf(fleet, fleetContext({ directories })));
  };
  const text = (...to: readonly [string, ...string[]]): string =>
    encryptedTo(encrypted["secret.yaml"], ...to);

  it("agrees with the readers of every file below its rules", () => {
    assert.deepEqual(found({ "base/a.yaml": text(own, glass, breakGlass.recipient) }), []);
    assert.deepEqual(found({ "base/a.yaml": text(own, glass) }), [
      'SOPS_RULE_MISMATCH Layer "base": base/a.yaml',
    ]);
    assert.deepEqual(found({ "base/x/a.yaml": text(own, glass, breakGlass.recipient, stranger) }), [
      'UNKNOWN_RECIPIENT Layer "base": base/x/a.yaml',
    ]);
  });

  it("leaves files to a nearer one", () => {
    assert.deepEqual(
      found({ "base/x/a.yaml": text(own, glass), "base/x/.sops.yaml": "creation_rules: []\n" }),
      [],
    );
  });
});
