import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encrypted, encryptedTo } from "../fixtures/encrypted.js";
import {
  directory,
  findings,
  found,
  glass,
  namespace,
  own,
  secret,
  withSecret,
} from "../fixtures/written-secrets.js";

describe("a generator or patch that people wrote", () => {
  const generator = (entry: string): string =>
    `secretGenerator: [{name: app, namespace: payment, ${entry}}]\n`;
  const at = (name: string, from = " (of base/kustomization.yaml)"): string =>
    `Layer "base": base/${name}${from}`;

  it("is decrypted by Flux when name and format agree", () => {
    const rows = [
      ["settings.env", "envs: [settings.env]"],
      ["settings.env", "files: [settings.env]"],
      ["settings.json", "files: [settings.json]"],
      ["settings.json", "files: ['.dockerconfigjson=settings.json']"],
      ["settings.ini", "files: [settings.ini]"],
      ["values.yaml", "files: [values.yaml]"],
      ["key.bin", "files: [key.bin]"],
      ["key.bin", "files: [tls.key=key.bin]"],
    ] as const;
    for (const [name, entry] of rows) {
      const text = encrypted[name].replaceAll(own, own);
      const codes = findings(directory(generator(entry), { [name]: text })).map(({ code }) => code);
      // Every format tells who can open it, so that only the missing break-glass key is said.
      assert.deepEqual(codes, ["BREAK_GLASS_MISSING"], entry);
    }
  });

  it("must be below a Kustomization that decrypts, or the ciphertext is deployed", () => {
    const files = directory(generator("files: [values.yaml]"), {
      "values.yaml": encryptedTo(encrypted["values.yaml"], own, glass),
    });
    const [finding, ...others] = findings(files, {});
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "ENCRYPTED_NOT_DECRYPTED");
    assert.match(finding.remedy, /deploys the ciphertext without a word and reports Ready/);
  });

  it("is read by the ending of its key, whatever was encrypted", () => {
    const text = encryptedTo(encrypted["values.yaml"], own, glass);
    const rows = [
      ["values.yaml", "files: [config=values.yaml]", "reads it as binary"],
      ["values.yaml", "files: [config.json=values.yaml]", "reads it as JSON"],
      ["values.txt", "envs: [values.txt]", "reads it as dotenv"],
    ] as const;
    for (const [name, entry, problem] of rows) {
      const [finding, ...others] = findings(directory(generator(entry), { [name]: text }));
      assert.deepEqual(others, [], entry);
      assert.equal(finding?.code, "ENCRYPTED_UNRECOGNISED");
      assert.ok(finding.problem.includes(problem), finding.problem);
    }
  });

  it("must keep the mac as sops writes it", () => {
    const yaml = encryptedTo(encrypted["values.yaml"], own, glass).replace(
      /^( {4}mac: )(.*)$/m,
      '$1"$2"',
    );
    const json = JSON.stringify(JSON.parse(encrypted["settings.json"]));
    const rows = [
      ["values.yaml", yaml],
      ["settings.json", json],
    ] as const;
    for (const [name, text] of rows) {
      const all = findings(directory(generator(`files: [${name}]`), { [name]: text }));
      const [finding] = all.filter(({ code }) => code !== "BREAK_GLASS_MISSING");
      assert.equal(finding?.code, "ENCRYPTED_UNRECOGNISED");
      assert.match(finding.problem, /`mac` is not written as Flux looks for it/);
      assert.match(finding.remedy, /deploys the ciphertext without a word/);
    }
  });

  it("of a ConfigMap is never decrypted", () => {
    const text = encryptedTo(encrypted["values.yaml"], own, glass);
    const list = "configMapGenerator: [{name: app, namespace: payment, files: [values.yaml]}]\n";
    assert.deepEqual(found(directory(list, { "values.yaml": text })), [
      'ENCRYPTED_UNRECOGNISED Layer "base": base/values.yaml',
    ]);
  });

  it("must not hold plain values", () => {
    const rows: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      ["literals: [password=hunter2]", {}, at("kustomization.yaml", "")],
      ["envs: [a.env]", { "a.env": "# comment\nPASSWORD=hunter2\n" }, at("a.env")],
      ["files: [tls.key=key.pem]", { "key.pem": "hunter2" }, at("key.pem")],
    ];
    for (const [entry, files, path] of rows) {
      const all = findings(directory(generator(entry), files));
      assert.deepEqual(
        all.map((finding) => `${finding.code} ${finding.path}`),
        [`SECRET_IN_GIT ${path}`],
      );
      assert.doesNotMatch(JSON.stringify(all), /hunter2/);
    }
    assert.deepEqual(found(directory(generator("envs: [a.env]"), { "a.env": "# none\n" })), []);
    const reason = "options: {annotations: {pulumi-flux-fleet/plain-reason: a public CA}}";
    assert.deepEqual(
      found(directory(generator(`files: [ca.crt], ${reason}`), { "ca.crt": "public" })),
      [],
    );
  });

  it("must be there", () => {
    assert.deepEqual(found(directory(generator("files: [gone.yaml]"), {})), [
      'UNREADABLE_DIRECTORY Layer "base": base/kustomization.yaml',
    ]);
  });

  const target = "metadata: {name: payment-db-credentials, namespace: payment}";

  it("must not set values of a Secret in plain text", () => {
    const merge = `apiVersion: v1\nkind: Secret\n${target}\nstringData: {password: hunter2}\n`;
    const operations = "- {op: add, path: /data/password, value: aHVudGVyMg==}\n";
    const indented = merge.replace(/^/gm, "    ");
    const rows: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
      ["patches: [{path: patch.yaml}]\n", { "patch.yaml": merge }, at("patch.yaml")],
      [
        "patches: [{path: patch.yaml, target: {kind: Secret}}]\n",
        { "patch.yaml": operations },
        at("patch.yaml"),
      ],
      ["patchesStrategicMerge: [patch.yaml]\n", { "patch.yaml": merge }, at("patch.yaml")],
      [`patches:\n- patch: |\n${indented}\n`, {}, at("kustomization.yaml", "")],
    ];
    for (const [list, files, path] of rows) {
      const all = findings(
        directory(list.replace("\n", "\n"), { ...files, "secret.yaml": secret }),
      );
      assert.deepEqual(
        all.map((finding) => `${finding.code} ${finding.path}`),
        [`SECRET_IN_GIT ${path}`],
        list,
      );
      assert.doesNotMatch(JSON.stringify(all), /hunter2|aHVudGVyMg/);
    }
    const labels = `apiVersion: v1\nkind: Secret\n${target.replace("}", ", labels: {a: b}}")}\n`;
    assert.deepEqual(
      found(directory("patches: [{path: patch.yaml}]\n", { "patch.yaml": labels })),
      [],
    );
  });

  it("must not be in a patch of the program, nor in a Kustomization", () => {
    const patch = {
      target: { kind: "Secret", name: "payment-db-credentials" },
      patch: { stringData: { password: "hunter2" } },
    };
    const all = findings(withSecret(secret), { decryption: {}, patches: [patch] });
    assert.deepEqual(
      all.map((finding) => `${finding.code} ${finding.path}`),
      ['SECRET_IN_GIT Layer "base": patches[0].patch'],
    );
    assert.doesNotMatch(JSON.stringify(all), /hunter2/);
    const nested = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: more, namespace: flux-system}
spec:
  interval: 10m
  path: ./more
  prune: true
  wait: true
  serviceAccountName: kustomize-controller
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
  - target: {kind: Secret}
    patch: |
      - {op: add, path: /stringData/password, value: hunter2}
`;
    assert.deepEqual(found({ "base/more.yaml": nested, "more/namespace.yaml": namespace }), [
      'SECRET_IN_GIT Layer "base": base/more.yaml',
    ]);
  });

  it("may be an encrypted patch where Flux decrypts it, and nowhere else", () => {
    const files = { "patch.yaml": secret };
    assert.deepEqual(found(directory("patches: [{path: patch.yaml}]\n", files)), []);
    assert.deepEqual(found(directory("patchesStrategicMerge: [patch.yaml]\n", files)), [
      'ENCRYPTED_UNRECOGNISED Layer "base": base/patch.yaml',
    ]);
    assert.deepEqual(found(directory("patches: [{path: patch}]\n", { patch: secret })), [
      'ENCRYPTED_UNRECOGNISED Layer "base": base/patch',
    ]);
  });
});

describe("whatever people write", () => {
  const odd = ["5", "true", "null", "[]", "{}", "[null]", "[5]", "[{}]", "[[]]", "text", "''"];

  it("is read without a failure of the program", () => {
    const lists = ["secretGenerator", "configMapGenerator", "patches", "patchesJson6902"].flatMap(
      (key) => [
        ...odd.map((value) => `${key}: ${value}`),
        ...odd.map(
          (value) => `${key}: [{name: a, files: ${value}, envs: ${value}, literals: ${value}}]`,
        ),
        ...odd.map((value) => `${key}: [{name: a, env: ${value}, options: ${value}}]`),
        ...odd.map((value) => `${key}: [{path: ${value}, patch: ${value}, target: ${value}}]`),
      ],
    );
    const fields = ["sops", "data", "stringData", "type"].flatMap((key) =>
      odd.map((value) => `${key}: ${value}`),
    );
    const sops = ["age", "kms", "key_groups", "mac", "shamir_threshold"].flatMap((key) =>
      odd.map((value) => `sops: {mac: x, ${key}: ${value}}`),
    );
    const annotations = odd.map((value) => `annotations: ${value}`);
    const named = odd.flatMap((value) =>
      ["kustomize.toolkit.fluxcd.io/decrypt", "pulumi-flux-fleet/plain-reason"].map(
        (key) => `annotations: {${key}: ${value}}`,
      ),
    );
    for (const list of [...lists, ...odd.map((value) => `patchesStrategicMerge: ${value}`)]) {
      assert.doesNotThrow(() => findings(directory(`${list}\n`, {})), list);
    }
    for (const field of [...new Set([...fields, ...sops])]) {
      const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: payment}\n${field}\n`;
      assert.doesNotThrow(() => findings(withSecret(text)), field);
    }
    for (const more of [...annotations, ...named]) {
      const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: payment, ${more}}\nsops: {mac: x}\n`;
      assert.doesNotThrow(() => findings(withSecret(text)), more);
    }
    for (const kind of ["ENC[AES256_GCM,x", "'ENC[AES256_GCM,x]'"]) {
      assert.doesNotThrow(() => findings(withSecret(`kind: ${kind}\nsops: 5\n`)), kind);
    }
  });
});
