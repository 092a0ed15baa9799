import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergedOverClusters } from "../../graph/cluster-findings.js";
import { encryptionOf, opens, recipientsOf } from "../../graph/secrets/encryption.js";
import { expectedFormat, isMarked } from "../../graph/secrets/flux-formats.js";
import { hasPlainValues } from "../../graph/secrets/plain-findings.js";
import type { PlacedSecretObject, SecretCluster } from "../../graph/secrets/placed-secrets.js";
import { ruleFindings } from "../../graph/secrets/rule-findings.js";
import { secretFindings } from "../../graph/secrets/secret-findings.js";
import { unknownValue } from "../../graph/values/unknown-value.js";
import { kustomization, object } from "../fixtures/placed.js";

const sops = (...recipients: readonly string[]): object => ({
  age: recipients.map((recipient) => ({ recipient, enc: "x" })),
  mac: "ENC[x]",
});

describe("who opens something encrypted", () => {
  const a = new Set(["age1a"]);

  it("is anybody among its recipients", () => {
    const encryption = encryptionOf(sops("age1a", "age1b", "age1a"));
    assert.deepEqual(recipientsOf(encryption), ["age1a", "age1b"]);
    assert.equal(opens(a, encryption), true);
    assert.equal(opens(new Set(["age1c"]), encryption), false);
    assert.equal(opens(new Set(), encryption), false);
  });

  it("is not known when a key service could", () => {
    const encryption = encryptionOf({ ...sops("age1b"), kms: [{ arn: "x" }] });
    assert.equal(opens(a, encryption), undefined);
    assert.equal(opens(new Set(["age1b"]), encryption), true);
  });

  it("needs as many groups as the threshold says", () => {
    const groups = ["age1a", "age1b", "age1c"].map((recipient) => ({ age: [{ recipient }] }));
    const two = encryptionOf({ key_groups: groups, shamir_threshold: 2, mac: "x" });
    assert.equal(opens(a, two), false);
    assert.equal(opens(new Set(["age1a", "age1c"]), two), true);
    const all = encryptionOf({ key_groups: groups, mac: "x" });
    assert.equal(opens(new Set(["age1a", "age1c"]), all), false);
    const withService = encryptionOf({
      key_groups: [groups[0], { pgp: [{ fp: "x" }] }],
      shamir_threshold: 2,
    });
    assert.equal(opens(a, withService), undefined);
    assert.equal(withService.hasMac, false);
  });

  it("is nobody when the metadata make no sense", () => {
    for (const value of [undefined, null, 5, [], "x", { age: 5 }, { age: [{ recipient: 1 }] }]) {
      assert.deepEqual(recipientsOf(encryptionOf(value)), []);
    }
  });
});

describe("the format that kustomize-controller reads", () => {
  it("follows the ending of the key or the path", () => {
    const rows = [
      ["secret-file", "a.yaml", "yaml"],
      ["secret-file", "a.yml", "yaml"],
      ["secret-file", "dir/a.json", "json"],
      ["secret-file", ".dockerconfigjson", "json"],
      ["secret-file", "a.env", "dotenv"],
      ["secret-file", "a.ini", "ini"],
      ["secret-file", "tls.key", "binary"],
      ["secret-env", "a.txt", "dotenv"],
      ["secret-env", "a.yaml", "yaml"],
      ["patch", "a.yaml", "yaml"],
      ["patch", "a", "binary"],
      ["config-file", "a.yaml", undefined],
      ["config-env", "a.env", undefined],
      ["old-patch", "a.yaml", undefined],
      ["inline-patch", "a.yaml", undefined],
      ["secret-literal", "a.yaml", undefined],
    ] as const;
    for (const [use, name, format] of rows) assert.equal(expectedFormat(use, name), format, name);
  });

  it("is recognised byte by byte", () => {
    assert.ok(isMarked("    mac: ENC[AES", "yaml"));
    assert.ok(!isMarked('    mac: "ENC[AES', "yaml"));
    assert.ok(isMarked('"mac": "ENC[AES', "json"));
    assert.ok(!isMarked('"mac":"ENC[AES', "json"));
    assert.ok(!isMarked('"mac": "ENC[AES', "yaml"));
    assert.ok(isMarked("A=b\nsops_mac=ENC[AES", "dotenv"));
    assert.ok(isMarked("[sops]\nmac = ENC[", "ini"));
  });
});

describe("a Secret", () => {
  const secret = (fields: object): Parameters<typeof hasPlainValues>[0] => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a" },
    ...fields,
  });

  it("is plain when any of its values can be read", () => {
    const plain = [{ data: { a: "YQ==" } }, { stringData: { a: "b" } }, { data: { a: 5 } }];
    for (const one of plain) assert.ok(hasPlainValues(secret(one)));
    assert.ok(hasPlainValues(secret({ sops: {}, data: { a: "ENC[AES256_GCM,x", b: "plain" } })));
    assert.ok(hasPlainValues(secret({ stringData: { a: "$${A}" } })));
    assert.ok(hasPlainValues(secret({ stringData: { a_unencrypted: "b" } })));
    assert.ok(!hasPlainValues(secret({ sops: {}, stringData: { a_unencrypted: "b" } })));
    assert.ok(!hasPlainValues(secret({ data: { a: "", b: null, c: unknownValue } })));
    assert.ok(!hasPlainValues(secret({ kind: "ConfigMap", data: { a: "b" } })));
  });
});

/** A cluster of two Kustomizations, with an encrypted Secret in the first. */
function cluster(name: string, recipients: readonly string[], own: string): SecretCluster {
  const decryption = { provider: "sops", secretRef: { name: "sops-age" } };
  const secret: PlacedSecretObject = {
    ...{ kind: "object", part: 'layer "base"', file: `${name}/a.yaml` },
    kustomization: "flux-system/base",
    object: { ...object("Secret", "apps/a"), data: { a: "ENC[AES256_GCM,x" } },
    encryption: encryptionOf(sops(...recipients)),
    holdsCiphertext: true,
  };
  return {
    name,
    isProduction: true,
    secrets: [secret],
    kustomizations: new Map([["flux-system/base", kustomization("base", { decryption })]]),
    identities: new Map([["flux-system/sops-age", [own]]]),
    keys: new Map([["flux-system/sops-age", ["eu.agekey"]]]),
    hasGlobalKey: false,
  };
}

describe("secrets of two clusters", () => {
  const readers = { breakGlass: ["age1glass"], others: new Set<string>() };
  const codes = (...clusters: readonly SecretCluster[]): readonly string[] =>
    secretFindings(clusters, readers).map(({ code, path }) => `${code} ${path}`);
  const us = cluster("us", ["age1us", "age1glass"], "age1us");

  it("are read by their own and by who breaks the glass", () => {
    assert.deepEqual(codes(cluster("eu", ["age1eu", "age1glass"], "age1eu"), us), []);
  });

  it("are found when any of them is sealed for the other", () => {
    assert.deepEqual(codes(cluster("eu", ["age1us", "age1glass"], "age1eu"), us), [
      'SECRET_NOT_READABLE Layer "base": eu/a.yaml',
      'SECRET_READABLE_ELSEWHERE Layer "base": eu/a.yaml',
    ]);
    assert.deepEqual(codes(cluster("eu", ["age1eu", "age1us"], "age1eu"), us), [
      'SECRET_READABLE_ELSEWHERE Layer "base": eu/a.yaml',
      'BREAK_GLASS_MISSING Layer "base": eu/a.yaml',
    ]);
  });

  it("may be opened by either identity while one replaces the other", () => {
    const eu = cluster("eu", ["age1old", "age1glass"], "age1new");
    const held = new Map([["flux-system/sops-age", ["age1new", "age1old"]]]);
    assert.deepEqual(codes({ ...eu, identities: held }, us), []);
  });

  it("are not judged by identities that nobody knows", () => {
    const eu = cluster("eu", ["age1eu", "age1glass"], "age1eu");
    assert.deepEqual(codes({ ...eu, identities: new Map() }), [
      'UNKNOWN_RECIPIENT Layer "base": eu/a.yaml',
    ]);
  });

  it("cannot be read with entries that Flux passes over", () => {
    const eu = cluster("eu", ["age1eu", "age1glass"], "age1eu");
    for (const keys of [["age.key"], ["identity", "keys.txt"], []]) {
      const found = codes({ ...eu, keys: new Map([["flux-system/sops-age", keys]]) });
      assert.deepEqual(found, [
        "DECRYPTION_KEYS_IGNORED Kustomization flux-system/base: spec.decryption.secretRef",
      ]);
    }
    for (const keys of [["a.agekey", "notes"], ["a.asc"], ["sops.vault-token"]]) {
      assert.deepEqual(codes({ ...eu, keys: new Map([["flux-system/sops-age", keys]]) }), []);
    }
  });

  it("follow the deepest rule of .sops.yaml, as sops does", () => {
    const eu = cluster("eu", ["age1eu", "age1glass"], "age1eu");
    const found = (rules: Parameters<typeof ruleFindings>[1]): readonly string[] =>
      ruleFindings([eu], rules, () => false).map(({ problem }) => problem);
    const right = { directory: "eu", recipients: ["age1glass", "age1eu"] };
    assert.deepEqual(found([{ directory: ".", recipients: ["age1other"] }, right]), []);
    assert.deepEqual(found([{ directory: "e", recipients: [] }]), []);
    assert.deepEqual(found([{ directory: ".", recipients: ["age1eu", "age1other"] }]), [
      "By .sops.yaml it would be encrypted also to age1other no more to age1glass.",
    ]);
  });
});

describe("findings of several clusters", () => {
  it("are said once, with the clusters when they are not all", () => {
    const names = ["c", "a", "b"].map((name) => ({ name }));
    const finding = { code: "SECRET_IN_GIT", path: "x", problem: "P.", remedy: "R." } as const;
    const found = mergedOverClusters(names, ({ name }) => (name === "b" ? [] : [finding]));
    assert.deepEqual(found, [{ ...finding, problem: 'P. (On "a", "c".)' }]);
    assert.deepEqual(
      mergedOverClusters(names, () => [finding]),
      [finding],
    );
  });
});
