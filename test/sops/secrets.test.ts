import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { decryptSecret, encryptSecret, FleetError, type KubernetesSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { hostileText } from "./arbitraries.js";

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };
const base = { apiVersion: "v1", kind: "Secret", metadata: { name: "db" } } as const;

async function codesOf(secret: object): Promise<readonly string[]> {
  try {
    await encryptSecret(secret as KubernetesSecret, own);
  } catch (thrown) {
    if (FleetError.is(thrown)) return thrown.findings.map(({ code, path }) => `${code} ${path}`);
    throw thrown;
  }
  return [];
}

describe("an encrypted Secret", () => {
  it("holds all its values under data, encrypted as strings, and nothing else encrypted", async () => {
    const text = await encryptSecret(
      {
        ...base,
        metadata: { name: "db", namespace: "payments", annotations: { note: "1_000" } },
        immutable: true,
        type: "Opaque",
        data: { port: "NTQzMg==", both: "b2xk" },
        stringData: { password: "hunter2", both: "new", none: "" },
      },
      own,
    );
    const read = parse(text) as Record<string, Record<string, string>>;
    assert.deepEqual(Object.keys(read), [
      ...["apiVersion", "kind", "metadata", "data", "immutable", "type", "sops"],
    ]);
    assert.deepEqual(Object.keys(read["data"] ?? {}), ["both", "none", "password", "port"]);
    for (const [name, value] of Object.entries(read["data"] ?? {})) {
      assert.match(value, name === "none" ? /^$/ : /^ENC\[AES256_GCM,.*,type:str\]$/);
    }
    assert.deepEqual(read["metadata"], {
      ...{ name: "db", namespace: "payments", annotations: { note: "1_000" } },
    });
    assert.equal(read["sops"]?.["encrypted_regex"], "^(data|stringData)$");
    assert.match(text, /^ {4}mac: ENC\[/m);
    const secret = await decryptSecret(text, key);
    assert.deepEqual(secret.data, {
      ...{ both: "bmV3", none: "", password: "aHVudGVyMg==", port: "NTQzMg==" },
    });
    assert.equal(secret.stringData, undefined);
  });

  it("gives back any value", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z0-9_-]{1,9}$/), hostileText),
        async (values) => {
          const text = await encryptSecret({ ...base, stringData: values }, own);
          const { data = {} } = await decryptSecret(text, key);
          const decoded = Object.entries(data).map(
            ([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")] as const,
          );
          assert.deepEqual(Object.fromEntries(decoded), { ...values });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("has the same layout whatever the order of the declaration", async () => {
    const layout = (text: string): string =>
      text.replace(/: (ENC.*|".*Z")|[A-Za-z0-9+/=]{30,}/g, "");
    const one = await encryptSecret({ ...base, stringData: { a: "1", b: "2" } }, own);
    const other = await encryptSecret(
      { stringData: { b: "2", a: "1" }, metadata: base.metadata, kind: "Secret", apiVersion: "v1" },
      own,
    );
    assert.equal(layout(one), layout(other));
  });

  it("is refused when an API server would refuse it or Flux would not decrypt it", async () => {
    const cases: readonly (readonly [object, readonly string[]])[] = [
      [{ ...base, kind: "ConfigMap" }, ["INVALID_SECRET secret"]],
      [{ ...base, metadata: {} }, ["INVALID_SECRET metadata.name"]],
      [{ ...base, data: { a: "not base64" } }, ["INVALID_SECRET data.a"]],
      [{ ...base, data: { a: "YQ" } }, ["INVALID_SECRET data.a"]],
      [{ ...base, stringData: { a: 5 } }, ["INVALID_SECRET stringData.a"]],
      [{ ...base, stringData: { "..": "x" } }, ['INVALID_SECRET stringData.".."']],
      [{ ...base, spec: {} }, ['INVALID_SECRET "spec"']],
      [{ ...base, stringData: { a: "x".repeat(1024 * 1024 + 1) } }, ["INVALID_SECRET data"]],
      [
        {
          ...base,
          metadata: { name: "x", labels: { data: "a" }, annotations: { stringData: "" } },
        },
        ["INVALID_SECRET metadata.annotations.stringData", "INVALID_SECRET metadata.labels.data"],
      ],
      [{ ...base, immutable: "yes", type: 1 }, ["INVALID_SECRET immutable", "INVALID_SECRET type"]],
      [
        {
          ...base,
          metadata: {
            name: "x",
            annotations: { "kustomize.toolkit.fluxcd.io/decrypt": "Disabled" },
          },
        },
        ["INVALID_SECRET metadata.annotations"],
      ],
    ];
    for (const [secret, codes] of cases) assert.deepEqual(await codesOf(secret), codes);
  });
});
