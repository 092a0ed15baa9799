import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encrypted, encryptedTo } from "../fixtures/encrypted.js";
import {
  findings,
  found,
  glass,
  namespace,
  other,
  own,
  secret,
  stranger,
  title,
  withSecret,
} from "../fixtures/written-secrets.js";

describe("an encrypted Secret that people wrote", () => {
  it("is fine when the layer decrypts, and its cluster and the break-glass key open it", () => {
    assert.deepEqual(found(withSecret(secret)), []);
  });

  it("must be decrypted by what applies it", () => {
    const [finding, ...others] = findings(withSecret(secret), {});
    assert.deepEqual(others, []);
    assert.equal(
      `${finding?.code ?? ""} ${finding?.path ?? ""}`,
      `ENCRYPTED_NOT_DECRYPTED ${title}`,
    );
    assert.match(finding?.remedy ?? "", /`decryption` of the layer.*refuses the Secret/);
  });

  it("must not be below stringData, where Flux applies ciphertext as it stands", () => {
    const text = encryptedTo(encrypted["string-data.yaml"], own, glass);
    const [warning] = findings(withSecret(text));
    assert.equal(warning?.code, "ENCRYPTED_STRING_DATA");
    assert.equal(warning.severity, "warning");
    const [refused] = findings(withSecret(text), {});
    assert.equal(refused?.code, "ENCRYPTED_NOT_DECRYPTED");
    assert.match(refused.remedy, /applies the ciphertext as it stands and reports Ready/);
  });

  it("must not be kept from decryption by its annotation", () => {
    const text = secret.replace(
      "    namespace: payment\n",
      "    namespace: payment\n    annotations:\n        kustomize.toolkit.fluxcd.io/decrypt: Disabled\n",
    );
    assert.deepEqual(found(withSecret(text)), [
      `ENCRYPTED_NOT_DECRYPTED ${title}: metadata.annotations`,
    ]);
  });

  it("is recognised by its mac, not by its values", () => {
    const withoutMac = secret.replace(/^ {4}mac: .*\n/m, "");
    const withoutMetadata = secret.slice(0, secret.indexOf("sops:"));
    for (const text of [withoutMac, withoutMetadata]) {
      assert.deepEqual(found(withSecret(text)), [`ENCRYPTED_UNRECOGNISED ${title}`]);
    }
    // Flux reads whole objects by their fields, so quotes and JSON do not matter.
    const quoted = secret.replace(/^( {4}mac: )(.*)$/m, '$1"$2"');
    assert.notEqual(quoted, secret);
    assert.deepEqual(found(withSecret(quoted)), []);
  });

  it("is a plain one when its rule encrypted nothing", () => {
    const plain = secret.replace(/password: ENC\[.*$/m, "password: aHVudGVyMg==");
    const all = findings(withSecret(plain));
    assert.deepEqual(
      all.map(({ code, path }) => `${code} ${path}`),
      [`SECRET_IN_GIT ${title}`],
    );
    assert.doesNotMatch(JSON.stringify(all), /aHVudGVyMg/);
  });

  it("must be readable by each cluster that applies it", () => {
    const text = encryptedTo(secret, glass);
    const [finding, ...others] = findings(withSecret(text));
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "SECRET_NOT_READABLE");
    assert.match(finding.problem, /identity of "eu"/);
    assert.ok(finding.remedy.includes(own));
  });

  it("must not be readable by a cluster that does not apply it", () => {
    const text = encryptedTo(secret, own, glass, other);
    const [finding, ...others] = findings(withSecret(text));
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "SECRET_READABLE_ELSEWHERE");
    assert.match(finding.problem, /identity of "test" opens it/);
    const shared = findings(withSecret(text), { clusters: "all", decryption: {} });
    assert.deepEqual(shared, []);
  });

  it("names whoever else can read it", () => {
    const [finding, ...others] = findings(withSecret(encryptedTo(secret, own, glass, stranger)));
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "UNKNOWN_RECIPIENT");
    assert.equal(finding.severity, "warning");
  });

  it("of production must survive the loss of the identity", () => {
    assert.deepEqual(found(withSecret(encryptedTo(secret, own))), [
      'BREAK_GLASS_MISSING Layer "base": base/secret.yaml',
    ]);
    assert.deepEqual(
      found(withSecret(encryptedTo(secret, other)), {
        clusters: { environment: "staging" },
        decryption: {},
      }),
      // Nobody must, but by .sops.yaml whoever breaks the glass would read it too.
      ['SOPS_RULE_MISMATCH Layer "base": base/secret.yaml'],
    );
  });

  it("may be opened by a key service instead, with a ServiceAccount", () => {
    const kms = secret.replace(
      /^ {4}age:\n(?: {8}.*\n)+/m,
      '    kms:\n        - arn: arn:aws:kms:eu-west-1:1:key/x\n          enc: x\n          created_at: "2026-01-01T00:00:00Z"\n',
    );
    assert.doesNotMatch(kms, /age1/);
    const decryption = { serviceAccountName: "kustomize-controller" };
    assert.deepEqual(found(withSecret(kms), { decryption }), []);
    assert.deepEqual(found(withSecret(secret), { decryption }), [
      "DECRYPTION_WITHOUT_KEY Kustomization flux-system/base: spec.decryption",
    ]);
  });

  it("must not be encrypted whole where something is added to it", () => {
    const whole = encryptedTo(encrypted["whole.yaml"], own, glass);
    const files = { "base/secret.yaml": whole, "base/namespace.yaml": namespace };
    const [warning, ...others] = findings(files);
    assert.deepEqual(others, []);
    assert.equal(warning?.code, "ENCRYPTED_WHOLE");
    assert.equal(warning.severity, "warning");
    const list = "namePrefix: eu-\n";
    const [refused] = findings({
      ...files,
      "base/kustomization.yaml": `resources: [namespace.yaml, secret.yaml]\n${list}`,
    });
    assert.equal(refused?.code, "ENCRYPTED_WHOLE");
    assert.equal(refused.severity, undefined);
    assert.match(refused.problem, /namePrefix of base\/kustomization.yaml/);
    assert.deepEqual(found(files, {}), ['ENCRYPTED_NOT_DECRYPTED Layer "base": base/secret.yaml']);
  });

  it("may be whatever others refer to when even its kind is encrypted", () => {
    const charts = `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: payment}
spec: {interval: 60m, url: "https://charts.example.com", secretRef: {name: payment-db-credentials}}
`;
    const files = { "base/charts.yaml": charts, "base/namespace.yaml": namespace };
    assert.deepEqual(found({ ...files, "base/secret.yaml": secret }), []);
    assert.deepEqual(found(files), [
      'DANGLING_REFERENCE Layer "base": base/charts.yaml: HelmRepository payment/charts: spec.secretRef',
    ]);
    const whole = encryptedTo(encrypted["whole.yaml"], own, glass);
    assert.deepEqual(found({ ...files, "base/secret.yaml": whole }), [
      'ENCRYPTED_WHOLE Layer "base": base/secret.yaml',
    ]);
  });

  it("may be a SopsSecret, which another controller decrypts on the cluster", () => {
    const text = secret
      .replace("apiVersion: v1", "apiVersion: isindir.github.com/v1alpha3")
      .replace("kind: Secret", "kind: SopsSecret");
    assert.deepEqual(found(withSecret(text), {}), []);
  });
});

describe("a Secret that people wrote", () => {
  const plain = (data: string, more = ""): Readonly<Record<string, string>> =>
    withSecret(
      `apiVersion: v1\nkind: Secret\nmetadata: {name: payment-db-credentials, namespace: payment${more}}\n${data}\n`,
    );

  it("must not hold values that can be read", () => {
    for (const data of ["data: {a: aHVudGVyMg==}", "stringData: {a: hunter2}", "data: {a: 5}"]) {
      assert.deepEqual(found(plain(data)), [`SECRET_IN_GIT ${title}`]);
    }
    const all = JSON.stringify(findings(plain("stringData: {a: hunter2}")));
    assert.doesNotMatch(all, /hunter2/);
  });

  it("may be empty, or be put together on the cluster", () => {
    for (const data of ["type: Opaque", "data: {}", "data: {a: ''}", "stringData: {a: x-${A}}"]) {
      const files = plain(data);
      assert.deepEqual(
        found(files).filter((line) => line.startsWith("SECRET_IN_GIT")),
        [],
        data,
      );
    }
    assert.deepEqual(
      found(plain("stringData: {a: '${A:=hunter2}'}")).filter((line) =>
        line.startsWith("SECRET_IN_GIT"),
      ),
      [`SECRET_IN_GIT ${title}`],
    );
  });

  it("may say why everybody may read it", () => {
    const reason = ", annotations: {pulumi-flux-fleet/plain-reason: a label for Argo}";
    assert.deepEqual(found(plain("stringData: {a: b}", reason)), []);
    const empty = ", annotations: {pulumi-flux-fleet/plain-reason: ' '}";
    assert.deepEqual(found(plain("stringData: {a: b}", empty)), [`SECRET_IN_GIT ${title}`]);
  });
});
