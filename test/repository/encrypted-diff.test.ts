import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encryptSecret } from "../../sops.js";
import { describeChange, diffFields } from "../../repository/index.js";
import { recipients } from "../fixtures/fleets.js";

const [west, central] = recipients;
const canary = "canary-diff-1f09ce";

describe("the change of an encrypted file", () => {
  test("is told by the names of keys, and who else can read it", async () => {
    const one = await sealed({ password: canary, user: "a" }, [west]);
    const anew = await sealed({ password: canary, user: "a" }, [west, central]);
    assert.deepEqual(diffFields(one, anew), [`is encrypted anew, readers: + ${central}`]);
    assert.deepEqual(diffFields(anew, one), [`is encrypted anew, readers: - ${central}`]);
    const more = await sealed({ user: "a", token: canary }, [central]);
    assert.deepEqual(diffFields(one, more), [
      "- data.password: (secret)",
      "+ data.token: (secret)",
      `is encrypted anew, readers: - ${west}, + ${central}`,
    ]);
  });

  test("names a changed value, and shows neither ciphertext nor wrapped keys", async () => {
    const before = await sealed({ password: canary, user: "a" }, [west]);
    const after = before
      .replace(/(password: ENC\[AES256_GCM,data:)[^,]/, "$1_")
      .replace(/(mac: ENC\[AES256_GCM,data:)[^,]/, "$1_");
    assert.notEqual(before, after);
    assert.deepEqual(diffFields(before, after), ["data.password: (secret) changes"]);
    const wrapped = before.replace(/(-----BEGIN AGE ENCRYPTED FILE-----\n +)\w/, "$1_");
    assert.deepEqual(diffFields(before, wrapped), ["its data key is wrapped anew"]);
    const labelled = before.replace("metadata:\n", "metadata:\n    labels:\n        a: b\n");
    assert.deepEqual(diffFields(before, labelled), ["metadata.labels: (secret) changes"]);
  });

  test("tells when a Secret becomes encrypted, or readable", async () => {
    const after = await sealed({ password: canary }, [west]);
    const before = `apiVersion: v1\nkind: Secret\nmetadata:\n    name: db\n    namespace: payments\ndata:\n    old: ${canary}\n`;
    assert.deepEqual(diffFields(before, after), [
      "- data.old: (secret)",
      "+ data.password: (secret)",
      "is encrypted from now on",
    ]);
    assert.deepEqual(diffFields(after, before), [
      "+ data.old: (secret)",
      "- data.password: (secret)",
      "is encrypted no more",
    ]);
  });

  test("says before it is made what will be encrypted", () => {
    const change = {
      ...{ added: [], changed: [], removed: [], unchanged: 0, isEmpty: false },
      unknown: ["a.yaml", "b.yaml", "c.yaml"],
    };
    const encrypted = new Map([
      ["a.yaml", "Secret payments/db, data.password"],
      ["b.yaml", "Secret payments/other, data.password"],
    ]);
    const before = new Map([["b.yaml", "kind: Secret\n"]]);
    assert.deepEqual(describeChange(change, before, new Map(), { encrypted }), [
      "+ a.yaml: Secret payments/db, data.password",
      "~ b.yaml -> is encrypted anew: Secret payments/other, data.password",
      "? c.yaml: depends on a value that is not known yet",
    ]);
  });
});

function sealed(
  stringData: Readonly<Record<string, string>>,
  readers: readonly string[],
): Promise<string> {
  const metadata = { name: "db", namespace: "payments" };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData } as const;
  return encryptSecret(secret, { recipients: readers });
}
