import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding, LayerArgs } from "../../core.js";
import { layer } from "../../core.js";
import { encrypted, encryptedTo, furtherRecipients } from "../fixtures/encrypted.js";
import {
  fleetContext,
  findingsOf,
  recipients,
  someCluster,
  someFleet,
} from "../fixtures/fleets.js";

const [own, glass] = recipients;
const [other, stranger] = furtherRecipients;
const secret = encryptedTo(encrypted["secret.yaml"], own, glass);
const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: payment}\n";

/** A cluster in production and one in staging, each with a layer of its own. */
function findings(
  files: Readonly<Record<string, string>>,
  args: Partial<LayerArgs<string>> = { decryption: {} },
): readonly Finding[] {
  const fleet = someFleet({
    clusters: [
      someCluster("eu", { age: { recipient: own } }),
      someCluster("test", { environment: "staging", age: { recipient: other } }),
    ],
    layers: [
      layer("base", {
        clusters: { environment: "production" },
        directory: "./base",
        ...args,
      }),
    ],
    sops: { breakGlass: [glass] },
  });
  return findingsOf(fleet, fleetContext({ directories: new Map(Object.entries(files)) }));
}

function found(...args: Parameters<typeof findings>): readonly string[] {
  return findings(...args).map(({ code, path }) => `${code} ${path}`);
}

/** The directory with these files listed in this kustomization file. */
function directory(
  list: string,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const inside = Object.entries(files).map(([name, text]) => [`base/${name}`, text] as const);
  return {
    "base/kustomization.yaml": `resources: [namespace.yaml]\n${list}`,
    "base/namespace.yaml": namespace,
    ...Object.fromEntries(inside),
  };
}

const title = 'Layer "base": base/secret.yaml: Secret payment/payment-db-credentials';
const withSecret = (text: string): Readonly<Record<string, string>> => ({
  "base/secret.yaml": text,
  "base/namespace.yaml": namespace,
});

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
    const service = `apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata: {name: chat, namespace: payment}
spec: {type: slack, secretRef: {name: payment-db-credentials}}
`;
    const files = { "base/provider.yaml": service, "base/namespace.yaml": namespace };
    assert.deepEqual(found({ ...files, "base/secret.yaml": secret }), []);
    assert.deepEqual(found(files), [
      'DANGLING_REFERENCE Layer "base": base/provider.yaml: Provider payment/chat: spec.secretRef',
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
