import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Finding, SecretPart } from "../../core.js";
import {
  basicAuthSecret,
  dockerConfigSecret,
  layer,
  opaqueSecret,
  sshAuthSecret,
  tlsSecret,
  unknownValue,
} from "../../core.js";
import { resolveInputs } from "../../components/resolve-inputs.js";
import { FleetError } from "../../errors.js";
import { findingsOf, recipients, someCluster, someFleet, someTenant } from "../fixtures/fleets.js";
import { breakGlass, pair } from "../fixtures/secrets.js";

const sops = { breakGlass: [breakGlass.recipient] };
const clusters = [someCluster("eu", { age: { recipient: recipients[0] } })];

/** The findings of a tenant with Secrets, `CODE path`. */
function ofTenant(...secrets: readonly SecretPart<string>[]): readonly string[] {
  return ofTenantWhole(...secrets).map(({ code, path }) => `${code} ${path}`);
}

function ofTenantWhole(...secrets: readonly SecretPart<string>[]): readonly Finding[] {
  return findingsOf(someFleet({ clusters, sops, tenants: [someTenant("shop", { secrets })] }));
}

const at = (field: string): string => `Tenant "shop": secrets${field}`;

describe("a Secret is refused", () => {
  it("for a name that Kubernetes would refuse, or that belongs to the identities", () => {
    const data = { key: "value" };
    assert.deepEqual(ofTenant(opaqueSecret("Shop_Db", data), opaqueSecret("a/../b", data)), [
      `INVALID_NAME ${at('["Shop_Db"]')}`,
      `INVALID_NAME ${at('["a/../b"]')}`,
    ]);
    assert.deepEqual(ofTenant(opaqueSecret("x".repeat(241), data)).length, 1);
    assert.deepEqual(ofTenant(opaqueSecret("sops-age", data)), [
      `RESERVED_NAMESPACE ${at('["sops-age"]')}`,
    ]);
    assert.deepEqual(ofTenant(opaqueSecret("a.b-c", data)), []);
  });

  it("for a key that Kubernetes would refuse, and for having none", () => {
    assert.deepEqual(
      ofTenant(opaqueSecret("a", { "with space": "1", "..": "2" }), opaqueSecret("b", {})),
      [
        `INVALID_SECRET ${at('["a"].data.".."')}`,
        `INVALID_SECRET ${at('["a"].data."with space"')}`,
        `INVALID_SECRET ${at('["b"]')}`,
      ],
    );
  });

  it("for more than one mebibyte, counted in bytes", () => {
    const half = "ä".repeat(256 * 1024);
    assert.deepEqual(ofTenant(opaqueSecret("a", { one: half, other: half })), []);
    assert.deepEqual(ofTenant(opaqueSecret("a", { one: half, other: `${half}!` })), [
      `INVALID_SECRET ${at('["a"].data')}`,
    ]);
  });

  it("for half of a character", () => {
    assert.deepEqual(ofTenant(opaqueSecret("a", { key: "\ud800" })), [
      `INVALID_SECRET ${at('["a"].key')}`,
    ]);
  });

  it("for what is no certificate or private key, or not a pair", () => {
    const other = pair.privateKey.replace(/^M/m, "N");
    assert.deepEqual(
      ofTenant(
        tlsSecret("a", { certificate: "./tls.crt", privateKey: pair.privateKey }),
        tlsSecret("b", { certificate: pair.certificate, privateKey: other }),
        tlsSecret("c", { ...pair, ca: "none" }),
        sshAuthSecret("d", { privateKey: "~/.ssh/id_ed25519" }),
        tlsSecret("e", { certificate: unknownValue, privateKey: unknownValue }),
      ),
      [
        `INVALID_SECRET ${at('["a"].data.tls.crt')}`,
        `INVALID_SECRET ${at('["b"].data.tls.key')}`,
        `INVALID_SECRET ${at('["c"].data.ca.crt')}`,
        `INVALID_SECRET ${at('["d"].data.ssh-privatekey')}`,
      ],
    );
  });

  it("for a private key that belongs to another certificate", () => {
    const [finding] = ofTenantWhole(
      tlsSecret("a", { certificate: pair.certificate, privateKey: otherKey }),
    );
    assert.match(finding?.problem ?? "", /not that of the certificate/);
  });

  it("for logins without registry, user or password", () => {
    const login = { username: "ann", password: "token" };
    assert.deepEqual(
      ofTenant(
        dockerConfigSecret("a", { registries: {} }),
        dockerConfigSecret("b", { registries: { "ghcr.io:https": login, "ghcr.io": login } }),
        dockerConfigSecret("c", { registries: { "ghcr.io": { ...login, password: "" } } }),
        basicAuthSecret("d", { ...login, username: "a:b" }),
      ),
      [
        `INVALID_SECRET ${at('["a"].data..dockerconfigjson')}`,
        `INVALID_SECRET ${at('["b"].registries["ghcr.io:https"]')}`,
        `INVALID_SECRET ${at('["c"].registries["ghcr.io"].password')}`,
        `INVALID_SECRET ${at('["d"].data.username')}`,
      ],
    );
  });

  it("for a type whose keys are not there, as data files may have it", () => {
    const { kind, name, args } = opaqueSecret("a", { key: "value" });
    const broken = { kind, name, args: { ...args, type: "kubernetes.io/tls" } };
    assert.deepEqual(ofTenant(broken), [`INVALID_SECRET ${at('["a"].data')}`]);
  });

  it("for labels and annotations that are none, or belong to Flux", () => {
    const labels = { "-": "x", "toolkit.fluxcd.io/tenant": "other" };
    const annotations = { "kustomize.toolkit.fluxcd.io/decrypt": "Disabled" };
    assert.deepEqual(
      new Set(ofTenant(opaqueSecret("a", { key: "1" }, { labels, annotations }))),
      new Set([
        `INVALID_LABEL ${at('["a"].labels["-"]')}`,
        `INVALID_SECRET ${at('["a"].metadata.annotations')}`,
        `RESERVED_KEY ${at('["a"].annotations["kustomize.toolkit.fluxcd.io/decrypt"]')}`,
        `RESERVED_KEY ${at('["a"].labels["toolkit.fluxcd.io/tenant"]')}`,
      ]),
    );
    const watched = { labels: { "reconcile.fluxcd.io/watch": "Enabled" } };
    assert.deepEqual(ofTenant(opaqueSecret("a", { key: "1" }, watched)), []);
  });

  it("for a Namespace that is missing, not the tenant's, or has the name twice", () => {
    const data = { key: "value" };
    assert.deepEqual(ofTenant(opaqueSecret("a", data, { namespace: "kube-system" })), [
      `INVALID_ARGUMENT ${at('["a"].namespace')}`,
    ]);
    assert.deepEqual(ofTenant(opaqueSecret("a", data), opaqueSecret("a", data)), [
      `DUPLICATE_IDENTITY ${at('["a"]')}`,
    ]);
    const one = layer("one", {
      ...{ clusters: "all", directory: "./one" },
      secrets: [
        opaqueSecret("a", data),
        opaqueSecret("b", data, { namespace: "x" }),
        opaqueSecret("b", data, { namespace: "y" }),
      ],
    });
    assert.deepEqual(
      findingsOf(someFleet({ clusters, sops, layers: [one] })).map(
        ({ code, path }) => `${code} ${path}`,
      ),
      ['MISSING_NAMESPACE Layer "one": secrets["a"].namespace'],
    );
  });

  it("when another part applies the same one", () => {
    const secret = opaqueSecret("a", { key: "1" }, { namespace: "apps" });
    const [eu] = clusters;
    const one = layer("one", { clusters: "all", directory: "./one", secrets: [secret] });
    const fleet = someFleet({
      clusters: [
        { ...eu, args: { ...eu?.args, environment: "production", secrets: [secret] } },
      ].map((part) => someCluster("eu", part.args)),
      ...{ sops, layers: [one] },
    });
    assert.deepEqual(
      findingsOf(fleet).map(({ code, path }) => `${code} ${path}`),
      ['DUPLICATE_OBJECT Cluster "eu": Secret apps/a'],
    );
  });

  it("and no finding says what is in it", () => {
    const text = "s3cr3t-s3cr3t";
    const found = ofTenantWhole(
      tlsSecret("a", { certificate: text, privateKey: text }),
      sshAuthSecret("b", { privateKey: text }),
      opaqueSecret("c", { "bad key": text, half: `${text}\ud800` }),
      opaqueSecret("d", { [".."]: text }),
      dockerConfigSecret("e", { registries: { "not a host": { username: ":", password: text } } }),
    );
    assert.ok(found.length >= 6);
    assert.ok(!JSON.stringify(found).includes("s3cr3t"));
  });
});

describe("a fleet with secrets is refused", () => {
  const secrets = [opaqueSecret("a", { key: "1" }, { namespace: "apps" })];

  it("when its own Kustomizations would have the names of other parts", () => {
    const made = (name: string, own: readonly SecretPart<string>[] = []) =>
      layer(name, { clusters: "all", directory: `./${name}`, secrets: own });
    const codes = (...layers: readonly ReturnType<typeof made>[]): readonly string[] =>
      findingsOf(someFleet({ clusters, sops, layers })).map(({ code }) => code);
    assert.deepEqual(codes(made("cluster-secrets")), ["RESERVED_NAMESPACE"]);
    assert.deepEqual(codes(made("infra", secrets), made("infra-secrets")), ["PATH_COLLISION"]);
  });

  it("when the generation of its seed is none", () => {
    const found = [0, -1, 1.5, Number.NaN, 1e9, "2" as unknown as number].map((seedGeneration) =>
      findingsOf(someFleet({ sops: { seedGeneration } })).map(
        ({ code, path }) => `${code} ${path}`,
      ),
    );
    assert.deepEqual(new Set(found.flat()), new Set(["INVALID_ARGUMENT sops.seedGeneration"]));
    assert.ok(found.every((findings) => findings.length === 1));
  });

  it("when a layer takes the directory of the Secrets", () => {
    const taken = layer("taken", { clusters: "all", base: {}, directory: "./secrets/production" });
    const one = layer("one", { clusters: "all", directory: "./one", secrets });
    const codes = (...layers: readonly (typeof one)[]): readonly string[] =>
      findingsOf(someFleet({ clusters, sops, layers })).map(({ code }) => code);
    assert.ok(codes(taken, one).includes("PATH_OVERLAP"));
    assert.ok(!codes(taken).includes("PATH_OVERLAP"));
  });
});

describe("a secret Output", () => {
  const secret = pulumi.secret("s3cr3t");

  it("may stand in the values of a Secret", async () => {
    const parts = [
      opaqueSecret("a", { secrets: secret }),
      dockerConfigSecret("b", { registries: { "ghcr.io": { username: "u", password: secret } } }),
    ];
    const { tenants } = await resolveInputs({
      ...someFleet(),
      tenants: [someTenant("shop")].map((part) => ({
        ...part,
        args: { ...part.args, secrets: parts },
      })),
    });
    const [a, b] = tenants?.[0]?.args.secrets ?? [];
    assert.equal(a?.args.data["secrets"], "s3cr3t");
    assert.equal(b?.args.registries?.["ghcr.io"]?.password, "s3cr3t");
  });

  it("is refused where it would be readable, even in a field of that name", async () => {
    const labels = { team: secret as unknown as string };
    const part = opaqueSecret(
      "a",
      { key: "1" },
      { namespace: secret as unknown as string, labels },
    );
    const object = { apiVersion: "x/v1", kind: "X", metadata: { name: "x" } };
    const hidden = { ...object, secrets: { args: { data: { key: secret } } } };
    await assert.rejects(
      resolveInputs({
        ...someFleet(),
        layers: [layer("one", { clusters: "all", base: { objects: [hidden] }, secrets: [part] })],
      }),
      (error) => {
        assert.ok(FleetError.is(error));
        assert.deepEqual(
          error.findings.map(({ code, path }) => `${code} ${path}`).sort(),
          [
            'SECRET_IN_GIT Layer "one": base.objects[0].secrets.args.data.key',
            'SECRET_IN_GIT Layer "one": secrets["a"].labels.team',
            'SECRET_IN_GIT Layer "one": secrets["a"].namespace',
          ].sort(),
        );
        return true;
      },
    );
  });
});

/** A private key for nobody, of no certificate; made for tests only. */
const otherKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgx7M6IF72l/Wp/WT/
71XHerUBkF/mTAzvupkc4E5p65mhRANCAAReu4Y/aq7lzjKkes7Orr8N+ZKXH61q
mWixiJ32thJbAZdEVGIPiG+b2bYgtRQBQLR5iH4Mcvb5EBPndanYmV1L
-----END PRIVATE KEY-----
`;
