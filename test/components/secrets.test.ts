import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import {
  basicAuthSecret,
  dockerConfigSecret,
  gitCredentialsSecret,
  opaqueSecret,
  renderFleet,
  secretValues,
  sshAuthSecret,
  tlsSecret,
  unknownValue,
} from "../../core.js";
import { plannedEncryption } from "../../components/fleet/render-fleet.js";
import { secretTexts as textsOf } from "../../components/sops/secrets/secret-object.js";
import { acme } from "../../examples/quickstart/fleet.js";
import { decryptSecret } from "../../sops.js";
import {
  fleetContext,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { fileOf, kustomizations } from "../fixtures/rendered.js";
import type { Spec } from "../fixtures/rendered.js";
import {
  breakGlass,
  clusterIdentities,
  isReadable,
  pair,
  sealedFleet,
  secretFleet,
  tenantKey,
} from "../fixtures/secrets.js";

function render(declaration: FleetDeclaration): RenderedFleet {
  return renderFleet("acme", declaration, fleetContext());
}

const sopsDecryption = { provider: "sops", secretRef: { name: "sops-age" } };

describe("the parts for Secrets", () => {
  it("have the type and the keys that Kubernetes and Flux read", () => {
    const { certificate, privateKey } = pair;
    const login = { username: "ann", password: "pass:word" };
    const parts = [
      opaqueSecret("opaque", { a: "1" }),
      tlsSecret("tls", { certificate, privateKey, ca: certificate }),
      dockerConfigSecret("docker", { registries: { "ghcr.io": login } }),
      basicAuthSecret("basic", login),
      sshAuthSecret("ssh", { privateKey }),
      gitCredentialsSecret("https", { token: "token" }),
      gitCredentialsSecret("ssh-git", { identity: privateKey, knownHosts: "host ssh-ed25519 A" }),
    ];
    const auth = Buffer.from("ann:pass:word").toString("base64");
    assert.deepEqual(
      parts.map(({ args }) => [args.type, textsOf(args)]),
      [
        ["Opaque", { a: "1" }],
        [
          "kubernetes.io/tls",
          { "ca.crt": certificate, "tls.crt": certificate, "tls.key": privateKey },
        ],
        [
          "kubernetes.io/dockerconfigjson",
          { ".dockerconfigjson": JSON.stringify({ auths: { "ghcr.io": { ...login, auth } } }) },
        ],
        ["kubernetes.io/basic-auth", login],
        ["kubernetes.io/ssh-auth", { "ssh-privatekey": privateKey }],
        ["Opaque", { password: "token", username: "git" }],
        ["Opaque", { identity: privateKey, known_hosts: "host ssh-ed25519 A" }],
      ],
    );
  });
});

describe("a fleet with secrets", () => {
  let sealed: RenderedFleet;
  before(async () => {
    sealed = await sealedFleet(secretFleet());
  });

  it("encrypts each Secret to its own cluster and to whoever breaks the glass, and to nobody else", async () => {
    const own = { eu: recipients[0], us: recipients[1] };
    for (const { path, cluster, recipients: readers } of sealed.encrypted) {
      const name = cluster as keyof typeof own;
      const { text } = fileOf(sealed, path);
      const inFile = [...text.matchAll(/recipient: (\S+)/g)].map(([, recipient]) => recipient);
      assert.deepEqual(inFile, [own[name], breakGlass.recipient].sort(), path);
      assert.deepEqual(readers, inFile, path);
      for (const identity of [clusterIdentities[name], breakGlass.identity]) {
        assert.equal((await decryptSecret(text, { identities: identity })).kind, "Secret");
      }
      const other = clusterIdentities[name === "eu" ? "us" : "eu"];
      await assert.rejects(decryptSecret(text, { identities: other }), { name: "FleetError" });
    }
    assert.equal(sealed.encrypted.length, 14);
  });

  it("gives each Secret its values, Namespace and labels", async () => {
    const { text } = fileOf(sealed, "tenants/production/eu/shop/secret-database.yaml");
    const secret = await decryptSecret(text, { identities: clusterIdentities.eu });
    assert.deepEqual(secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "database",
        namespace: "shop",
        labels: { "toolkit.fluxcd.io/tenant": "shop" },
      },
      type: "Opaque",
      data: {
        url: Buffer.from("postgres://shop:shop-password@db/shop").toString("base64"),
        user: Buffer.from("shop").toString("base64"),
      },
    });
  });

  it("holds no value in any file, object or record", () => {
    assert.ok(!isReadable(JSON.stringify(sealed)));
    assert.ok(isReadable(Buffer.from(JSON.stringify(secretFleet())).toString("base64")));
  });

  it("applies the Secrets of a layer, with their Namespace, before the layer", () => {
    const own = kustomizations(sealed, "eu");
    assert.deepEqual(own.get("monitoring")?.["dependsOn"], [
      { name: "monitoring-secrets", namespace: "flux-system" },
    ]);
    const { path, decryption, prune, wait } = own.get("monitoring-secrets") ?? {};
    assert.deepEqual(
      { path, decryption, prune, wait },
      {
        path: "./secrets/production/eu/monitoring",
        decryption: sopsDecryption,
        prune: true,
        wait: true,
      },
    );
    const applied = sealed.manifests
      .filter(
        ({ cluster, appliedBy }) =>
          cluster === "eu" && appliedBy === "flux-system/monitoring-secrets",
      )
      .map(({ object }) => `${object.kind} ${object.metadata.name}`);
    assert.deepEqual(applied, ["Namespace monitoring", "Secret grafana", "Secret grafana-tls"]);
    const namespace = fileOf(sealed, "secrets/production/eu/monitoring/monitoring/namespace.yaml");
    assert.match(namespace.text, /kustomize\.toolkit\.fluxcd\.io\/prune: disabled/);
  });

  it("decrypts exactly where something is encrypted", () => {
    const decrypting = (cluster: string): readonly string[] =>
      [...kustomizations(sealed, cluster)].flatMap(([name, { decryption }]) =>
        decryption === undefined ? [] : [name],
      );
    assert.deepEqual(decrypting("eu"), ["cluster-secrets", "monitoring-secrets", "shop"]);
    assert.deepEqual(decrypting("us"), ["monitoring-secrets", "shop"]);
  });

  it("brings a tenant its own identity, encrypted to the cluster, with which it decrypts", async () => {
    const path = "tenants/staging/us/shop/secret-sops-age.yaml";
    const { data, metadata } = await decryptSecret(fileOf(sealed, path).text, {
      identities: clusterIdentities.us,
    });
    assert.equal(metadata.namespace, "shop");
    assert.deepEqual(Object.entries(data ?? {}), [
      ["shop-deab1185.agekey", Buffer.from(tenantKey.identity).toString("base64")],
    ]);
    const own = sealed.manifests.find(
      ({ object }) => object.kind === "Kustomization" && object.metadata.namespace === "shop",
    );
    assert.deepEqual((own?.object["spec"] as Spec)["decryption"], sopsDecryption);
  });

  it("lists every Secret in the kustomization file of its directory", () => {
    const { text } = fileOf(sealed, "tenants/production/eu/shop/kustomization.yaml");
    assert.match(
      text,
      /resources:\n- namespace.yaml\n- secret-database.yaml\n- secret-deploy.yaml\n- secret-registry.yaml\n- secret-sops-age.yaml\n- sync.yaml\n/,
    );
  });

  it("remembers the recipient of each cluster and a proof of each file", () => {
    assert.equal(sealed.record.clusters["eu"]?.age?.recipient, recipients[0]);
    assert.equal(sealed.record.tenants["shop"]?.age?.recipient, tenantKey.recipient);
    assert.deepEqual(
      Object.keys(sealed.record.sops?.files ?? {}),
      sealed.encrypted.map(({ path }) => path).sort(),
    );
  });

  it("waits for the Kustomizations of its Secrets", () => {
    const eu = sealed.clusters.find(({ name }) => name === "eu");
    const watched = eu?.kustomizations.filter(({ name }) => name.endsWith("-secrets"));
    assert.deepEqual(
      watched?.map(({ name, source, waitFor }) => [name, source, waitFor]),
      [
        ["cluster-secrets", "fleet", true],
        ["monitoring-secrets", "fleet", true],
      ],
    );
  });

  it("renders without envelopes, and then every encrypted file is unknown and has no value", () => {
    const plain = render(secretFleet());
    const paths = (fleet: RenderedFleet): readonly string[] => fleet.files.map(({ path }) => path);
    assert.deepEqual(paths(plain), paths(sealed));
    const unknown = plain.files.filter((file) => file.unknown === true).map(({ path }) => path);
    assert.deepEqual([...unknown].sort(), sealed.encrypted.map(({ path }) => path).sort());
    assert.ok(!isReadable(JSON.stringify(plain)));
  });

  it("marks a file unknown whose value is not known yet, and none beside it", async () => {
    const secrets = [
      opaqueSecret("late", { key: unknownValue }),
      opaqueSecret("early", { key: "1" }),
    ];
    const tenants = [someTenant("shop", { secrets })];
    const fleet = await sealedFleet(secretFleet({ tenants, layers: [] }));
    const unknown = fleet.files.filter((file) => file.unknown === true).map(({ path }) => path);
    assert.deepEqual(unknown, [
      "tenants/production/eu/shop/secret-late.yaml",
      "tenants/staging/us/shop/secret-late.yaml",
    ]);
  });
});

describe("a cluster with a secret and no declared key", () => {
  const fleet = someFleet({
    clusters: [someCluster("eu", { environment: "staging", kubeconfig: "k" })],
    tenants: [someTenant("shop", { secrets: [opaqueSecret("a", { key: "1" })] })],
  });

  it("gets an identity of the fleet's making, and its files are unknown until it is made", () => {
    const { identities, files } = plannedEncryption("acme", fleet, fleetContext());
    assert.deepEqual(identities, [
      {
        key: "cluster/eu/1",
        owner: { kind: "cluster", name: "eu" },
        generation: 1,
        postQuantum: false,
      },
    ]);
    assert.deepEqual(
      files.map(({ recipients: readers }) => readers),
      [[unknownValue]],
    );
    assert.equal(fileOf(render(fleet), ".sops.yaml").unknown, true);
  });

  it("is encrypted to that identity once it is made, and keeps it when the last secret leaves", async () => {
    const made = { recipient: recipients[0], identity: clusterIdentities.eu };
    const identities = new Map([["cluster/eu/1", made]]);
    const first = await sealedFleet(fleet, undefined, { identities });
    assert.deepEqual(first.encrypted[0]?.recipients, [recipients[0]]);
    assert.deepEqual(first.record.clusters["eu"]?.age, { recipient: recipients[0] });
    const [secret] = (first.clusters[0]?.secrets ?? []).filter(({ purpose }) => purpose === "age");
    assert.ok(secret);
    assert.deepEqual(Object.values(secretValues(secret, fleet, identities)), [made.identity]);
    const later = someFleet({ clusters: fleet.clusters, tenants: [someTenant("shop")] });
    const context = fleetContext({ record: first.record, identities });
    assert.deepEqual(plannedEncryption("acme", later, context).identities.length, 1);
    assert.deepEqual(renderFleet("acme", later, context).record.clusters, first.record.clusters);
    assert.deepEqual(plannedEncryption("acme", later, fleetContext()).identities, []);
  });
});

describe("the quickstart", () => {
  it("has an encrypted Secret on each cluster as soon as it is given a password", () => {
    const declaration = acme({
      repository: "https://git.example.com/acme/fleet-infra",
      pushUrl: undefined,
      push: { token: "push-token" },
      read: undefined,
      kubeconfigs: { "eu-west-1": "k", "eu-central-1": "k" },
      payments: { application: "https://git.example.com/acme/app", interval: "10m", password: "p" },
      breakGlass: breakGlass.recipient,
    });
    const { encrypted } = render(declaration);
    assert.deepEqual(
      encrypted.map(({ path }) => path),
      [
        "tenants/staging/eu-central-1/payments/secret-payment-db.yaml",
        "tenants/production/eu-west-1/payments/secret-payment-db.yaml",
      ],
    );
    assert.ok(encrypted.every(({ recipients: all }) => all.includes(breakGlass.recipient)));
    const { encrypted: none } = render({ ...declaration, tenants: [], sops: {} });
    assert.deepEqual(none, []);
  });
});
